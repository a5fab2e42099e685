# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of old records: when a stream gets a new index, and which indices go.

The engine has no life cycle of indices; a job computes this plan every few minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from .._core.plan import Change, Plan
from .settings import Settings, Watermark
from .units import human

STREAMS = "logs-*"
REPOSITORY = "landfall"
SNAPSHOT = "logs-"
RUNNING, COMPLETE = "IN_PROGRESS", "SUCCESS"
_BLOCK = "index.blocks.read_only_allow_delete"


@dataclass(frozen=True)
class Index:
    """One index behind a stream.

    Attributes:
        created: when it was made.
        records: how many it has.
        size: bytes of all copies.
        blocked: it takes no more records because its disk was full.
    """

    name: str
    created: datetime
    records: int
    size: int
    blocked: bool = False


@dataclass(frozen=True)
class Stream:
    """A data stream: its indices, the oldest first; the last one is written to."""

    name: str
    indices: tuple[Index, ...]

    @property
    def size(self) -> int:
        """Bytes of all its indices."""
        return sum(index.size for index in self.indices)

    @property
    def written(self) -> Index:
        """The index that new records go to."""
        return self.indices[-1]


@dataclass(frozen=True)
class State:
    """What the store has.

    Attributes:
        streams: all streams of logs.
        snapshots: name → state of those in the repository; None when there is no repository.
        disks: used percent and free bytes of each node.
    """

    streams: tuple[Stream, ...]
    snapshots: Optional[Mapping[str, str]] = None
    disks: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Policy:
    """How long records stay.

    Attributes:
        keep: so long at least, as far as there is room.
        size: bytes that all indices may have.
        high: as long as a disk is fuller, blocks stay.
        snapshots: how many are kept; 0 makes none.
    """

    keep: timedelta
    size: int
    high: Watermark
    snapshots: int = 0

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """Return what an inventory's settings mean."""
        kept = settings.snapshots.keep if settings.snapshots else 0
        return cls(timedelta(days=settings.days), settings.size, settings.high, kept)

    @property
    def part_age(self) -> timedelta:
        """The age at which a stream gets a new index: records go by whole indices."""
        return max(timedelta(days=1), self.keep / 7)

    @property
    def part_size(self) -> int:
        """The size at which a stream gets a new index."""
        return max(32 << 20, min(5 << 30, self.size // 10))


@dataclass(frozen=True)
class Step(Change):
    """One request to the store, and why it is made (``after``)."""

    method: str = ""
    path: str = ""
    body: Optional[Mapping[str, Any]] = field(default=None)


def plan(policy: Policy, state: State, now: datetime) -> Plan[Step]:
    """Return what is to be done; what follows from it is in the next plan.

    While a snapshot is being made, the store refuses to delete what is in it: deletions wait.
    """
    busy = RUNNING in (state.snapshots or {}).values()
    deletions = [] if busy else list(_deletions(policy, state, now))
    snapshots = [] if busy else list(_snapshots(policy, state, now))
    steps = [*_releases(policy, state), *_rollovers(policy, state, now), *deletions, *snapshots]
    # A stream may be full and old at once.
    return Plan(tuple({step.path: step for step in steps}.values()))


def _releases(policy: Policy, state: State) -> Iterator[Step]:
    if any(policy.high.passed(percent, free) for percent, free in state.disks):
        return
    for index in (index for stream in state.streams for index in stream.indices):
        if index.blocked:
            why = "the disk has room again"
            path = f"/{index.name}/_settings"
            yield Step(
                f"index {index.name}", "unblock", "", why, False, "PUT", path, {_BLOCK: None}
            )


def _rollovers(policy: Policy, state: State, now: datetime) -> Iterator[Step]:
    for stream in state.streams:
        index = stream.written
        if not index.records:
            continue
        if index.size >= policy.part_size:
            yield _rollover(stream, f"{human(index.size)}")
        elif now - index.created >= policy.part_age:
            yield _rollover(stream, f"since {index.created:%Y-%m-%d}")


def _rollover(stream: Stream, why: str) -> Step:
    return Step(
        f"stream {stream.name}", "roll over", "", why, False, "POST", f"/{stream.name}/_rollover"
    )


def _deletions(policy: Policy, state: State, now: datetime) -> Iterator[Step]:
    gone: set[str] = set()
    for stream in state.streams:
        for index, following in zip(stream.indices, stream.indices[1:]):
            # No record in it is younger than the index after it.
            if now - following.created >= policy.keep:
                gone.add(index.name)
                yield _delete(index, f"older than {policy.keep.days} days")
        index = stream.written
        if len(stream.indices) == 1 and not index.records and now - index.created >= policy.keep:
            why = f"empty for {policy.keep.days} days"
            path = f"/_data_stream/{stream.name}"
            yield Step(f"stream {stream.name}", "delete", "", why, False, "DELETE", path)
    yield from _for_room(policy, state.streams, gone)


def _for_room(policy: Policy, streams: Sequence[Stream], gone: set[str]) -> Iterator[Step]:
    """Yield what goes because all together is too much: of the biggest stream the oldest.

    So whoever writes most loses first, and a quiet stack keeps what it has.
    """
    left = {s.name: [i for i in s.indices if i.name not in gone] for s in streams}
    sizes = defaultdict(int, {name: sum(i.size for i in has) for name, has in left.items()})
    why = f"more than {human(policy.size)}"
    while sum(sizes.values()) > policy.size:
        candidates = [name for name, has in left.items() if len(has) > 1]
        if not candidates:
            break
        name = max(candidates, key=lambda one: sizes[one])
        index = left[name].pop(0)
        sizes[name] -= index.size
        yield _delete(index, why)
    if sum(sizes.values()) > policy.size:
        # What is written to cannot go; what was written to can, the next time.
        most = max(streams, key=lambda one: one.written.size)
        if most.written.records:
            yield _rollover(most, why)


def _delete(index: Index, why: str) -> Step:
    return Step(f"index {index.name}", "delete", "", why, False, "DELETE", f"/{index.name}")


def _snapshots(policy: Policy, state: State, now: datetime) -> Iterator[Step]:
    if state.snapshots is None or not policy.snapshots:
        return
    mine = {name: is_in for name, is_in in state.snapshots.items() if name.startswith(SNAPSHOT)}
    today = f"{SNAPSHOT}{now.astimezone(timezone.utc):%Y.%m.%d}"
    complete = sorted(name for name, is_in in mine.items() if is_in == COMPLETE)
    surplus = complete[: -policy.snapshots]
    for name in sorted(mine):
        if name in surplus or mine[name] != COMPLETE:
            why = "not complete" if mine[name] != COMPLETE else f"more than {policy.snapshots}"
            path = f"/_snapshot/{REPOSITORY}/{name}"
            yield Step(f"snapshot {name}", "delete", "", why, False, "DELETE", path)
    if today not in mine and state.streams:
        path = f"/_snapshot/{REPOSITORY}/{today}?wait_for_completion=false"
        body = {"indices": STREAMS, "include_global_state": False}
        yield Step(f"snapshot {today}", "make", "", "of the day", False, "PUT", path, body)
