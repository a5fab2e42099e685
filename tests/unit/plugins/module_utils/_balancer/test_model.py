# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of Services and nodes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import (
    Node,
    Port,
    Service,
    Slot,
    eligible,
)

from .conftest import node, service


def read(**changes: Any) -> Service:
    found = Service.from_object(service(**changes))
    assert found
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "ClusterIP"},
        {"loadBalancerClass": "example.com/other"},
        {"metadata": {"deletionTimestamp": "2026-01-02T00:00:00Z"}},
    ],
)
def test_what_is_not_the_gateways_business(changes: dict[str, Any]) -> None:
    assert Service.from_object(service(**changes)) is None


def test_a_cloud_may_serve_those_without_a_class() -> None:
    assert Service.from_object(service(), classless=False) is None
    ours = service(loadBalancerClass="landfall.dev/gateway")
    assert Service.from_object(ours, classless=False)


def test_a_plain_service() -> None:
    found = read(loadBalancerClass="landfall.dev/gateway")
    assert found.ports == (Port("TCP", 8080, 30001),)
    assert (found.wanted, found.family, found.local, found.sources) == ("", 4, False, ())
    assert (found.recorded, found.recorded_address, str(found)) == (frozenset(), "", "default/web")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"loadBalancerIP": "10.77.0.100"}, "10.77.0.100"),
        ({"loadBalancerIP": "FD00::1"}, "fd00::1"),
        ({"metadata": {"annotations": {"landfall.dev/address": "nonsense"}}}, "nonsense"),
        (
            {
                "loadBalancerIP": "10.77.0.100",
                "metadata": {"annotations": {"landfall.dev/address": "10.77.0.101"}},
            },
            "10.77.0.101",
        ),
    ],
)
def test_the_address_that_it_asks_for(changes: dict[str, Any], wanted: str) -> None:
    assert read(**changes).wanted == wanted


def test_policy_family_and_sources() -> None:
    found = read(
        externalTrafficPolicy="Local",
        healthCheckNodePort=32000,
        ipFamilies=["IPv6"],
        loadBalancerSourceRanges=["10.0.0.1/8", " 192.0.2.0/24"],
    )
    assert (found.local, found.health_port, found.family) == (True, 32000, 6)
    assert found.sources == ("10.0.0.0/8", "192.0.2.0/24")
    assert "not-a-network" in read(loadBalancerSourceRanges=["not-a-network"]).fault


@pytest.mark.parametrize(
    ("ingress", "slots"),
    [
        ([], set()),
        ([{"hostname": "example.com"}], set()),
        ([{"ip": "10.77.0.5"}], {Slot("10.77.0.5", "TCP", 8080)}),
        (
            [
                {
                    "ip": "10.77.0.5",
                    "ports": [
                        {"port": 1, "protocol": "UDP"},
                        {"port": 2, "protocol": "TCP", "error": "landfall.dev/PortTaken"},
                    ],
                }
            ],
            {Slot("10.77.0.5", "UDP", 1)},
        ),
    ],
)
def test_what_is_recorded(ingress: list[dict[str, Any]], slots: set[Slot]) -> None:
    assert read(status={"loadBalancer": {"ingress": ingress}}).recorded == slots


@pytest.mark.parametrize(
    ("changes", "takes"),
    [
        ({}, True),
        ({"ready": "Unknown"}, False),
        (
            {
                "metadata": {
                    "labels": {"node.kubernetes.io/exclude-from-external-load-balancers": ""}
                }
            },
            False,
        ),
        ({"spec": {"taints": [{"key": "ToBeDeletedByClusterAutoscaler"}]}}, False),
        ({"addresses": []}, False),
    ],
)
def test_nodes_that_take_connections(changes: dict[str, Any], takes: bool) -> None:
    other = Node.from_object(node("other", 42))
    found = Node.from_object(node("worker1", **changes))
    assert eligible([other, found]) == ((other, found) if takes else (other,))


def test_when_no_node_is_ready_all_are_tried() -> None:
    nodes = [Node.from_object(node(f"w{n}", 40 + n, ready="False")) for n in range(2)]
    assert eligible(nodes) == tuple(nodes)
