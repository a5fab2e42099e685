# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the store for a search."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.query import (
    Search,
    body,
    rest,
)

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=timezone.utc)
HOUR = {"range": {"@timestamp": {"gte": "2026-11-21T13:30:00Z"}}}


def search(**params: Any) -> Search:
    return Search.from_params(params, NOW)


def filters(**params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body(search(**params))["query"]["bool"]["filter"]
    return found


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, []),
        ({"since": "1h"}, [HOUR]),
        ({"stack": "guestbook"}, [{"term": {"stack": "guestbook"}}]),
        ({"component": "api"}, [{"term": {"component": "api"}}]),
        ({"environment": "qa"}, [{"term": {"environment": "qa"}}]),
        ({"host": "gateway1"}, [{"term": {"node": "gateway1"}}]),
        ({"level": "error"}, [{"terms": {"level": ["error", "critical"]}}]),
        ({"level": "ERR"}, [{"terms": {"level": ["error", "critical"]}}]),
        ({"level": "fatal"}, [{"terms": {"level": ["critical"]}}]),
        (
            {"since": "2h", "until": "1h"},
            [
                {
                    "range": {
                        "@timestamp": {
                            "gte": "2026-11-21T12:30:00Z",
                            "lt": "2026-11-21T13:30:00Z",
                        }
                    }
                }
            ],
        ),
        (
            {"text": '"no route" -debug'},
            [
                {
                    "simple_query_string": {
                        "query": '"no route" -debug',
                        "fields": ["message"],
                        "default_operator": "and",
                    }
                }
            ],
        ),
    ],
)
def test_filters(params: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert filters(**params) == expected


@pytest.mark.parametrize(
    ("params", "pattern"),
    [
        ({}, "logs-*-*"),
        ({"stack": "guestbook"}, "logs-*-guestbook"),
        # What was brought back from snapshots begins otherwise.
        ({"environment": "qa"}, "logs-qa-*,logs-restored-*-qa-*"),
        (
            {"environment": "qa", "stack": "a b"},
            "logs-qa-a%20b,logs-restored-*-qa-a%20b",
        ),
    ],
)
def test_where_to_ask(params: dict[str, Any], pattern: str) -> None:
    assert search(**params).path().startswith(f"/{pattern}/_search?ignore_unavailable=true")


def test_pages() -> None:
    first = body(search(limit=2500))
    assert (first["size"], first["track_total_hits"]) == (1000, True)
    assert [*first["sort"][0], first["sort"][0]["@timestamp"]["order"]] == ["@timestamp", "desc"]
    assert [*first["sort"][1]] == ["id"], "what has the same time has an order, too"
    last = body(rest(search(limit=2500), 2000), [1, "a"])
    assert (last["size"], last["search_after"]) == (500, [1, "a"])
    assert last["track_total_hits"] is False
    assert body(search(), oldest=True)["sort"][0]["@timestamp"]["order"] == "asc"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"level": "loud"}, "unknown level: level; expected: trace, debug, .*; found: loud"),
        ({"since": "soon"}, "not a time: since"),
        ({"until": "x"}, "not a time: until"),
        ({"since": "1h", "until": "2h"}, "the time range is empty"),
        ({"limit": 0}, "not a usable limit: limit; expected: 1 to 100000; found: 0"),
        ({"limit": "all"}, "not a usable limit"),
        ({"limit": 100001}, "not a usable limit"),
    ],
)
def test_what_cannot_be_meant(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        search(**params)


def test_for_people() -> None:
    assert search().described() == "everything"
    found = search(
        stack="guestbook",
        component="api",
        environment="qa",
        host="w1",
        level="warn",
        text="x",
        since="1h",
        until="now",
    )
    assert found.described() == (
        "stack guestbook, component api, environment qa, host w1, level warning or worse, text x,"
        " since 2026-11-21T13:30:00Z, until 2026-11-21T14:30:00Z"
    )


def test_a_zone_is_minded() -> None:
    there = timezone(timedelta(hours=1))
    found = Search(since=datetime(2026, 11, 21, 14, 30, tzinfo=there))
    assert body(found)["query"]["bool"]["filter"] == [HOUR]
