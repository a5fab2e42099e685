# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds records, all at once or as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .._core.errors import UnreachableError
from .door import Store
from .query import PAGE, Search, body, rest

Record = Mapping[str, Any]
# What is on its way from a node longer than this is not shown by who follows.
WINDOW = timedelta(seconds=120)


class Found(NamedTuple):
    """Records in the order of time, and how many there are in all."""

    records: tuple[Record, ...]
    total: int


def find(store: Store, search: Search) -> Found:
    """Return the newest records that a search asks for.

    Raises:
        LandfallError: the store cannot be asked; see :class:`.door.Door`.
    """
    records: list[Record] = []
    total, after = 0, None
    while len(records) < search.limit:
        wanted = rest(search, len(records))
        hits, count = _page(store, wanted, body(wanted, after))
        total = count if after is None else total
        records += _distinct(hits, records)
        if len(hits) < min(wanted.limit, PAGE):
            return Found(tuple(reversed(records)), len(records))
        after = hits[-1]["sort"]
    return Found(tuple(reversed(records)), max(total, len(records)))


@dataclass
class Follower:
    """Returns, each time it is asked, the records that came since.

    Attributes:
        store: what is asked.
        search: which records; its limits of time do not matter.
        seen: identifiers of what was returned, as far back as the store is asked.
    """

    store: Store
    search: Search
    seen: set[str] = field(default_factory=set)

    def fresh(self, now: datetime) -> list[Record]:
        """Return what came, the oldest first.

        A record counts by its identifier and not by its time, because nodes send at different
        speeds: what is older than the last one that was returned is new all the same.

        Raises:
            LandfallError: the store cannot be asked.
        """
        begin = now - WINDOW
        wanted = replace(self.search, since=begin, until=None, limit=PAGE)
        found: list[Record] = []
        after = None
        while True:
            hits, _total = _page(self.store, wanted, body(wanted, after, oldest=True))
            found += _distinct(hits, found)
            if len(hits) < PAGE:
                break
            after = hits[-1]["sort"]
        new = [one for one in found if identity(one) not in self.seen]
        # What the store is no longer asked for is forgotten.
        self.seen = {identity(one) for one in found}
        return new

    def know(self, records: Sequence[Record]) -> None:
        """Count records as returned."""
        self.seen.update(identity(one) for one in records)


def follow(
    follower: Follower,
    show: Callable[[list[Record]], None],
    ticks: Iterator[datetime],
    trouble: Callable[[str], None],
) -> None:
    """Show records as they come, until there are no more ticks.

    Args:
        follower: what is followed.
        show: takes what came.
        ticks: the time, each time that the store is to be asked.
        trouble: takes why the store cannot be asked, once; it is asked again all the same.
    """
    said = ""
    for now in ticks:
        try:
            new = follower.fresh(now)
            said = ""
        except UnreachableError as error:
            if str(error) != said:
                said = str(error)
                trouble(said)
            continue
        if new:
            show(new)


def identity(record: Record) -> str:
    """Return what tells a record from others."""
    return str(record["id"])


def _distinct(hits: Sequence[Mapping[str, Any]], before: Sequence[Record]) -> list[Record]:
    """Return the records of a page without those that are there twice.

    A record may be in two indices: around a new one, and when it was brought back from a snapshot.
    The order of a page puts both beside each other.
    """
    found: list[Record] = []
    last = identity(before[-1]) if before else ""
    for one in map(_record, hits):
        if identity(one) != last:
            found.append(one)
        last = identity(one)
    return found


def _record(hit: Mapping[str, Any]) -> Record:
    source = dict(hit.get("_source") or {})
    source.setdefault("id", hit["_id"])
    return source


def _page(
    store: Store, search: Search, request: Mapping[str, Any]
) -> tuple[Sequence[Mapping[str, Any]], int]:
    answer = store.call("POST", search.path(), request)
    hits = answer["hits"]
    return hits["hits"], int((hits.get("total") or {}).get("value", 0))
