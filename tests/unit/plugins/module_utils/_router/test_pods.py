# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a log is, from labels; and what happens while nobody can say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._router import pods as module
from ansible_collections.landfall.platform.plugins.module_utils._router.pods import Pods, origin_of
from ansible_collections.landfall.platform.plugins.module_utils._router.record import Origin

OURS = {"app.kubernetes.io/managed-by": "landfall", "app.kubernetes.io/part-of": "shop"}


def pod(uid: str = "u1", image: str = "a/shop:1.2", **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "web-1", "namespace": "ns", "uid": uid, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": image}]},
    }


PLACE = {"namespace": "ns", "pod": "web-1", "uid": "u1", "container": "app"}


@pytest.mark.parametrize(
    ("labels", "namespace", "stack", "component"),
    [
        ({**OURS, "app.kubernetes.io/component": "api"}, {}, "shop", "api"),
        ({"landfall.dev/component": "db"}, {"landfall.dev/stack": "shop"}, "shop", "db"),
        ({"app.kubernetes.io/name": "flannel"}, {}, "platform", "flannel"),
        # Another program's word for its parts is no stack of ours.
        ({"app.kubernetes.io/part-of": "x", "k8s-app": "dns"}, {}, "platform", "dns"),
        ({"component": "etcd"}, {}, "platform", "etcd"),
        ({}, {}, "platform", ""),
    ],
)
def test_stack_and_component(
    labels: dict[str, str], namespace: dict[str, str], stack: str, component: str
) -> None:
    found = origin_of(pod(**labels), namespace, "app")
    assert (found.stack, found.component) == (stack, component)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("registry:5000/a/shop:1.2", "1.2"),
        ("registry:5000/shop", ""),
        ("shop:1.2@sha256:0011", "1.2"),
        ("shop@sha256:00112233445566778899", "001122334455"),
    ],
)
def test_release(image: str, expected: str) -> None:
    assert origin_of(pod(image=image), {}, "app").release == expected
    assert origin_of(pod(image=image), {}, "other").release == ""


class Cluster:
    def __init__(self, *pods: dict[str, Any]) -> None:
        self.pods = list(pods)
        self.asked = 0
        self.away = False

    def get(self, path: str) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise UnreachableError("away")
        if path == "/api/v1/namespaces":
            labels = {"landfall.dev/environment": "test"}
            return {"items": [{"metadata": {"name": "ns", "labels": labels}}]}
        assert path == "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode1"
        return {"items": self.pods}


def test_a_pod_is_asked_for_once() -> None:
    cluster = Cluster(pod(**OURS))
    known = Pods(cluster, "node1")
    first = known.origin(PLACE, 0.0)
    assert first == Origin("shop", "", "ns", "test", "1.2", "web-1", "app")
    assert known.origin(PLACE, 1.0) == first
    assert cluster.asked == 2


def test_a_pod_that_nobody_knows_is_waited_for() -> None:
    cluster = Cluster()
    known = Pods(cluster, "node1")
    assert known.origin(PLACE, 0.0) is None
    assert known.origin(PLACE, 1.0) is None
    assert cluster.asked == 2
    cluster.pods.append(pod(**OURS))
    found = known.origin(PLACE, 2.5)
    assert found is not None
    assert found.stack == "shop"


def test_without_an_answer_the_log_is_not_held_back_for_ever() -> None:
    cluster = Cluster()
    cluster.away = True
    known = Pods(cluster, "node1")
    assert known.origin(PLACE, 0.0) is None
    assert "away" in known.failed
    found = known.origin(PLACE, module.PATIENCE_S)
    assert found == Origin("platform", namespace="ns", pod="web-1", container="app")
    asked = cluster.asked
    known.origin(PLACE, 1000.0)
    assert cluster.asked == asked


def test_static_pods_are_known_by_their_manifests_hash() -> None:
    one = pod("api-uid", component="etcd")
    one["metadata"]["annotations"] = {"kubernetes.io/config.hash": "u1"}
    found = Pods(Cluster(one), "node1").origin(PLACE, 0.0)
    assert found is not None
    assert found.component == "etcd"


def test_pods_that_are_gone_are_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_GONE", 1)
    cluster = Cluster(pod("u1"), pod("u2"))
    known = Pods(cluster, "node1")
    known.origin(PLACE, 0.0)
    cluster.pods = [pod("u3")]
    known.origin({**PLACE, "uid": "u3"}, 10.0)
    assert known.origin({**PLACE, "uid": "u2"}, 10.0) is not None
    assert known.origin(PLACE, 10.0) is None
