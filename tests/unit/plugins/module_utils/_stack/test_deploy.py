# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a stack into a cluster, with an API in memory; tests/integration_api has a real one."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    NotReadyError,
    ProblemsError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import ApiError, Resource
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Key
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import (
    StillRunningError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    History,
    Pin,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import Author
from ansible_collections.landfall.platform.plugins.module_utils._release.store import (
    UPDATER,
    ReleaseStore,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Deployed,
    Options,
    RolledBackError,
    deploy,
    predict,
    present_secrets,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import Answer
from tests.unit.plugins.module_utils._kube.fake import FakeApi, FakeClock

from .conftest import Place

GOOD = Answer(200, "ready")
READY = {
    "observedGeneration": 1,
    "replicas": 2,
    "updatedReplicas": 2,
    "availableReplicas": 2,
}
STUCK = {**READY, "availableReplicas": 0}
RAW: dict[str, Any] = {
    "name": "s",
    "components": {
        "a": {
            "type": "service",
            "image": "r.test/a:1",
            "ports": {"http": 80},
            "environment": {"P": "${secret.x.p}"},
        }
    },
    "secrets": {"x": {"p": "generate"}},
    "expose": {"web": {"paths": {"/": "a"}}},
    "checks": [{"path": "/", "contains": "ready"}],
}


class Cluster(FakeApi):
    """An API in memory whose Deployments are ready, or are not."""

    def __init__(self) -> None:
        super().__init__()
        self.partial = {UPDATER}
        self.broken = ""
        self.seen: Callable[[Key, Any], None] = lambda key, obj: None
        self.status = {"a": [READY], "web": [_accepted()]}

    def _advance(self, key: Key, obj: Any) -> None:
        super()._advance(key, obj)
        self.seen(key, obj)
        if key.name == "a" and self.broken and self.image() == self.broken:
            obj["status"] = STUCK

    def fail(self) -> None:
        self.status["a"] = [STUCK]

    @property
    def history(self) -> History:
        return ReleaseStore(self).history("s-lab")

    def statuses(self) -> list[str]:
        return [f"{one.revision} {one.status}" for one in self.history.releases]

    def image(self) -> Any:
        deployment = self.store[Key("apps", "Deployment", "s-lab", "a")]
        return deployment["spec"]["template"]["spec"]["containers"][0]["image"]


def _accepted() -> dict[str, Any]:
    conditions = [{"type": name, "status": "True"} for name in ("Accepted", "ResolvedRefs")]
    return {"parents": [{"parentRef": {"name": "landfall"}, "conditions": conditions}]}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def go(api: Any, one: Instance, answer: Answer = GOOD, **options: Any) -> Deployed:
    found: list[Deployed] = []
    chosen = Options(timeout=30, author=Author("ann@desk", now=lambda: "now"), **options)
    deploy(api, one, chosen, lambda _: answer, FakeClock(), found.append)
    return found[0]


@pytest.fixture
def one(place: Place) -> Instance:
    return place(RAW, hosts={"web": "s.test"}, rollback=True)


@pytest.fixture
def two(place: Place) -> Instance:
    """The same stack with another version."""
    components = {"a": {"version": "2"}}
    return place(RAW, hosts={"web": "s.test"}, rollback=True, components=components)


def test_a_deployment_is_recorded_once(cluster: Cluster, one: Instance) -> None:
    assert go(cluster, one).release
    assert go(cluster, one).release is None
    assert cluster.statuses() == ["1 deployed"]


def test_what_the_cluster_has_is_kept(cluster: Cluster, one: Instance) -> None:
    go(cluster, one)
    secret = cluster.store[Key("", "Secret", "s-lab", "x")]["data"]
    assert len(base64.b64decode(secret["p"])) == 32
    go(cluster, one)
    assert cluster.store[Key("", "Secret", "s-lab", "x")]["data"] == secret


def test_check_mode_records_nothing(cluster: Cluster, one: Instance) -> None:
    assert go(cluster, one, check=True).plan
    assert cluster.store == {}


def test_without_waiting_a_release_stays_pending(cluster: Cluster, one: Instance) -> None:
    cluster.fail()
    assert go(cluster, one, wait=False).release
    assert not go(cluster, one, wait=False).plan
    assert cluster.statuses() == ["1 pending"]
    cluster.status["a"] = [READY]
    assert go(cluster, one).plan.summary() == ["record release 1 of s-lab"]
    assert cluster.statuses() == ["1 deployed"]


@pytest.mark.parametrize("answer", [GOOD, Answer(500)])
def test_a_failure_is_undone(
    cluster: Cluster, one: Instance, two: Instance, answer: Answer
) -> None:
    go(cluster, one)
    if answer is GOOD:
        cluster.broken = "r.test/a:2"
    with pytest.raises(RolledBackError, match="revision 2 failed and revision 1 was brought back"):
        go(cluster, two, answer)
    assert cluster.statuses() == ["2 rolled-back", "1 deployed"]
    assert cluster.image() == "r.test/a:1"


def test_going_back_may_fail_too(cluster: Cluster, one: Instance, two: Instance) -> None:
    go(cluster, one)
    cluster.fail()
    with pytest.raises(ProblemsError, match="and so did going back to revision 1"):
        go(cluster, two)
    assert cluster.statuses() == ["2 failed", "1 deployed"]


def test_a_record_that_cannot_be_written_is_said(
    cluster: Cluster, one: Instance, two: Instance
) -> None:
    go(cluster, one)
    cluster.fail()
    cluster.refuse["landfall.release.2"] = 403
    with pytest.raises(LandfallError, match="refused"):
        go(cluster, two)


def test_what_is_refused_beforehand_leaves_no_record(
    cluster: Cluster, one: Instance, two: Instance
) -> None:
    go(cluster, one)
    cluster.conflict["a"] = frozenset({"somebody"})
    with pytest.raises(ApiError):
        go(cluster, two)
    assert cluster.statuses() == ["1 deployed"]


def test_who_is_not_reached_is_not_rolled_back(cluster: Cluster, one: Instance) -> None:
    def silent(_: Any) -> Answer:
        raise UnreachableError("away")

    with pytest.raises(UnreachableError):
        deploy(cluster, one, Options(), silent, FakeClock(), lambda _: None)
    assert cluster.statuses() == []


def test_without_the_settings_word_a_failure_stays(
    cluster: Cluster, place: Place, one: Instance
) -> None:
    go(cluster, one)
    cluster.fail()
    components = {"a": {"version": "2"}}
    with pytest.raises(NotReadyError, match="Deployment s-lab/a"):
        go(cluster, place(RAW, hosts={"web": "s.test"}, components=components))
    assert cluster.statuses() == ["2 failed", "1 deployed"]
    assert cluster.image() == "r.test/a:2"


LOAD = {"load": {"type": "job", "image": "r.test/load:1", "limit": 600}}
WITH_JOB: dict[str, Any] = {**RAW, "components": {**RAW["components"], **LOAD}}


class Jobs:
    """What becomes of jobs: they work for some looks, and have a status afterwards."""

    def __init__(self, looks: int, condition: str) -> None:
        self.looks = looks
        self.ended = {"conditions": [{"type": condition, "status": "True"}]}

    def __call__(self, key: Key, obj: Any) -> None:
        if key.kind == "Job":
            self.looks -= 1
            obj["status"] = {"active": 1, "ready": 1} if self.looks > 0 else self.ended


@pytest.fixture
def with_job(place: Place) -> Instance:
    """The stack with a job that may take longer than the limit of a roll-out."""
    return place(WITH_JOB, hosts={"web": "s.test"}, rollback=True)


def test_a_job_that_takes_longer_than_the_limit_undoes_nothing(
    cluster: Cluster, one: Instance, with_job: Instance
) -> None:
    go(cluster, one)
    cluster.seen = Jobs(60, "Complete")
    assert go(cluster, with_job).release
    assert cluster.statuses() == ["2 deployed", "1 superseded"]


def test_a_job_that_fails_after_the_limit_undoes_the_roll_out(
    cluster: Cluster, one: Instance, with_job: Instance
) -> None:
    go(cluster, one)
    cluster.seen = Jobs(60, "Failed")
    with pytest.raises(RolledBackError, match="an object failed: Job s-lab/load"):
        go(cluster, with_job)
    assert cluster.statuses() == ["2 rolled-back", "1 deployed"]


def test_a_job_that_goes_on_leaves_the_release_pending(
    cluster: Cluster, one: Instance, with_job: Instance
) -> None:
    go(cluster, one)
    cluster.seen = Jobs(10_000, "Complete")
    with pytest.raises(StillRunningError, match="a job is still running after 6"):
        go(cluster, with_job)
    assert cluster.statuses() == ["2 pending", "1 deployed"]
    last = cluster.history.last
    assert last
    assert "still running" in last.cause
    cluster.seen = Jobs(0, "Complete")
    assert go(cluster, with_job).plan.summary() == ["record release 2 of s-lab"]
    assert cluster.statuses() == ["2 deployed", "1 superseded"]


def test_promoted_images_are_used_and_recorded(cluster: Cluster, one: Instance) -> None:
    image = "r.test/a:1@sha256:" + "0" * 64
    go(cluster, one, pins={"a": Pin(image, "x")}, source="test, revision 3")
    assert cluster.image() == image
    last = cluster.history.last
    assert last
    assert (last.source, last.pins["a"].image) == ("test, revision 3", image)


class Nothing(FakeApi):
    def resource(self, gvk: Any, *, fresh: bool = False) -> Resource | None:
        return None


def test_a_server_without_secrets_has_none(one: Instance) -> None:
    assert present_secrets(Nothing(), one) == {"x": None}


def test_a_site_without_a_cluster_is_predicted(guestbook: Instance) -> None:
    result = predict(guestbook)
    assert {one.action for one in result.plan} == {"create"}
    shown = "".join(part["after"] for part in result.plan.diff())
    assert "stringData" not in shown
    assert "root-password: " not in shown
