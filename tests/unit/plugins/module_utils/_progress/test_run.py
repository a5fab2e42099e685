# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a run while it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._progress.run import (
    Difference,
    Run,
    changes_in,
)


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ({}, []),
        ({"changes": ["create file /a"]}, ["create file /a"]),
        ({"changes": {"not": "ours"}}, []),
        ({"changes": "text"}, []),
        (
            {
                "results": [
                    {"changed": True, "changes": ["a"]},
                    {"changed": False, "changes": ["b"]},
                    "squashed",
                ]
            },
            ["a"],
        ),
    ],
)
def test_changes_in_a_result(result: dict[str, Any], found: list[str]) -> None:
    assert changes_in(result) == found


def test_steps_and_hosts() -> None:
    run = Run(plays=2)
    run.begin_play("Nodes")
    assert run.step is None
    run.begin_step("u1", "node : Prepare", 1.0)
    run.begin_host("a", "node : Prepare", 1.0)
    run.begin_host("b", "node : Prepare", 1.1)
    assert run.hosts["a"].status == ""
    run.end_host("u1", "a", "changed", 2.0, ["create file /x"])
    run.end_host("u1", "b", "unreachable", 3.5)
    step = run.step
    assert step
    assert (step.title, step.seconds) == ("Nodes · Prepare", 2.5)
    assert (step.having("changed"), step.having("failed", "unreachable")) == (["a"], ["b"])
    assert (run.hosts["a"].changed, run.hosts["a"].bad, run.hosts["b"].bad) == (
        1,
        "",
        "unreachable",
    )
    assert run.knows("u1")
    assert not run.knows("u2")


def test_a_lost_host_stays_lost() -> None:
    run = Run()
    run.begin_step("u1", "one", 0.0)
    run.end_host("u1", "a", "failed", 1.0)
    run.begin_step("u2", "two", 1.0)
    run.end_host("u2", "a", "ok", 2.0)
    assert run.hosts["a"].bad == "failed"


def test_steps_of_one_name_are_counted_within_their_play() -> None:
    run = Run()
    for play in ("A", "B"):
        run.begin_play(play)
        for number in range(2):
            run.begin_step(f"{play}{number}", "same", 0.0)
    assert [step.key for step in run.steps] == [
        ("A", "same", 0),
        ("A", "same", 1),
        ("B", "same", 0),
        ("B", "same", 1),
    ]


def test_the_same_change_of_several_hosts_is_one() -> None:
    run = Run()
    run.begin_step("u1", "Prepare", 0.0)
    run.end_host("u1", "b", "changed", 1.0, ["create file /x", "create file /y"])
    run.end_host("u1", "a", "changed", 1.0, ["create file /x"])
    run.end_host("u1", "c", "changed", 1.0)
    assert run.differences == [
        Difference("create file /x", "Prepare", ("b", "a")),
        Difference("create file /y", "Prepare", ("b",)),
        Difference("", "Prepare", ("c",)),
    ]


def test_warnings_are_kept_once() -> None:
    run = Run()
    assert run.warn("x")
    assert not run.warn("x")
    assert run.warnings == ["x"]
