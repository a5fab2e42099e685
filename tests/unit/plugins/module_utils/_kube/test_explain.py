# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import UnreachableError
from ansible_collections.landfall.platform.plugins.module_utils._kube.explain import (
    container_reasons,
    crashed,
    event_lines,
    explain,
    not_ready_pods,
    selector_of,
)

from .fake import FakeApi


def pod(name: str = "p", **status: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "n", "uid": name, "labels": {"app": "x"},
                     "ownerReferences": [{}]},
        "status": status,
    }  # fmt: skip


CRASHED = {
    "name": "main",
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
    "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
}
PULLING = {"name": "main", "state": {"waiting": {"reason": "ErrImagePull", "message": "no such"}}}
ENDED = {"name": "init", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
RUNNING = {"name": "main", "state": {"running": {}}, "ready": False}
DONE = {"name": "init", "state": {"terminated": {"exitCode": 0}}}


def test_pods_that_are_not_ready_newest_first() -> None:
    old, new = pod("old"), pod("new")
    old["metadata"]["creationTimestamp"], new["metadata"]["creationTimestamp"] = "1", "2"
    ready = pod("ready", conditions=[{"type": "Ready", "status": "True"}])
    done = pod("done", phase="Succeeded")
    found = not_ready_pods([old, new, ready, done])
    assert [p["metadata"]["name"] for p in found] == ["new", "old"]


def test_reasons() -> None:
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "no node"}
    assert container_reasons(pod(conditions=[unscheduled])) == ["pod p is not scheduled: no node"]
    assert container_reasons(pod(containerStatuses=[CRASHED])) == [
        "pod p, container main: waiting: CrashLoopBackOff: back-off",
        "pod p, container main: terminated: Error: exit code 3",
    ]
    assert container_reasons(pod(phase="Running", containerStatuses=[RUNNING, DONE])) == [
        "pod p: phase Running, not ready"
    ]


def test_whose_log_says_why() -> None:
    statuses = [CRASHED, PULLING, RUNNING, DONE]
    assert crashed(pod(initContainerStatuses=[ENDED], containerStatuses=statuses)) == [
        ("init", False), ("main", True), ("main", False),
    ]  # fmt: skip
    again = {**RUNNING, "lastState": {"terminated": {"exitCode": 1}}}
    assert crashed(pod(containerStatuses=[again])) == [("main", False)]


def test_warnings_come_before_other_events() -> None:
    normal = {"type": "Normal", "reason": "Pulled", "message": "ok", "lastTimestamp": "9"}
    warning = {"type": "Warning", "reason": "Failed", "message": "bad ", "eventTime": "1"}
    assert event_lines([normal, warning]) == ["event Failed: bad"]
    assert event_lines([normal]) == ["event Pulled: ok"]
    assert event_lines([]) == []


def test_selector() -> None:
    obj = {"spec": {"selector": {"matchLabels": {"b": "2", "a": "1"}}}}
    assert selector_of(obj) == "a=1,b=2"
    assert selector_of({}) == ""


def test_a_workload_is_explained_by_its_pods() -> None:
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n", "uid": "d"},
        "spec": {"selector": {"matchLabels": {"app": "x"}}},
    }
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "n"},
        "involvedObject": {"uid": "p"},
        "type": "Warning",
        "reason": "BackOff",
        "message": "restarting",
    }
    api = FakeApi(workload, pod(containerStatuses=[CRASHED]), event)
    api.logs = {"main before": "no database"}
    assert explain(api, workload)[-2:] == [
        "event BackOff: restarting", "log of p/main: no database",
    ]  # fmt: skip


def test_a_pod_explains_itself_and_others_only_have_events() -> None:
    lone = pod(containerStatuses=[PULLING])
    del lone["metadata"]["ownerReferences"]
    assert explain(FakeApi(), lone) == ["pod p, container main: waiting: ErrImagePull: no such"]
    assert explain(FakeApi(), {"kind": "ConfigMap", "metadata": {"name": "c"}}) == []


def test_an_api_that_fails_is_no_second_error() -> None:
    class Broken(FakeApi):
        def list(self, *args: Any, **kwargs: Any) -> Any:
            raise UnreachableError("away")

    assert explain(Broken(), pod()) == ["(details cannot be read: away)"]
