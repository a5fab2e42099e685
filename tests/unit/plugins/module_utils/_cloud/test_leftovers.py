# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster had the cloud make: found, refused, kept, deleted and waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._cloud.leftovers import (
    Address,
    Balancer,
    Outcome,
    Remover,
    Thing,
    Volume,
    allow,
    claim,
    plan_balancers,
    plan_volumes,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    NotReadyError,
    ProblemsError,
    RefusedError,
)

WEB = "Kubernetes external service default/web from cluster qa"
LB = Balancer("b1", "kube_service_qa_default_web", WEB, "p1", "ACTIVE")
IP = Address("a1", "192.0.2.7", f"Floating IP for {WEB}", "p1")
OWN = Address("a2", "192.0.2.8", "of the sales department", "p1")
STRANGERS: list[Thing] = [
    Balancer("b2", "qa", "of the stack", "p2", "ACTIVE"),
    Balancer("b3", "x", WEB + "2", "p3", "ACTIVE"),
    Address("a3", "192.0.2.9", f"Floating IP for {WEB}-prod", "p3"),
    Address("a4", "192.0.2.10", "", ""),
]
VOLUME = Volume("v1", "pvc-1", "default/data", 10, "available")


class Clock:
    """A clock that goes on when it is waited."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Project:
    """What is in a project; ``stubborn`` things are refused so often."""

    things: list[Thing] = field(default_factory=list)
    stubborn: dict[str, int] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    settle: Callable[[Project], None] = lambda _project: None

    def addresses(self) -> Sequence[Address]:
        return [one for one in self.things if isinstance(one, Address)]

    def balancers(self) -> Sequence[Balancer]:
        self.settle(self)
        return [one for one in self.things if isinstance(one, Balancer)]

    def volumes(self, cluster: str) -> Sequence[Volume]:
        assert cluster == "qa"
        self.settle(self)
        return [one for one in self.things if isinstance(one, Volume)]

    def delete(self, thing: Thing) -> None:
        left = self.stubborn.get(thing.id, 0)
        if left:
            self.stubborn[thing.id] = left - 1
            raise LandfallError("the cloud does not delete", on=str(thing))
        self.things.remove(thing)
        self.deleted.append(thing.id)


def test_what_is_the_clusters() -> None:
    outcome = plan_balancers("qa", Project([LB, IP, OWN, *STRANGERS, VOLUME]))
    assert outcome.plan.summary() == [
        "delete floating address 192.0.2.7",
        "delete load balancer kube_service_qa_default_web",
    ]
    assert outcome.kept == ("floating address 192.0.2.8, which was there before its load balancer",)
    assert outcome.plan.diff()[0]["before"] == "of Service default/web\n"


def test_an_address_whose_load_balancer_is_gone() -> None:
    outcome = plan_balancers("qa", Project([replace(IP, port="")]))
    assert outcome.plan.summary() == ["delete floating address 192.0.2.7"]


def test_volumes() -> None:
    outcome = plan_volumes("qa", Project([VOLUME]), retain=False)
    assert outcome.plan.summary() == ["delete volume pvc-1"]
    assert outcome.plan.diff()[0]["before"] == "of claim default/data\n"
    assert plan_volumes("qa", Project([VOLUME]), retain=True) == Outcome(
        kept=("volume pvc-1 (10 GiB) of claim default/data",)
    )


def test_claims() -> None:
    metadata = {"csi.storage.k8s.io/pvc/namespace": "a", "csi.storage.k8s.io/pvc/name": "b"}
    assert (claim(metadata), claim({})) == ("a/b", "?/?")


def test_nothing_is_deleted_unnamed() -> None:
    outcome = plan_volumes("qa", Project([VOLUME]), retain=False)
    with pytest.raises(RefusedError, match=r"pvc-1 would be deleted.*openstack_removable=qa"):
        allow(outcome, "qa", frozenset({"worker1"}))
    allow(outcome, "qa", frozenset({"qa"}))
    allow(Outcome(), "qa", frozenset())


def remove(project: Project, limit: float = 60) -> None:
    def look() -> Outcome:
        balancers = plan_balancers("qa", project)
        return balancers if balancers.plan else plan_volumes("qa", project, retain=False)

    Remover(project, look, Clock(), limit).remove()


def test_all_of_it_goes() -> None:
    project = Project([LB, IP, OWN, *STRANGERS])
    remove(project)
    assert project.deleted == ["a1", "b1"]
    assert project.things == [OWN, *STRANGERS]


def test_what_is_busy_is_waited_for() -> None:
    looks = []

    def settle(project: Project) -> None:
        looks.append(1)
        if len(looks) == 4:
            project.things[:] = [VOLUME]

    project = Project([replace(VOLUME, status="in-use")], settle=settle)
    remove(project)
    assert project.deleted == ["v1"]


def test_a_refusal_may_pass() -> None:
    project = Project([LB], stubborn={"b1": 3})
    remove(project)
    assert project.things == []


def test_a_refusal_may_stay() -> None:
    with pytest.raises(ProblemsError, match=r"stays \(1\):\n- the cloud does not delete: load"):
        remove(Project([LB], stubborn={"b1": 1000}))


def test_what_stays_is_named() -> None:
    project = Project([replace(LB, status="PENDING_UPDATE")])
    with pytest.raises(NotReadyError, match=r"kube_service_qa_default_web \(PENDING_UPDATE\)"):
        remove(project)
    assert project.deleted == []
