# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is followed: what is shown, recorded and estimated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._progress import records
from ansible_collections.landfall.platform.plugins.module_utils._progress.output import (
    Lines,
    Output,
    Terminal,
    said,
)
from ansible_collections.landfall.platform.plugins.module_utils._progress.run import Run
from ansible_collections.landfall.platform.plugins.module_utils._progress.session import Session

ERROR = "no way: host a; expected: a way; found: none; remedy: make one"
COUNTS = {"failures": 0, "unreachable": 0, "changed": 0}


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class StillView:
    def __init__(self) -> None:
        self.runs = False

    def start(self) -> None:
        self.runs = True

    def stop(self) -> None:
        self.runs = False


class Told:
    """A session with a clock of its own, and the lines that it showed."""

    def __init__(self, make: Callable[[Any], Output], kind: dict[str, Any] | None = None) -> None:
        self.lines: list[str] = []
        self.clock = Clock()
        output = make(lambda text, kind: self.lines.append(text))
        record = records.Record({"playbook": "site"})
        run = Run(plays=2)
        self.session = Session(run, output, record, "site", kind or {"check": False}, self.clock)

    def goes_on(self, error: str = ERROR) -> None:
        session = self.session
        session.begin_play("Nodes")
        session.begin_step("u1", "node : Prepare")
        session.begin_host("a", "node : Prepare")
        self.clock.time = 2.0
        session.end_host("u1", "node : Prepare", "a", "changed", ["create file /x"])
        session.end_host("u1", "node : Prepare", "b", "ok")
        session.begin_step("u2", "node : Join")
        self.clock.time = 3.0
        for host in ("a", "b"):
            session.error("u2", "node : Join", host, "failed", error, "rc: 1")
        session.retry("c", 3)
        session.warn("careful")
        session.warn("careful")
        session.say(["it stands at", "http://x"])


def lines_of(told: Told) -> list[str]:
    return [line for text in told.lines for line in text.splitlines() if line]


def test_lines() -> None:
    told = Told(Lines)
    told.goes_on()
    parts = told.session.end({"a": {**COUNTS, "changed": 1, "failures": 1}})
    assert lines_of(told) == [
        "== Nodes (1 of 2)",
        "[  0:00] node : Prepare",
        "         changed: a; ok: 1; 2.0 s",
        "[  0:02] node : Join",
        "fatal: [a]: FAILED! node : Join",
        "  what to do: make one",
        f"  {ERROR}",
        "  rc: 1",
        "fatal: [b]: FAILED! node : Join: the same as a",
        "  c: not yet, tried 3 times more at most",
        "  it stands at",
        "  http://x",
        "         failed: a, b; 1.0 s",
    ]
    assert [title for title, _ in parts] == ["What changed", "Slowest steps", "Warnings", ""]
    assert parts[-1][1] == ["a failed; steps that changed something: a (1). 1 host, 3 s."]


def test_terminal() -> None:
    view = StillView()
    told = Told(lambda write: Terminal(write, view))
    told.goes_on()
    assert view.runs
    told.session.end({})
    assert lines_of(told) == [
        "changed  Nodes · Prepare  a  2.0 s",
        "a failed: Nodes · Join",
        "  what to do: make one",
        "  no way: host a",
        "  expected: a way",
        "  found: none",
        "  rc: 1",
        "b failed: Nodes · Join: the same as a",
        "it stands at",
        "http://x",
    ]


def test_several_problems_stay_one_line_each_in_a_log() -> None:
    told = Told(Lines)
    told.goes_on(f"all is wrong (2):\n- {ERROR}\n- {ERROR}")
    assert lines_of(told)[5:8] == ["  all is wrong (2):", f"  - {ERROR}", f"  - {ERROR}"]


def test_a_host_that_does_not_answer() -> None:
    for make, first in (
        (Lines, "fatal: [a]: UNREACHABLE! Ping"),
        (lambda write: Terminal(write, StillView()), "a did not answer: Nodes · Ping"),
    ):
        told = Told(make)
        told.session.begin_play("Nodes")
        told.session.error("u1", "Ping", "a", "unreachable", ERROR)
        assert first in lines_of(told)


def test_a_long_step_says_its_time_even_when_nothing_changed() -> None:
    told = Told(Lines)
    told.session.begin_step("u1", "Wait")
    told.clock.time = 61.0
    told.session.end_host("u1", "Wait", "a", "ok")
    told.session.end_host("u1", "Wait", "b", "ignored")
    told.session.begin_step("u2", "Next")
    assert lines_of(told)[1] == "         ignored: b; ok: 1; 1:01"


def test_a_task_that_another_host_comes_to_later_is_announced_once() -> None:
    told = Told(Lines)
    for identity in ("u1", "u2", "u1"):
        told.session.begin_step(identity, identity)
    assert lines_of(told) == ["[  0:00] u1", "[  0:00] u2"]


def test_the_record_has_all_of_it(tmp_path: Path) -> None:
    told = Told(Lines)
    told.session.keep_in(tmp_path, "20260101T000000Z-1")
    told.goes_on()
    told.session.end({"a": {**COUNTS, "changed": 1, "failures": 1}})
    (path,) = records.files(tmp_path)
    assert path.name == "site.20260101T000000Z-1.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    found = list(records.events(path))
    assert [event["event"] for event in found] == [
        *("run", "play", "step", "result", "result", "step"),
        *("result", "error", "result", "error", "warning", "end"),
    ]
    assert found[3]["changes"] == ["create file /x"]
    assert found[7]["remedy"] == "make one"
    assert found[-1]["ok"] is False
    assert [step["changed"] for step in found[-1]["steps"]] == [1, 0]
    assert records.last_event(path) == found[-1]


def run_once(state: Path, stamp: str, seconds: float, check: bool = False) -> Session:
    told = Told(Lines, {"check": check})
    told.session.keep_in(state, stamp)
    told.session.begin_play("Nodes")
    told.session.begin_step("u1", "Prepare")
    before = told.session.left()
    told.clock.time = seconds
    told.session.end_host("u1", "Prepare", "a", "ok")
    told.session.end({"a": COUNTS})
    told.clock.time = 0.0
    told.session.before = before  # type: ignore[attr-defined]
    return told.session


def test_the_estimate_comes_from_runs_of_the_same_kind(tmp_path: Path) -> None:
    assert run_once(tmp_path, "1", 10.0).before is None  # type: ignore[attr-defined]
    run_once(tmp_path, "2", 99.0, check=True)
    assert run_once(tmp_path, "3", 20.0).before == 10.0  # type: ignore[attr-defined]
    assert run_once(tmp_path, "4", 30.0).before == 15.0  # type: ignore[attr-defined]
    assert Told(Lines).session.left() is None


def test_old_records_are_forgotten(tmp_path: Path) -> None:
    for number in range(10, 25):
        run_once(tmp_path, str(number), 1.0)
    other = tmp_path / "runs" / "status.1.jsonl"
    other.write_text("")
    kept = [re.sub(r"\D", "", path.name) for path in records.files(tmp_path)]
    assert kept == [*(str(number) for number in range(24, 14, -1)), "1"]


def test_a_record_that_cannot_be_written_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    session = run_once(tmp_path, "1", 1.0)
    assert session.kept
    assert records.files(tmp_path) == []


@pytest.mark.parametrize(
    "text", ["", "no json\n", "[]\n", json.dumps({"event": "step"}) + "\n", '{"event": "end"}']
)
def test_records_that_are_cut_short_tell_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "runs" / "site.1.jsonl"
    path.parent.mkdir()
    path.write_text(text)
    assert records.earlier(tmp_path, "site", {}) == []
    path.write_text(json.dumps({"event": "end", "ok": True, "kind": {}, "steps": [{}]}))
    assert records.earlier(tmp_path, "site", {}) == []


def test_a_record_that_is_not_there(tmp_path: Path) -> None:
    assert records.last_event(tmp_path / "none") is None
    assert list(records.events(tmp_path / "none")) == []
    assert records.files(tmp_path) == []


@pytest.mark.parametrize(
    ("value", "lines"),
    [("a\nb", ["a", "b"]), (["a", 1], ["a", "1"]), ({"a": 1}, None), ([{"a": 1}], None)],
)
def test_what_a_playbook_says(value: object, lines: list[str] | None) -> None:
    assert said(value) == lines
