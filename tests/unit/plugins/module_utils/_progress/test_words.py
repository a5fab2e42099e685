# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    ProblemsError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._progress import words
from ansible_collections.landfall.platform.plugins.module_utils._progress.run import (
    Difference,
    Run,
)

QUIET = {"changed": 0, "failures": 0, "unreachable": 0}
REFUSED = RefusedError(
    "another run is at work",
    on="site lab",
    expected="none",
    found="process 7",
    remedy="wait; or -e x",
)


@pytest.mark.parametrize(
    ("summaries", "check", "text"),
    [
        ({"a": QUIET, "b": QUIET}, False, "Nothing changed. 2 hosts, 3 s."),
        ({"a": QUIET}, True, "Nothing would change. 1 host, 3 s."),
        (
            {"b": {**QUIET, "changed": 2}, "a": {**QUIET, "changed": 1}},
            False,
            "steps that changed something: a (1), b (2). 2 hosts, 3 s.",
        ),
        (
            {"a": {**QUIET, "unreachable": 1}, "b": {**QUIET, "failures": 1, "changed": 1}},
            True,
            "a did not answer; b failed; steps that would change something: b (1). 2 hosts, 3 s.",
        ),
    ],
)
def test_sentence(summaries: dict[str, dict[str, int]], check: bool, text: str) -> None:
    assert words.sentence(summaries, 3.2, check=check) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.9, "60 s"),
        (59.96, "1:00"),
        (65, "1:05"),
        (3605, "1:00:05"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("hosts", "text"),
    [
        (["b", "a"], "a, b"),
        (list("edcba"), "a, b, c, d, e"),
        (list("gfedcba"), "a, b, c, d and 3 more"),
    ],
)
def test_names(hosts: list[str], text: str) -> None:
    assert words.names(hosts) == text


def test_the_remedy_of_an_error_comes_first() -> None:
    (found,) = words.problems(str(REFUSED))
    assert found.lines() == [
        "what to do: wait; or -e x",
        "another run is at work: site lab",
        "expected: none",
        "found: process 7",
    ]


def test_an_error_of_others_is_shown_as_it_is() -> None:
    (found,) = words.problems("no such file: /etc/x; sorry")
    assert found.lines() == ["no such file: /etc/x; sorry"]


def test_several_errors_are_told_apart() -> None:
    second = InvalidInputError("a value is wrong", on="x", found="- a\n- b")
    error = ProblemsError("the inventory is wrong", [REFUSED, second])
    found = words.problems(str(error))
    assert [one.what for one in found][:3] == [
        "the inventory is wrong (2):",
        "another run is at work: site lab",
        "a value is wrong: x",
    ]
    assert found[1].remedy == "wait; or -e x"


def test_few_changes_are_named() -> None:
    found = words.changes(
        [
            Difference("update file /etc/hosts", "Nodes · Prepare", ("b", "a")),
            Difference("", "Depot · Publish", ("op",)),
        ]
    )
    assert found == ["update file /etc/hosts (a, b)", "Depot · Publish (op)"]


def test_many_changes_are_counted_by_step_and_kind() -> None:
    many = [Difference(f"create file /etc/{i}", "Nodes · Prepare", ("a",)) for i in range(16)]
    many += [Difference("restart unit kubelet", "Nodes · Prepare", ("a", "b"))]
    many += [Difference("", "Depot · Publish", ("op",))]
    assert words.changes(many) == [
        "Nodes · Prepare: create file 16 times, restart unit (a, b)",
        "Depot · Publish (op)",
    ]


def ended(seconds: float, name: str, run: Run) -> None:
    run.begin_step(name, f"role : {name}", 0.0)
    run.end_host(name, "a", "ok", seconds)


def test_the_summary_has_only_what_there_is_to_say() -> None:
    run = Run()
    run.begin_play("Nodes")
    assert words.summary(run) == []
    for number in range(7):
        ended(number, f"step {number}", run)
    run.warn("careful")
    assert words.summary(run) == [
        (
            "Slowest steps",
            [f"{words.duration(n):>7}  Nodes · step {n}" for n in (6, 5, 4, 3, 2)],
        ),
        ("Warnings", ["careful"]),
    ]


@pytest.mark.parametrize(("check", "title"), [(False, "What changed"), (True, "What would change")])
def test_the_summary_says_where_all_changes_are(check: bool, title: str) -> None:
    run = Run(check=check)
    run.begin_step("1", "Prepare", 0.0)
    run.end_host("1", "a", "changed", 0.1, [f"create file /{n}" for n in range(20)])
    found: dict[str, Any] = dict(words.summary(run, "state/x.jsonl"))
    assert found == {title: ["Prepare: create file 20 times (a)", "each of them: state/x.jsonl"]}
