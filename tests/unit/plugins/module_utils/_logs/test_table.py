# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as people read them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._logs.table import (
    Table,
    broken,
    columns,
    documents,
    pad,
    source,
    summary,
)

API = {
    "@timestamp": "2026-11-21T14:02:11.123456789Z",
    "level": "error",
    "stack": "guestbook",
    "component": "api",
    "pod": "api-5c9f7-x2k",
    "node": "worker1",
    "message": "no connection to the database",
}
GATEWAY = {
    "@timestamp": "2026-11-22T00:00:00Z",
    "stack": "hosts",
    "node": "gateway1",
    "unit": "haproxy.service",
    "level": "notice",
    "message": "one two three four five six seven eight nine ten",
}


def text(table: Table, *records: dict[str, Any]) -> list[str]:
    return [line.text for line in table.lines(records)]


def test_a_table() -> None:
    assert text(Table(), API, GATEWAY) == [
        "── 2026-11-21 UTC",
        "14:02:11.123  error     guestbook/api 5c9f7-x2k   no connection to the database",
        "── 2026-11-22 UTC",
        "00:00:00      notice    gateway1 haproxy.service  one two three four five six seven eight"
        " nine ten",
    ]


def test_a_narrow_terminal_breaks_between_words() -> None:
    assert text(Table(80), GATEWAY)[1:] == [
        "00:00:00      notice    gateway1 haproxy.service  one two three four five six",
        "                                                  seven eight nine ten",
    ]
    assert max(columns(line) for line in text(Table(80), GATEWAY)) <= 80


def test_columns_stay_and_a_day_is_said_once() -> None:
    table = Table()
    text(table, GATEWAY)
    assert text(table, {**API, "@timestamp": GATEWAY["@timestamp"], "pod": "api-1"}) == [
        "00:00:00      error     guestbook/api 1           no connection to the database"
    ]


def test_lines_know_their_level() -> None:
    assert [line.level for line in Table().lines([API])] == ["day", "error"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (API, "guestbook/api 5c9f7-x2k"),
        ({**API, "pod": "other"}, "guestbook/api other"),
        ({"pod": "coredns-1", "stack": "platform"}, "platform coredns-1"),
        (GATEWAY, "gateway1 haproxy.service"),
        ({"node": "control1", "stream": "audit"}, "control1 audit"),
        ({"stack": "guestbook"}, "guestbook"),
        ({}, "-"),
    ],
)
def test_where_a_record_comes_from(record: dict[str, Any], expected: str) -> None:
    assert source(record) == expected


def test_a_long_source_is_cut() -> None:
    line = text(Table(), {**API, "pod": "p" * 80})[1]
    assert line.index("no connection") == 14 + 10 + 34 + 2
    assert "…  no connection" in line


@pytest.mark.parametrize(
    ("message", "room", "expected"),
    [
        ("short", 10, ["short"]),
        ("", 10, [""]),
        ("Error\n  at a.b\r\n  at c.d\n", 0, ["Error", "  at a.b", "  at c.d"]),
        ("aaaaaaaaaaaaaaa", 10, ["aaaaaaaaaa", "aaaaa"]),
        ("a bbbbbbbbbbbbb", 10, ["a bbbbbbbb", "bbbbb"]),
        ("界界界界界", 4, ["界界", "界界", "界"]),
        ("界", 1, ["界"]),
        ("\x1b[31mred\x07", 0, ["\\x1b[31mred\\x07"]),
        ("a\tb\x00", 0, ["a    b\\x00"]),
    ],
)
def test_messages(message: str, room: int, expected: list[str]) -> None:
    assert broken(message, room) == expected


def test_what_was_cut_says_so() -> None:
    assert text(Table(), {**API, "cut": True})[1].endswith("database [cut]")


def test_width_is_that_of_the_terminal() -> None:
    assert columns("e\u0301界a") == 4
    assert pad("界界", 3) == "界…"
    assert pad("a", 3) == "a  "


def test_json_has_everything_and_does_nothing_to_a_terminal() -> None:
    record = {**API, "message": "\x1b[2J\x9b1m ü", "json": {"a": 1}}
    (line,) = documents([record])
    assert line.level == "error"
    assert json.loads(line.text) == record
    assert line.text.isprintable()
    assert "ü" in line.text


@pytest.mark.parametrize(
    ("shown", "total", "expected"),
    [
        (0, 0, "No records: stack a."),
        (1, 1, "1 record: stack a."),
        (5, 5, "5 records: stack a."),
        (100, 12345, "The newest 100 of 12,345 records: stack a."),
    ],
)
def test_the_line_below(shown: int, total: int, expected: str) -> None:
    assert summary(shown, total, "stack a") == expected
