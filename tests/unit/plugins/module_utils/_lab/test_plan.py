# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made, started, refused and removed for a lab."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._lab.model import (
    Host,
    Lab,
    Seen,
    SeenHost,
)
from ansible_collections.landfall.platform.plugins.module_utils._lab.plan import (
    INOTIFY_INSTANCES,
    plan_absent,
    plan_present,
)

ONE = Host("one", "10.9.0.11", "trixie")
TWO = Host("two", "10.9.0.12", "bookworm")
LAB = Lab("try", "10.9.0.0/24", (ONE, TWO), {"trixie": "t", "bookworm": "b"})
UP = Seen(
    network="10.9.0.0/24",
    access=True,
    hosts={
        "one": SeenHost("10.9.0.11", "trixie", running=True),
        "two": SeenHost("10.9.0.12", "bookworm", running=True),
    },
    inotify_instances=INOTIFY_INSTANCES,
)
STOPPED = replace(UP, hosts={**UP.hosts, "two": replace(UP.hosts["two"], running=False)})


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        pytest.param(
            Seen(inotify_instances=128),
            [
                "raise sysctl fs.inotify.max_user_instances",
                "create network landfall-try",
                "create volume landfall-try-access",
                "create host one",
                "create host two",
            ],
            id="nothing there",
        ),
        pytest.param(UP, [], id="all there"),
        pytest.param(STOPPED, ["start host two"], id="one stopped"),
        pytest.param(
            replace(UP, hosts={"one": UP.hosts["one"]}), ["create host two"], id="one missing"
        ),
        pytest.param(
            replace(UP, access=False), ["create volume landfall-try-access"], id="key lost"
        ),
        pytest.param(
            replace(UP, hosts={**UP.hosts, "extra": SeenHost("10.9.0.9", "trixie", running=True)}),
            [],
            id="a host that the inventory does not have stays",
        ),
    ],
)
def test_plan_present(seen: Seen, summary: list[str]) -> None:
    assert plan_present(LAB, seen).summary() == summary


@pytest.mark.parametrize(
    ("seen", "part"),
    [
        (replace(UP, network="10.8.0.0/24"), "expected: 10.9.0.0/24; found: 10.8.0.0/24"),
        (
            replace(UP, hosts={"one": replace(UP.hosts["one"], suite="bookworm")}),
            "expected: 10.9.0.11 trixie; found: 10.9.0.11 bookworm",
        ),
    ],
)
def test_what_differs_is_never_made_anew(seen: Seen, part: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        plan_present(LAB, seen)
    assert part in str(caught.value)
    assert "make destroy" in str(caught.value)


def test_plan_absent_removes_all_that_carries_the_label() -> None:
    seen = replace(UP, hosts={**UP.hosts, "extra": SeenHost("10.9.0.9", "trixie", running=True)})
    assert plan_absent(LAB, seen).summary() == [
        "remove host extra",
        "remove host one",
        "remove host two",
        "remove network landfall-try",
        "remove volume landfall-try-access",
    ]
    assert not plan_absent(LAB, Seen())


@pytest.mark.parametrize(
    ("network", "hosts", "suites", "parts"),
    [
        ("nonsense", {}, {}, ["not a network: lab_network"]),
        (
            "10.9.0.0/24",
            {"a": "10.9.0.5", "b": "10.9.0.5"},
            {},
            ["two hosts have one address: a, b"],
        ),
        (
            "10.9.0.0/24",
            {"a": "10.9.0.1", "b": "x"},
            {"b": "sid"},
            ["address outside the lab's network: a", "b; expected: an address", "found: sid"],
        ),
    ],
)
def test_from_params_reports_every_problem(
    network: str, hosts: dict[str, str], suites: dict[str, str], parts: list[str]
) -> None:
    with pytest.raises(ProblemsError) as caught:
        Lab.from_params(
            {"name": "try", "network": network, "hosts": hosts, "suites": suites, "images": None}
        )
    for part in parts:
        assert part in str(caught.value)


def test_names() -> None:
    lab = Lab.from_params(
        {
            "name": "try",
            "network": "10.9.0.0/24",
            "hosts": {"one": ONE.address},
            "suites": None,
            "images": {"trixie": "t"},
        }
    )
    assert lab.hosts == (ONE,)
    assert lab.container("one") == "landfall-try-one"
