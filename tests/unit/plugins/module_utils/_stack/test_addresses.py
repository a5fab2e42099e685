# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External addresses that a stack refers to, and numbers of replicas, with an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import NotReadyError
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Key
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Scaled
from ansible_collections.landfall.platform.plugins.module_utils._stack.addresses import address_of
from ansible_collections.landfall.platform.plugins.module_utils._stack.replicas import (
    declared_replicas,
    with_replicas,
)

from .conftest import Place
from .test_deploy import READY, Cluster, go

RAW: dict[str, Any] = {
    "name": "s",
    "components": {
        "a": {
            "type": "service",
            "image": "r.test/a:1",
            "ports": {"http": 80},
            "environment": {"SERVER_URI": "${b.url}"},
        },
        "b": {
            "type": "service",
            "image": "r.test/b:1",
            "ports": {"http": 8080},
            "publish": {"ports": {"http": 80}},
        },
    },
}
INGRESS = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}
SERVICE = Key("", "Service", "s-lab", "b-public")


@pytest.fixture
def cluster() -> Cluster:
    found = Cluster()
    found.status = {"a": [READY], "b": [READY], "b-public": [{}, {}, INGRESS]}
    return found


def uri(cluster: Cluster) -> Any:
    configs = {k.name: o for k, o in cluster.store.items() if k.kind == "ConfigMap"}
    return configs["a"]["data"]["SERVER_URI"]


def test_the_address_is_there_before_who_refers_to_it(cluster: Cluster, place: Place) -> None:
    result = go(cluster, place(RAW))
    assert result.plan.summary()[:2] == ["create Namespace s-lab", "create Service s-lab/b-public"]
    assert uri(cluster) == "http://192.0.2.7"
    cluster.store[SERVICE]["status"] = INGRESS
    cluster.calls.clear()
    assert not go(cluster, place(RAW)).plan
    assert cluster.calls.count(f"get {SERVICE}") == 1
    assert not [call for call in cluster.calls if call.startswith(("apply", "try"))]


def test_check_mode_makes_up_an_address(cluster: Cluster, place: Place) -> None:
    assert "create Service s-lab/b-public" in go(cluster, place(RAW), check=True).plan.summary()
    assert cluster.store == {}


def test_without_an_address_nobody_who_needs_it_is_made(cluster: Cluster, place: Place) -> None:
    cluster.status["b-public"] = [{}]
    with pytest.raises(NotReadyError, match="no address of a load balancer yet"):
        go(cluster, place(RAW))
    assert Key("apps", "Deployment", "s-lab", "a") not in cluster.store


@pytest.mark.parametrize(
    ("entries", "address"),
    [
        ([], ""),
        ([{}], ""),
        ([{"hostname": "x.test"}], "x.test"),
        ([{"ip": "192.0.2.1"}], "192.0.2.1"),
    ],
)
def test_addresses(entries: Any, address: str) -> None:
    assert address_of({"status": {"loadBalancer": {"ingress": entries}}}) == address
    assert address_of(None) == ""


def test_replicas(place: Place) -> None:
    one = place(RAW, components={"b": {"scale": {"from": 2, "to": 4}}})
    assert declared_replicas(one) == {"a": 2}
    assert declared_replicas(with_replicas(one, {"a": Scaled(5, 2)})) == {"a": 5}
    assert with_replicas(one, {}) is one
