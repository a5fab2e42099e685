# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to one message: tables of a runtime's lines."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._router import cri
from ansible_collections.landfall.platform.plugins.module_utils._router.cri import Cri, Lines

TIME = "2026-11-21T10:00:00.123456789Z"


def messages(*lines: str) -> list[str]:
    """Return what the lines become; each is flag and text, on stdout."""
    parser, found, at = Cri(), [], 0
    for line in lines:
        data = f"{TIME} stdout {line}".encode()
        found += parser.feed(data, at, at + len(data) + 1, 0.0)
        at += len(data) + 1
    found += parser.flush(1e9)
    assert parser.pending() is None
    assert [one.start for one in found] == sorted(one.start for one in found)
    return [one.text.decode() for one in found]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["F one", "F two"], ["one", "two"]),
        (["P one ", "P and ", "F two", "F three"], ["one and two", "three"]),
        # A continued text may look like the rest of a trace.
        (["P a", "F   at b", "F c"], ["a  at b", "c"]),
        (["F", "F x"], ["", "x"]),
        (
            [
                "F 10:00 ERROR failed",
                "F java.lang.IllegalStateException: no",
                "F \tat a.B.c(B.java:1)",
                "F Caused by: java.io.IOException: gone",
                "F \t... 12 more",
                "F 10:01 INFO next",
            ],
            [
                "10:00 ERROR failed",
                "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n"
                "Caused by: java.io.IOException: gone\n\t... 12 more",
                "10:01 INFO next",
            ],
        ),
        (
            [
                "F ERROR: it failed",
                "F Traceback (most recent call last):",
                'F   File "a.py", line 1, in <module>',
                "F     f()",
                "F KeyError: 'x'",
                "F next",
            ],
            [
                "ERROR: it failed\nTraceback (most recent call last):\n"
                "  File \"a.py\", line 1, in <module>\n    f()\nKeyError: 'x'",
                "next",
            ],
        ),
        (
            [
                "F Traceback (most recent call last):",
                "F   a",
                "F ValueError: 1",
                "F ",
                "F During handling of the above exception, another exception occurred:",
                "F ",
                "F Traceback (most recent call last):",
                "F   b",
                "F ValueError: 2",
                "F after",
            ],
            [
                "Traceback (most recent call last):\n  a\nValueError: 1\n\n"
                "During handling of the above exception, another exception occurred:\n\n"
                "Traceback (most recent call last):\n  b\nValueError: 2",
                "after",
            ],
        ),
        (
            [
                "F panic: no",
                "F ",
                "F goroutine 1 [running]:",
                "F main.main()",
                "F \t/a/b.go:3 +0x1d",
                "F exit status 2",
                "F next",
            ],
            [
                "panic: no\n\ngoroutine 1 [running]:\nmain.main()\n\t/a/b.go:3 +0x1d\n"
                "exit status 2",
                "next",
            ],
        ),
        (
            [
                "F PHP Fatal error:  Uncaught",
                "F Stack trace:",
                "F #0 {main}",
                "F   thrown in a.php",
            ],
            ["PHP Fatal error:  Uncaught", "Stack trace:\n#0 {main}\n  thrown in a.php"],
        ),
        (["F {", 'F   "a": 1', "F }", "F next"], ['{\n  "a": 1\n}', "next"]),
    ],
)
def test_messages(lines: list[str], expected: list[str]) -> None:
    assert messages(*lines) == expected


def test_streams_do_not_mix() -> None:
    parser = Cri()
    feed = [("stdout", "P", "a"), ("stderr", "F", "b"), ("stdout", "F", "c"), ("stderr", "F", "d")]
    found = []
    for at, (stream, flag, text) in enumerate(feed):
        found += parser.feed(f"{TIME} {stream} {flag} {text}".encode(), at, at + 1, 0.0)
    assert parser.pending() == 0
    found += parser.flush(1e9)
    assert {(one.stream, one.text, one.start, one.end) for one in found} == {
        ("stdout", b"ac", 0, 3),
        ("stderr", b"b", 1, 2),
        ("stderr", b"d", 3, 4),
    }


def test_a_message_is_whole_when_nothing_more_comes() -> None:
    parser = Cri()
    parser.feed(f"{TIME} stdout F x".encode(), 0, 9, 10.0)
    parser.feed(f"{TIME} stderr P y".encode(), 9, 18, 10.0)
    assert parser.flush(10.5) == []
    assert [one.text for one in parser.flush(11.0)] == [b"x"]
    assert parser.pending() == 9
    # The rest of a broken line is waited for longer.
    assert [one.text for one in parser.flush(20.0)] == [b"y"]


def test_a_long_line_is_cut_and_its_rest_passed_over() -> None:
    parser, part = Cri(), b"x" * (300 << 10)
    head = TIME.encode() + b" stdout P "
    for at in range(10):
        assert parser.feed(head + part, at, at + 1, 0.0) == []
    assert parser.feed(TIME.encode() + b" stdout F end", 10, 11, 0.0) == []
    (found,) = parser.feed(TIME.encode() + b" stdout F   not its trace", 11, 12, 0.0)
    assert (len(found.text), found.cut, found.end) == (cri.LIMIT, True, 11)


def test_a_trace_without_end_is_several_messages() -> None:
    found = messages("F begin", *["F  more"] * (cri.MOST_LINES + 10))
    assert [one.count("\n") + 1 for one in found] == [cri.MOST_LINES, 11]


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\xff\x00 garbage",
        b"",
        b"2026 stdout F x",
        b"a b c d",
        # A block that a dying machine did not write.
        b"\xff\xff\xff\xff-\xff\xff-\xff\xffT\xff\xff:00:00.000000Z stdout F x",
        b"2026-11-21Tnoon\tand more Z stdout F x",
    ],
)
def test_what_is_no_line_of_a_runtime_is_kept_as_it_is(line: bytes) -> None:
    (found,) = Cri().feed(line, 5, 9, 0.0)
    assert (found.text, found.time, found.stream) == (line, "", "stdout")


def test_lines() -> None:
    parser = Lines("audit")
    (found,) = parser.feed(b"{}", 0, 3, 0.0)
    assert (found.stream, found.text, found.cut) == ("audit", b"{}", False)
    assert parser.flush(1e9) == []
    assert parser.pending() is None
