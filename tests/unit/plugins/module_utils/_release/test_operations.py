# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a day's work does to a stack, with an API in memory; a real one is in integration_api."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    NotReadyError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Key
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import (
    Context,
    refresh,
    roll_back,
    run_job,
    scale,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import Author
from ansible_collections.landfall.platform.plugins.module_utils._release.removal import remove_stack
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.store import (
    ReleaseStore,
    as_object,
    from_object,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from tests.unit.plugins.module_utils._kube.fake import FakeClock
from tests.unit.plugins.module_utils._stack.test_deploy import RAW, READY, Cluster, go

JOBS = {"load": {"type": "job", "image": "r.test/load:1"}}
DONE = {"conditions": [{"type": "Complete", "status": "True"}]}
TARGET = Target("s", "lab", "s-lab")


@pytest.fixture
def cluster() -> Cluster:
    found = Cluster()
    found.partial |= {"landfall-refresh"}
    return found


@pytest.fixture
def deployed(cluster: Cluster, place: Any) -> Any:
    """Deploy the stack, with settings."""

    def make(**settings: Any) -> None:
        go(cluster, place(RAW, hosts={"web": "s.test"}, **settings))

    make()
    return make


def context(api: Any, check: bool = False) -> Context:
    decided: list[Plan[Change]] = []
    author = Author("bob@desk", now=lambda: "2026-01-31T12:00:00Z")
    ways = Ways(timeout=30, check=check)
    return Context(api, TARGET, ways, FakeClock(), author, decided.append)


def replicas(cluster: Cluster) -> Any:
    return cluster.store[Key("apps", "Deployment", "s-lab", "a")]["spec"]["replicas"]


@pytest.mark.parametrize("check", [True, False])
def test_a_number_is_set_and_remembered(cluster: Cluster, deployed: Any, check: bool) -> None:
    cluster.status["a"] = [{**READY, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4}]
    assert scale(context(cluster, check), "a", 4).summary() == ["scale Deployment s-lab/a"]
    assert replicas(cluster) == (2 if check else 4)
    current = cluster.history.current
    assert current
    assert bool(current.scaled) == (not check)
    if not check:
        assert not scale(context(cluster), "a", 4)
        deployed()
        assert replicas(cluster) == 4


@pytest.mark.usefixtures("deployed")
def test_what_has_no_number_is_not_scaled(cluster: Cluster) -> None:
    with pytest.raises(InvalidInputError, match="no such component with replicas"):
        scale(context(cluster), "b", 4)


def test_what_the_load_decides_is_not_scaled(cluster: Cluster, place: Any) -> None:
    component = {**RAW["components"]["a"], "scale": {"from": 2, "to": 4}}
    go(cluster, place({**RAW, "components": {"a": component}}, hosts={"web": "s.test"}))
    live = cluster.store[Key("apps", "Deployment", "s-lab", "a")]
    live["spec"]["replicas"] = 3  # the autoscaler's
    with pytest.raises(RefusedError, match="the load decides"):
        scale(context(cluster), "a", 4)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.usefixtures("deployed")
def test_pods_are_marked(cluster: Cluster, check: bool) -> None:
    assert refresh(context(cluster, check), []).summary() == ["refresh Deployment s-lab/a"]
    template = cluster.store[Key("apps", "Deployment", "s-lab", "a")]["spec"]["template"]
    marked = "landfall.dev/refreshed" in template["metadata"]["annotations"]
    assert marked == (not check)
    with pytest.raises(InvalidInputError, match="did you mean a"):
        refresh(context(cluster), ["aa"])


@pytest.mark.parametrize("check", [True, False])
def test_a_job_runs_once_more(cluster: Cluster, place: Any, check: bool) -> None:
    raw = {**RAW, "components": {**RAW["components"], **JOBS}}
    cluster.status = {**cluster.status, "load-run-20260131120000": [DONE]}

    def done(key: Key, obj: Any) -> None:
        if key.kind == "Job":
            obj["status"] = DONE

    cluster.seen = done
    go(cluster, place(raw, hosts={"web": "s.test"}))
    plan = run_job(context(cluster, check), "load")
    assert plan.summary() == ["run Job s-lab/load-run-20260131120000"]
    names = [key.name for key in cluster.store if key.kind == "Job"]
    assert len(names) == (1 if check else 2)


def test_what_is_not_deployed_has_no_days_work(cluster: Cluster) -> None:
    with pytest.raises(RefusedError, match="no release that runs"):
        scale(context(cluster), "a", 3)
    with pytest.raises(RefusedError, match="no earlier release"):
        roll_back(context(cluster), None)


@pytest.mark.parametrize("check", [True, False])
def test_an_earlier_release_comes_back(cluster: Cluster, deployed: Any, check: bool) -> None:
    deployed(components={"a": {"version": "2"}})
    _, release = roll_back(context(cluster, check), None)
    assert release.revision == 3
    assert cluster.image() == ("r.test/a:2" if check else "r.test/a:1")
    wanted = ["2 deployed", "1 superseded"]
    if not check:
        wanted = ["3 deployed", "2 rolled-back", "1 superseded"]
    assert cluster.statuses() == wanted


def test_a_way_back_that_fails_is_recorded(cluster: Cluster, deployed: Any) -> None:
    deployed(components={"a": {"version": "2"}})
    cluster.fail()
    with pytest.raises(NotReadyError):
        roll_back(context(cluster), None)
    assert cluster.statuses() == ["3 failed", "2 deployed", "1 superseded"]


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {
        "name": "data",
        "namespace": "s-lab",
        "labels": {"app.kubernetes.io/instance": "s-lab"},
    },
    "spec": {},
}


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("claims", [True, False])
def test_secrets_stay_with_what_they_open(cluster: Cluster, check: bool, claims: bool) -> None:
    if claims:
        cluster.put(CLAIM)
    before = len(cluster.store)
    removal = remove_stack(context(cluster, check), data=False)
    assert "delete Deployment s-lab/a" in removal.plan.summary()
    assert any("Secret s-lab/x" in line for line in removal.kept) == claims
    assert any("size unknown" in line for line in removal.kept) == claims
    assert (len(cluster.store) == before) == check
    if not check:
        assert (Key("", "Secret", "s-lab", "x") in cluster.store) == claims
        assert cluster.statuses() == ["1 removed"]
        assert not remove_stack(context(cluster), data=False).plan


@pytest.mark.usefixtures("deployed")
def test_with_its_data_all_is_gone(cluster: Cluster) -> None:
    cluster.put(CLAIM)
    assert remove_stack(context(cluster), data=True).kept == ()
    left = {str(key) for key in cluster.store}
    assert left == {"Secret s-lab/landfall.release.1"}, "the namespace takes it along"


def test_a_damaged_record_is_none(cluster: Cluster, deployed: Any) -> None:
    key = Key("", "Secret", "s-lab", "landfall.release.1")
    record = cluster.store[key]
    record["metadata"]["annotations"]["landfall.dev/release"] = "{"
    assert from_object(record) is None
    assert cluster.statuses() == []
    deployed(components={"a": {"version": "2"}})
    release = cluster.history.current
    assert release
    del cluster.store[Key("", "Secret", "s-lab", f"landfall.release.{release.revision}")]["data"]
    with pytest.raises(InvalidInputError, match="too large"):
        ReleaseStore(cluster).full(release)
    cluster.store.clear()
    with pytest.raises(InvalidInputError, match="no readable record"):
        ReleaseStore(cluster).full(release)
    assert as_object(release)["immutable"] is True
