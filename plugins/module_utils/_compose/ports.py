# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a service, from their short and long forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from .._stack.schema import Problems
from .document import scalar

_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_PROTOCOLS = ("tcp", "udp", "sctp")
_HIGHEST = 65535
_EXPECTED = "[address:][published:]port[/protocol], port numbers up to 65535"
# A wider range is rather a mistake than a hundred Services.
MOST_IN_RANGE = 32


def ports(value: Any, at: Problems) -> list[dict[str, Any]]:
    """Return the ports of a service: target, published, host_ip, protocol and name each."""
    found: list[dict[str, Any]] = []
    for number, one in enumerate(value if isinstance(value, list) else [value]):
        there = at.at(number)
        entries = _long(one, there) if isinstance(one, Mapping) else _short(one, there)
        found += [{**entry, "place": there.path} for entry in entries]
    return found


def numbers(text: str) -> Optional[range]:
    """Return the ports of ``80`` or ``80-90``, None when it is neither."""
    found = _RANGE.fullmatch(text.strip())
    if not found:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    if not 0 < first <= last <= _HIGHEST or last - first >= MOST_IN_RANGE:
        return None
    return range(first, last + 1)


def _short(value: Any, at: Problems) -> Iterator[dict[str, Any]]:
    text, _, protocol = scalar(value).partition("/")
    address, published, target = _parts(text)
    targets = numbers(target)
    outside = numbers(published) if published else None
    protocol = protocol.lower() or "tcp"
    bad = (published and outside is None) or protocol not in _PROTOCOLS
    bad = bad or (":" in address and not text.startswith("["))
    if bad or isinstance(value, (bool, list)) or targets is None:
        at.add("a port cannot be read", expected=_EXPECTED, found=value)
        return
    for number, one in enumerate(targets):
        # A range of published ports for one port means: any of them; the first is one.
        match = outside[min(number, len(outside) - 1)] if outside else None
        yield {"target": one, "published": match, "host_ip": address, "protocol": protocol}


def _parts(text: str) -> tuple[str, str, str]:
    head, _, target = text.rpartition(":")
    address, _, published = head.rpartition(":")
    return address.strip("[]"), published, target


def _long(value: Mapping[str, Any], at: Problems) -> Iterator[dict[str, Any]]:
    targets = numbers(scalar(value.get("target")))
    published = value.get("published")
    outside = numbers(scalar(published)) if published not in (None, "") else None
    protocol = scalar(value.get("protocol") or "tcp").lower()
    if targets is None or (published not in (None, "") and outside is None):
        at.add("a port cannot be read", expected=_EXPECTED, found=dict(value))
    elif protocol not in _PROTOCOLS:
        at.at("protocol").add("a value does not fit", expected="tcp or udp", found=protocol)
    else:
        yield {
            "target": targets[0],
            "published": outside[0] if outside else None,
            "host_ip": scalar(value.get("host_ip")),
            "protocol": protocol,
            "name": scalar(value.get("name")),
        }
