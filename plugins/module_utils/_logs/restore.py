# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings records back from a snapshot, beside what the store has.

Every stream of the snapshot becomes one of its own, ``logs-restored-<day>-<environment>-<stack>``,
so that nothing that is there is touched. A search finds both, and a record that is in both once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .._core.errors import InvalidInputError
from .._core.plan import Change, Plan
from .door import Store, StoreError
from .query import RESTORED
from .retention import COMPLETE, REPOSITORY, SNAPSHOT

_MISSING = "repository_missing_exception"


@dataclass(frozen=True)
class Wanted:
    """What shall be brought back; what is empty does not matter.

    Attributes:
        snapshot: its day, ``2026-11-21``, or its name; the newest complete one when empty.
    """

    snapshot: str = ""
    environment: str = ""
    stack: str = ""

    @property
    def pattern(self) -> str:
        """The streams that are meant."""
        return f"logs-{self.environment or '*'}-{self.stack or '*'}"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of the repository, its state and the streams that it has."""

    name: str
    state: str
    streams: tuple[str, ...]


@dataclass(frozen=True)
class Actual:
    """What the repository has, and which streams were brought back already."""

    snapshots: tuple[Snapshot, ...]
    restored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Part(Change):
    """One stream that is brought back.

    Attributes:
        stream: what it is called afterwards.
        body: what is asked of the store at ``path``.
    """

    stream: str = ""
    path: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


def plan(wanted: Wanted, actual: Actual) -> Plan[Part]:
    """Return which streams are to be brought back; none of those that were already.

    Raises:
        InvalidInputError: there is no such snapshot, it is not complete, or has no such stream.
    """
    snapshot = _chosen(wanted.snapshot, actual.snapshots)
    # What was brought back once is in the snapshot that it came from.
    own = [one for one in snapshot.streams if not one.startswith(RESTORED)]
    streams = [one for one in own if fnmatchcase(one, wanted.pattern)]
    if not streams:
        raise InvalidInputError(
            "the snapshot has no such logs",
            on=snapshot.name,
            expected=", ".join(own) or "any logs",
            found=wanted.pattern,
        )
    parts = (_part(snapshot, stream) for stream in sorted(streams))
    return Plan(tuple(part for part in parts if part.stream not in actual.restored))


def read(store: Store) -> Actual:
    """Return what there is.

    Raises:
        InvalidInputError: the store has no repository.
        LandfallError: it cannot be asked.
    """
    try:
        found = store.call("GET", f"/_snapshot/{REPOSITORY}/_all")["snapshots"]
    except StoreError as error:
        if error.kind != _MISSING:
            raise
        raise InvalidInputError(
            "the store makes no snapshots",
            on="landfall_logging.snapshots",
            expected="keep of 1 or more and, for several nodes, a class",
            found="no repository",
            remedy="set it and run playbooks/site.yml",
        ) from error
    streams = store.call("GET", f"/_data_stream/{RESTORED}*")["data_streams"]
    return Actual(
        tuple(
            Snapshot(one["snapshot"], one["state"], tuple(one.get("data_streams") or ()))
            for one in found
        ),
        frozenset(one["name"] for one in streams),
    )


def apply(store: Store, wanted: Plan[Part]) -> None:
    """Begin to bring streams back.

    Raises:
        LandfallError: the store refuses, or cannot be asked any more; earlier ones have begun.
    """
    for part in wanted:
        store.call("POST", part.path, part.body)


def missing(store: Store, wanted: Plan[Part]) -> list[str]:
    """Return the streams that are not there yet, or not whole.

    Raises:
        LandfallError: the store cannot be asked.
    """
    if not wanted:
        return []
    streams = store.call("GET", f"/_data_stream/{RESTORED}*")["data_streams"]
    indices = {one["name"]: [i["index_name"] for i in one["indices"]] for one in streams}
    health = store.call("GET", "/_cluster/health?level=indices&expand_wildcards=all")["indices"]
    return [
        part.stream
        for part in wanted
        if part.stream not in indices
        or not all(_whole(health.get(index)) for index in indices[part.stream])
    ]


def _whole(health: Any) -> bool:
    """Tell whether an index has all its records; a second copy may still be on its way."""
    return bool(health) and health["active_primary_shards"] == health["number_of_shards"]


def _chosen(asked: str, snapshots: Sequence[Snapshot]) -> Snapshot:
    """Return the snapshot that is meant."""
    known = {one.name: one for one in snapshots}
    complete = sorted(name for name, one in known.items() if one.state == COMPLETE)
    name = asked if asked in known else SNAPSHOT + asked.replace("-", ".")
    if not asked and complete:
        name = complete[-1]
    if name not in complete:
        raise InvalidInputError(
            "no such snapshot of the logs",
            on="logs_snapshot",
            expected=", ".join(complete) or "none is complete yet; the first one is made today",
            found=f"{name}, which is {known[name].state}" if name in known else asked or "none",
        )
    return known[name]


def _part(snapshot: Snapshot, stream: str) -> Part:
    day = f"{RESTORED}{snapshot.name.removeprefix(SNAPSHOT)}-"
    body = {
        "indices": stream,
        "include_global_state": False,
        "include_aliases": False,
        "rename_pattern": "^logs-(.+)$",
        "rename_replacement": f"{day}$1",
    }
    new = day + stream.removeprefix("logs-")
    path = f"/_snapshot/{REPOSITORY}/{snapshot.name}/_restore?wait_for_completion=false"
    after = json.dumps({"from": snapshot.name, "stream": new}, indent=1) + "\n"
    return Part(f"stream {stream}", "bring back", "", after, False, new, path, body)
