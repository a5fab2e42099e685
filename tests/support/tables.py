# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that people write of who reaches whom: ``who who -> whom whom: port port``.

A word is a peer or a group of peers; a port is a name that the peer's containers have for it, a
number with its protocol (``22/TCP``), or ``*`` for every port that is asked for. A line begins a
comment with ``#``. Who is not named is not reached.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)

from .reach import Cluster, Connection, Port

Groups = Mapping[str, Collection[str]]
_LINE = re.compile(r"([^:>]+) -> ([^:>]+): ([^:>]+)")
_NUMBER = re.compile(r"([0-9]+)/(TCP|UDP)")


def lines(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Yield sources, destinations and ports of each line of a table.

    Raises:
        InvalidInputError: a line cannot be read.
    """
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if not found:
            raise InvalidInputError(
                "a line of a table cannot be read", expected="who -> whom: port", found=line
            )
        yield found[1].split(), found[2].split(), found[3].split()


def numbers(text: str) -> set[Port]:
    """Return the ports that a table writes as numbers."""
    found = (_NUMBER.fullmatch(port) for _, _, ports in lines(text) for port in ports)
    return {Port(int(one[1]), one[2]) for one in found if one}


def table(
    text: str, cluster: Cluster, groups: Groups, asked: Collection[Connection], prefix: str = ""
) -> set[Connection]:
    """Return the connections that a table names.

    Args:
        text: the table.
        cluster: has the peers.
        groups: name of a group to its peers.
        asked: all connections that are in question.
        prefix: stands before the names of those peers that have it.

    Raises:
        InvalidInputError: a line cannot be read, or names what nobody asks for.
    """
    every: dict[str, set[Port]] = {}
    for one in asked:
        every.setdefault(one.destination, set()).add(one.port)
    known, found = set(asked), set()
    for sources, destinations, words in lines(text):
        for destination in _peers(destinations, cluster, groups, prefix):
            ports = {p for w in words for p in _ports(w, destination, cluster, every[destination])}
            for source in _peers(sources, cluster, groups, prefix):
                found |= {Connection(source, destination, port) for port in ports}
    if found - known:
        raise InvalidInputError(
            "a table names what nobody asks for",
            found="; ".join(map(str, sorted(found - known)[:9])),
        )
    return found


def _peers(words: list[str], cluster: Cluster, groups: Groups, prefix: str) -> Iterator[str]:
    for word in words:
        if word in groups:
            yield from groups[word]
        elif prefix + word in cluster.peers:
            yield prefix + word
        elif word in cluster.peers:
            yield word
        else:
            raise InvalidInputError("a table names an unknown peer", found=word)


def _ports(word: str, peer: str, cluster: Cluster, every: Collection[Port]) -> Collection[Port]:
    number = _NUMBER.fullmatch(word)
    if word == "*":
        return every
    if number:
        return [Port(int(number[1]), number[2])]
    named = cluster.peers[peer].ports
    if word not in named:
        raise InvalidInputError(
            "a table names an unknown port", on=peer, expected=", ".join(named), found=word
        )
    return [named[word]]


def differences(expected: Collection[Connection], actual: Collection[Connection]) -> list[str]:
    """Return in words what is reached against a table, and what is not."""
    there, wanted = set(actual), set(expected)
    return [
        *(f"{one} is refused" for one in sorted(wanted - there)),
        *(f"{one} is open" for one in sorted(there - wanted)),
    ]
