# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    load,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.plan import (
    Needs,
    Source,
    origin,
    plan,
    ready,
)

from .test_catalogue import ROOT

REAL = load(ROOT / "catalogue")


def steps(
    catalogue: Catalogue,
    names: list[str],
    *,
    stored: set[str] | None = None,
    remote: set[str] | None = None,
    source: Source = Source.BUILD,
    reachable: bool = False,
) -> list[str]:
    entries = tuple(e for name in names for e in catalogue.find(name))
    needs = Needs(entries, stored or set(), remote or set(), source)
    return plan(catalogue, needs, lambda entry: reachable).summary()


@pytest.mark.parametrize(
    ("have", "expected"),
    [
        ({}, ["build base trixie (image)", "build tool 1.2.3", "build tool 1.2.3 (image)"]),
        ({"stored": {"image/tool@1.2.3"}}, []),
        ({"remote": {"image/tool@1.2.3"}}, []),
        (
            {"stored": {"binary/tool@1.2.3"}},
            ["build base trixie (image)", "build tool 1.2.3 (image)"],
        ),
        (
            {"remote": {"binary/tool@1.2.3"}, "stored": {"image/base@trixie"}},
            ["build tool 1.2.3", "build tool 1.2.3 (image)"],
        ),
        ({"source": Source.UPSTREAM}, ["fetch tool 1.2.3 (image)"]),
        ({"source": Source.AUTO, "reachable": True}, ["fetch tool 1.2.3 (image)"]),
        (
            {"source": Source.AUTO, "reachable": False},
            ["build base trixie (image)", "build tool 1.2.3", "build tool 1.2.3 (image)"],
        ),
    ],
)
def test_what_is_made_for_an_image(catalogue: Catalogue, have: dict, expected: list[str]) -> None:  # type: ignore[type-arg]
    assert steps(catalogue, ["image/tool"], **have) == expected


def test_what_upstream_does_not_publish_is_built(catalogue: Catalogue) -> None:
    assert steps(catalogue, ["crds"], source=Source.UPSTREAM) == ["build crds 1.0.0"]


def test_reachability_is_not_asked_for_what_is_there(catalogue: Catalogue) -> None:
    (entry,) = catalogue.find("image/tool")
    needs = Needs((entry,), {entry.key}, set(), Source.AUTO)
    assert not plan(catalogue, needs, lambda entry: pytest.fail("asked"))


KEYS = sorted(entry.key for entry in REAL)


@given(
    stored=st.sets(st.sampled_from(KEYS)),
    remote=st.sets(st.sampled_from(KEYS)),
    source=st.sampled_from(Source),
    down=st.sets(st.sampled_from(KEYS)),
)
def test_every_step_comes_once_and_after_its_inputs(
    stored: set[str], remote: set[str], source: Source, down: set[str]
) -> None:
    entries = REAL.used_by(["site", "lab"])
    made = plan(REAL, Needs(entries, stored, remote, source), lambda e: e.key not in down)
    there = set(stored)
    for step in made:
        if step.action == "build":
            assert {needed.key for needed in REAL.inputs(step.made)} <= there
        assert step.made.key not in there
        there.add(step.made.key)
    assert {entry.key for entry in entries} <= there | remote


def test_what_can_start_now() -> None:
    made = list(
        plan(REAL, Needs(REAL.used_by(["site"]), set(), set(), Source.BUILD), lambda e: True)
    )
    undone = {step.made.key for step in made}
    first = {step.made.key for step in ready(made, REAL, undone)}
    assert "binary/kubernetes@1.37.1" in first
    assert "binary/kubelet@1.37.1" not in first
    assert not any(
        needed.key in undone for s in ready(made, REAL, undone) for needed in REAL.inputs(s.made)
    )


def test_what_things_are_built_from(catalogue: Catalogue) -> None:
    assert [origin(next(iter(v.values()))) for v in catalogue.entries.values()] == [
        "from example.org/tool",
        "from tool",
        "from example.org/m",
        "from the wheel wheel-x",
        "from Debian packages",
        "from images/tool",
    ]
