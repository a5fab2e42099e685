# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    NotReadyError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, key_of
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import (
    SystemClock,
    Waiter,
)

from .fake import FakeApi, FakeClock


def make(kind: str, name: str, api: str = "v1", **rest: Any) -> dict[str, Any]:
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "namespace": "n", "uid": name, "labels": {"l": "1"}},
        "spec": {},
        **rest,
    }


def wait(api: FakeApi, *objects: dict[str, Any], timeout: float = 60) -> float:
    clock = FakeClock()
    Waiter(api, "l=1", timeout, clock).ready({key_of(o): o for o in objects})
    return clock.time


def test_what_is_ready_costs_nothing() -> None:
    api = FakeApi()
    assert wait(api, make("ConfigMap", "c")) == 0
    assert api.calls == []


def test_a_claim_asks_for_storage_classes_and_a_daemon_set_for_nodes() -> None:
    late = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "late"},
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "x"},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
    }
    claim = make("PersistentVolumeClaim", "c", spec={"storageClassName": "late"})
    daemon = make("DaemonSet", "d", "apps/v1", status={"desiredNumberScheduled": 1})
    api = FakeApi(late, node)
    assert wait(api, claim, daemon) == 0
    assert sorted(api.calls) == ["list nodes", "list storageclasss"]


def test_a_failure_must_last() -> None:
    api = FakeApi(make("Pod", "p"))
    api.status = {"p": [{"phase": "Failed"}, {"phase": "Succeeded"}]}
    assert wait(api, make("Pod", "p", status={"phase": "Failed"})) > 0
    api.status = {"p": [{"phase": "Failed"}]}
    clock = FakeClock()
    with pytest.raises(NotReadyError, match="an object failed"):
        Waiter(api, "l=1", 600, clock).ready(
            {key_of(o): o for o in [make("Pod", "p", status={"phase": "Failed"})]}
        )
    assert 10 <= clock.time < 15


def test_an_object_that_vanishes_is_not_ready() -> None:
    with pytest.raises(NotReadyError, match="it is being deleted"):
        wait(FakeApi(), make("Pod", "p"), timeout=1)


def test_a_kind_that_vanishes_is_not_ready() -> None:
    gateway = make("Gateway", "g", "gateway.networking.k8s.io/v1")
    with pytest.raises(NotReadyError, match="it is being deleted"):
        wait(FakeApi(), gateway, timeout=1)


def test_all_that_is_not_ready_is_named() -> None:
    pods = [make("Pod", f"p{i}") for i in range(7)]
    with pytest.raises(ProblemsError) as caught:
        wait(FakeApi(*pods), *pods, timeout=1)
    assert len(caught.value.problems) == 7


def test_the_system_clock_goes_forward() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.001)
    assert clock.now() > before


def test_gone_names_finalizers() -> None:
    stuck = make("ConfigMap", "c")
    stuck["metadata"]["finalizers"] = ["example.com/x"]
    api = FakeApi(stuck)
    resource = api.resource(Gvk("", "v1", "ConfigMap"))
    assert resource
    with pytest.raises(NotReadyError, match=r"example\.com/x"):
        Waiter(api, "", 1, FakeClock()).gone({key_of(stuck): resource})
