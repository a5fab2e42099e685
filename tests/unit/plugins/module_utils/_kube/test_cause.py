# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why new pods are not ready, and whether waiting longer can help."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    NotReadyError,
    ProblemsError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.cause import (
    CONFIGURATION_S,
    FINAL_IMAGE_S,
    IMAGE_S,
    REFUSED_S,
    cause,
    new_pods,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.explain import find_cause
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import key_of
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import Waiter, why

from .fake import FakeApi, FakeClock

LABELS = {"app": "x"}


def pod(name: str = "p", labels: dict[str, str] | None = None, **status: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "n", "labels": {**LABELS, **(labels or {})}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": status}


def container(**state: Any) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "c", "image": "r/x:1", **state}]}


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    return container(state={"waiting": {"reason": reason, "message": message}}, **more)


def ended(restarts: int, now: str = "waiting") -> dict[str, Any]:
    before = {"terminated": {"exitCode": 3, "reason": "Error"}}
    states: dict[str, Any] = {
        "waiting": {"waiting": {"reason": "CrashLoopBackOff"}},
        "running": {"running": {}},
        "terminated": before,
    }
    return container(state=states[now], lastState=before, restartCount=restarts)


def workload(kind: str = "Deployment", **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": "d",
            "namespace": "n",
            "uid": "d",
            "labels": {"l": "1"},
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"selector": {"matchLabels": LABELS}, "replicas": 1},
        "status": {},
        **more,
    }


UNSCHEDULED = {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no node"}]}


@pytest.mark.parametrize(
    ("status", "text", "patience"),
    [
        ({}, None, None),
        (container(ready=True, state={"running": {}}), None, None),
        (waiting("ContainerCreating"), None, None),
        (waiting("ErrImagePull", "r/x:1: not found"), "image: pod p, container c: r/x:1: not found",
         FINAL_IMAGE_S),
        (waiting("ImagePullBackOff", "401 unauthorized"), "image: ", FINAL_IMAGE_S),
        (waiting("ImagePullBackOff", "i/o timeout"), "image: ", IMAGE_S),
        (waiting("InvalidImageName"), "image: pod p, container c: InvalidImageName (r/x:1)",
         FINAL_IMAGE_S),
        (waiting("CreateContainerConfigError", "no Secret"), "configuration: ", CONFIGURATION_S),
        (ended(3), "crash: pod p, container c ended with exit code 3 (Error), 3 restarts", None),
        (ended(4), "crash: ", 0.0),
        (ended(4, "terminated"), "crash: ", 0.0),
        (ended(9, "running"), "crash: ", None),
        (container(ready=False, state={"running": {}}), "probe: pod p, container c runs", None),
        (UNSCHEDULED, "unschedulable: pod p: no node", None),
        ({"initContainerStatuses": ended(5)["containerStatuses"]}, "crash: ", 0.0),
    ],
)  # fmt: skip
def test_causes_of_pods(status: Any, text: str | None, patience: float | None) -> None:
    found = cause(workload(), [pod(**status)])
    assert str(found).startswith(text) if text else found is None, found
    assert (found.patience if found else None) == patience


@pytest.mark.parametrize(
    ("message", "kind"), [("exceeded quota: q", "quota"), ("denied by policy", "refused")]
)
def test_pods_that_cannot_even_be_made(message: str, kind: str) -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "message": message}
    found = cause(workload(status={"conditions": [failure]}), [])
    assert found
    assert (found.kind, found.patience) == (kind, REFUSED_S)
    fine = {**failure, "status": "False"}
    assert cause(workload(status={"conditions": [fine]}), []) is None


def test_what_lasts_is_said_first() -> None:
    pods = [pod("a", **UNSCHEDULED), pod("b", **waiting("ErrImagePull", "not found"))]
    assert str(cause(workload(), pods)).startswith("image: pod b")
    going = pod("c", **waiting("ErrImagePull"))
    going["metadata"]["deletionTimestamp"] = "now"
    assert cause(workload(), [going]) is None


def replica_set(revision: str, template: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"d-{template}",
            "namespace": "n",
            "labels": {**LABELS, "pod-template-hash": template},
            "annotations": {"deployment.kubernetes.io/revision": revision},
        },
    }


@pytest.mark.parametrize(
    ("obj", "label", "value"),
    [
        (workload(), "pod-template-hash", "new"),
        (workload("StatefulSet", status={"updateRevision": "u"}), "controller-revision-hash", "u"),
        (workload("StatefulSet"), "controller-revision-hash", None),
        (workload("DaemonSet", metadata={"annotations": {
            "deprecated.daemonset.template.generation": "4"}}), "pod-template-generation", "4"),
    ],
)  # fmt: skip
def test_only_new_pods_count(obj: Any, label: str, value: str | None) -> None:
    pods = [pod("old", {label: "old"}), pod("none"), pod("new", {label: value or "x"})]
    sets = [replica_set("1", "old"), replica_set("2", "new")]
    found = [one["metadata"]["name"] for one in new_pods(obj, pods, sets)]
    assert found == (["new"] if value else [])


# waiting -----------------------------------------------------------------------------------------

BROKEN = pod("new", {"pod-template-hash": "new"}, **waiting("ErrImagePull", "r/x:1: not found"))
OLD = pod("old", {"pod-template-hash": "old"}, **ended(50))


def wait(api: FakeApi, *objects: dict[str, Any]) -> tuple[float, LandfallError]:
    clock = FakeClock()
    with pytest.raises((NotReadyError, ProblemsError)) as caught:
        Waiter(api, "l=1", 600, clock).ready({key_of(o): o for o in objects})
    return clock.time, caught.value


def test_what_cannot_get_better_is_not_waited_for() -> None:
    obj = workload()
    seconds, error = wait(FakeApi(obj, replica_set("2", "new"), BROKEN), obj)
    assert 20 <= seconds < 40
    assert "cause: image: pod new, container c: r/x:1: not found" in str(error)
    assert why(error) == "Deployment n/d: image: pod new, container c: r/x:1: not found (r/x:1)"


def test_old_pods_that_crash_do_not_end_the_wait() -> None:
    obj = workload()
    sets = replica_set("2", "new"), replica_set("1", "old")
    seconds, _ = wait(FakeApi(obj, *sets, OLD), obj)
    assert seconds >= 600


def test_others_that_are_just_starting_are_waited_for() -> None:
    obj, other = workload(), workload("StatefulSet")
    other["metadata"] = {**other["metadata"], "name": "e"}
    api = FakeApi(obj, other, replica_set("2", "new"), BROKEN)
    seconds, error = wait(api, obj, other)
    assert seconds >= 600
    assert why(error).startswith("Deployment n/d: image: ")


def test_a_cause_that_goes_away_begins_anew() -> None:
    obj = workload()
    api = FakeApi(obj, replica_set("2", "new"), BROKEN)
    slow = pod(**waiting("ErrImagePull", "i/o timeout"))["status"]
    api.status = {"new": [BROKEN["status"], slow, {}, BROKEN["status"]]}
    seconds, _ = wait(api, obj)
    assert seconds > 30


def test_a_change_that_its_controller_has_not_seen_has_no_new_pods() -> None:
    obj = workload(status={"observedGeneration": 1})
    obj["metadata"]["generation"] = 2
    assert find_cause(FakeApi(obj, replica_set("2", "new"), BROKEN), obj) is None
    assert find_cause(FakeApi(), pod()) is None


def test_an_api_that_fails_is_no_cause() -> None:
    class Broken(FakeApi):
        def list(self, resource: Any, *args: Any, **kwargs: Any) -> Any:
            if resource.name == "pods":
                raise UnreachableError("away")
            return super().list(resource, *args, **kwargs)

    obj = workload()
    seconds, error = wait(Broken(obj), obj)
    assert seconds >= 600
    assert why(error).startswith("Deployment n/d: ")
    assert why(InvalidInputError("wrong", on="x")) == "wrong: x"
