# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding records, all at once and as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.query import Search
from ansible_collections.landfall.platform.plugins.module_utils._logs.search import (
    Follower,
    find,
    follow,
)

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=timezone.utc)


def records(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"r{n:05}", "@timestamp": f"{n:05}", "message": f"{n}"} for n in numbers]


@dataclass
class Fake:
    """A store with records, whose numbers are their times."""

    has: list[dict[str, Any]]
    away: bool = False
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        assert (method, path.partition("?")[0]) == ("POST", "/logs-*-*/_search")
        assert body is not None
        if self.away:
            raise UnreachableError("nobody there")
        self.asked.append(body)
        oldest = body["sort"][0]["@timestamp"]["order"] == "asc"
        known = sorted(self.has, key=lambda one: one["id"], reverse=not oldest)
        after = body.get("search_after")
        left = [one for one in known if after is None or (one["id"] > after[1]) == oldest]
        left = [one for one in left if after is None or one["id"] != after[1]]
        hits = [
            {"_id": one["id"], "_source": one, "sort": [one["@timestamp"], one["id"]]}
            for one in left[: body["size"]]
        ]
        return {"hits": {"hits": hits, "total": {"value": len(self.has)}}}


def messages(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [one["message"] for one in found]


def test_the_newest_in_the_order_of_time() -> None:
    found = find(Fake(records(*range(10))), Search(limit=3))
    assert (messages(found.records), found.total) == (["7", "8", "9"], 10)


def test_a_record_in_two_indices_is_one() -> None:
    store = Fake(records(0, 1, 1, 2))
    found = find(store, Search(limit=10))
    assert (messages(found.records), found.total) == (["0", "1", "2"], 3)
    assert messages(Follower(store, Search()).fresh(NOW)) == ["0", "1", "2"]


def test_more_than_a_page() -> None:
    store = Fake(records(*range(2300)))
    found = find(store, Search(limit=2100))
    assert messages(found.records) == [str(n) for n in range(200, 2300)]
    assert ([one["size"] for one in store.asked], found.total) == ([1000, 1000, 100], 2300)


def test_nothing_is_there() -> None:
    assert find(Fake([]), Search()) == ((), 0)


def test_a_record_without_an_identifier_has_that_of_its_document() -> None:
    class Old(Fake):
        def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
            return {"hits": {"hits": [{"_id": "x", "_source": {"message": "m"}, "sort": [1]}]}}

    assert find(Old([]), Search()) == (({"message": "m", "id": "x"},), 1)


def test_each_is_followed_once_even_when_it_comes_late() -> None:
    store = Fake(records(1, 5))
    follower = Follower(store, Search())
    follower.know(find(store, Search()).records)
    assert follower.fresh(NOW) == []
    store.has += records(6)
    assert messages(follower.fresh(NOW)) == ["6"]
    store.has += records(3)
    assert messages(follower.fresh(NOW)) == ["3"], "it is older than what was shown"
    assert follower.fresh(NOW) == []
    begin = store.asked[-1]["query"]["bool"]["filter"][0]["range"]["@timestamp"]["gte"]
    assert datetime.fromisoformat(begin.replace("Z", "+00:00")) == NOW - timedelta(seconds=120)


def test_many_at_once_are_followed() -> None:
    store = Fake(records(*range(2500)))
    assert len(Follower(store, Search()).fresh(NOW)) == 2500


def test_a_store_that_goes_away_is_said_once() -> None:
    store = Fake(records(1))
    shown: list[str] = []
    said: list[str] = []

    def ticks() -> Any:
        yield NOW
        store.away = True
        yield NOW
        yield NOW
        store.away, store.has = False, records(1, 2)
        yield NOW
        store.away = True
        yield NOW

    follow(
        Follower(store, Search()),
        lambda new: shown.extend(messages(new)),
        ticks(),
        said.append,
    )
    assert (shown, said) == (["1", "2"], ["nobody there", "nobody there"])
