# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message becomes: level, JSON, masked secrets, size, and identity."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._router import record
from ansible_collections.landfall.platform.plugins.module_utils._router.record import (
    Encoder,
    Message,
    Origin,
    level_of,
)

ENCODER = Encoder("worker1", "lab")
TIME = "2026-11-21T10:00:00.123456789Z"
GUESTBOOK = Origin("guestbook", "api", "guestbook-test", "test", "1.0.0", "api-1", "php")


def made(text: bytes, origin: Origin = GUESTBOOK) -> dict[str, Any]:
    body = ENCODER.record(Message(TIME, "stdout", text, "k"), origin).body
    assert b"\n" not in body
    assert b"\t" not in body
    found: dict[str, Any] = json.loads(body)
    return found


def test_a_record() -> None:
    found = ENCODER.record(Message(TIME, "stderr", b"WARN low", "k"), GUESTBOOK)
    assert found.destination == "logs-test-guestbook"
    assert json.loads(found.body) == {
        "@timestamp": TIME,
        "message": "WARN low",
        "level": "warning",
        "stream": "stderr",
        "environment": "test",
        "namespace": "guestbook-test",
        "stack": "guestbook",
        "component": "api",
        "release": "1.0.0",
        "pod": "api-1",
        "container": "php",
        "node": "worker1",
        "id": found.id,
    }


def test_what_is_not_known_is_left_out() -> None:
    found = made(b"", Origin("hosts"))
    assert found.keys() == {"@timestamp", "message", "stream", "environment", "stack", "node", "id"}
    assert (found["message"], found["environment"]) == ("", "lab")
    late = json.loads(ENCODER.record(Message("", "audit", b"x", "k"), Origin("hosts")).body)
    assert late["@timestamp"].endswith("000Z")


def test_identities_tell_lines_apart_and_find_the_same_again() -> None:
    first = ENCODER.record(Message(TIME, "stdout", b"x", "f:0-9"), GUESTBOOK)
    assert ENCODER.record(Message(TIME, "stdout", b"x", "f:0-9"), GUESTBOOK).id == first.id
    others = [
        ENCODER.record(Message(TIME, "stdout", b"x", "f:9-18"), GUESTBOOK),
        ENCODER.record(Message("2026-11-21T10:00:00Z", "stdout", b"x", "f:0-9"), GUESTBOOK),
        Encoder("worker2", "lab").record(Message(TIME, "stdout", b"x", "f:0-9"), GUESTBOOK),
    ]
    assert len({first.id, *(one.id for one in others)}) == 4


@pytest.mark.parametrize(
    ("time", "begin"),
    [
        ("2026-11-21T10:00:00.123456789Z", "20261121100000123"),
        ("2026-11-21T10:00:00Z", "20261121100000"),
        ("", ""),
        ("a\tb", ""),
        ("2026\t", ""),
    ],
)
def test_identities_begin_with_the_time(time: str, begin: str) -> None:
    found = ENCODER.record(Message(time, "stdout", b"x", "k"), GUESTBOOK).id
    assert found.startswith(begin)
    assert len(found) == len(begin) + 16
    assert found.isalnum()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E1121 10:00:00.1 1 a.go:1] x", "error"),
        ("I1121 10:00:00.1 1 a.go:1] ERROR", "info"),
        ('time="x" level=warning msg="x"', "warning"),
        ('ts=1 level="error"', "error"),
        ("level=7 x", ""),
        ("2026 [main] SEVERE: x", "error"),
        ("2026/11/21 [warn] 1#1: x", "warning"),
        ("[php:notice] x", "notice"),
        ("an error in lower case tells nothing", ""),
        ("[x] [error] a WARN", "error"),
        ("WARN [error]", "warning"),
        ("XERROR [xerror]", ""),
        ("INFORMATION", ""),
        ("x" * 300 + " ERROR", ""),
        ('{"level": "WARN"}', "warning"),
        ('{"severity": "Information"}', "info"),
        ('{"level": 50}', "error"),
        ('{"level": 5, "message": "ERROR"}', ""),
        ('{"level": true}', ""),
        ('{"msg": "x"}', ""),
    ],
)
def test_levels(text: str, expected: str) -> None:
    found = json.loads(text) if text.startswith("{") else {}
    assert level_of(text, found) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ('{"": 1, ".": [{"x.": 2}]}', {"_": [{"x": 2}]}),
        ('{"a": NaN}', None),
        ("{", None),
        ("[1]", None),
        ("{" + '"a":{' * 5000, None),
        ('{"a": "' + "x" * 9000 + '"}', {"a": "x" * record.VALUE_LIMIT}),
        ('{"a": "' + "x" * (300 << 10) + '"}', None),
        # JSON can name half a character.
        ('{"a": "\\ud800"}', {"a": "?"}),
    ],
)
def test_json(text: str, expected: dict[str, Any] | None) -> None:
    assert made(text.encode()).get("json") == expected


def test_deep_json_is_kept_as_text() -> None:
    value = made(b'{"a":' * 40 + b"1" + b"}" * 40)["json"]
    depth = 0
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    assert depth == record.MOST_DEPTH + 1
    assert value.startswith('{"a": {')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter22 rest", "password=*** rest"),
        ('{"password": "hunter22", "a": 1}', '{"password": "***", "a": 1}'),
        ("Authorization: Bearer abc.def-123==", "Authorization: Bearer ***"),
        ("mysql://root:geheim@db/x", "mysql://root:***@db/x"),
        ("API_KEY: 0123456789", "API_KEY: ***"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END",
            "-----BEGIN RSA PRIVATE KEY-----***-----END",
        ),
        ("the password is asked for", "the password is asked for"),
        # Other letters may be forms of those in the expression.
        ("pa\u017f\u017fword=hunter22 \u00e4", "pa\u017f\u017fword=*** \u00e4"),
    ],
)
def test_secrets_are_masked(text: str, expected: str) -> None:
    found = made(text.encode())
    assert found["message"] == expected
    if text.startswith("{"):
        assert found["json"]["password"] == "***"


def test_own_patterns_replace_the_others() -> None:
    encoder = Encoder("a", "lab", [r"\b\d{16}\b", r"pin=(?P<secret>\d+)?"])
    assert encoder.text(b"card 1234567812345678 password=abc pin=12 pin=") == (
        "card *** password=abc pin=*** ***",
        False,
    )
    with pytest.raises(InvalidInputError, match="not a regular expression"):
        Encoder("a", "lab", ["("])


def test_garbage_and_length() -> None:
    found = made(bytes(range(256)) * 10)
    assert "\ufffd" in found["message"]
    long = made(b"\x01" * (record.LIMIT + 1))
    assert (len(long["message"]), long["cut"]) == (record.LIMIT, True)
