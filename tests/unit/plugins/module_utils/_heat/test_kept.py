# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deleted stack leaves, and what stands in its way."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._heat.kept import (
    CSI,
    NETWORK,
    Balancer,
    Census,
    Port,
    Volume,
    kept,
    networks,
    obstacles,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read
from ansible_collections.landfall.platform.plugins.module_utils._heat.stack import Content, Resource
from ansible_collections.landfall.platform.plugins.module_utils._heat.template import template

from .variables import params


def resource(name: str, kind: str) -> Resource:
    return Resource(name, kind, "CREATE_COMPLETE", "", f"id-{name}")


RESOURCES = (
    resource("net", NETWORK),
    resource("router", "OS::Neutron::Router"),
    resource("worker1", "OS::Nova::Server"),
    resource("worker1_port", "OS::Neutron::Port"),
    resource("balancer", "OS::Octavia::LoadBalancer"),
    resource("data", "OS::Cinder::Volume"),
    Resource("late", NETWORK, "INIT_COMPLETE"),
)
OWN = {
    "a port of the stack": Census(ports=(Port("id-worker1_port", "", "compute:nova", "x"),)),
    "of its server": Census(ports=(Port("p", "", "compute:nova", "id-worker1"),)),
    "of its router": Census(ports=(Port("p", "", "network:router_interface", "id-router"),)),
    "of DHCP": Census(ports=(Port("p", "", "network:dhcp", "d"),)),
    "of Octavia": Census(
        ports=(Port("p", "octavia-lb-1", "Octavia", "lb-1"),),
        balancers=(Balancer("id-balancer", "qa"),),
    ),
}
OTHERS = {
    "a load balancer": (
        Census(balancers=(Balancer("lb2"),)),
        "load balancer.*without a name .lb2.*openstack loadbalancer delete --cascade lb2",
    ),
    "a server": (
        Census(ports=(Port("p", "jump", "compute:nova", "s9"),)),
        "port.*jump .p.*found: compute:nova s9.*openstack port delete p",
    ),
    "another router": (
        Census(ports=(Port("p", "", "network:router_interface", "r9"),)),
        "router_interface r9",
    ),
    "a spare port": (Census(ports=(Port("p"),)), "found: unused"),
}


@pytest.mark.parametrize("census", OWN.values(), ids=OWN.keys())
def test_what_goes_with_the_stack(census: Census) -> None:
    assert not list(obstacles(RESOURCES, census))


@pytest.mark.parametrize(("census", "text"), OTHERS.values(), ids=OTHERS.keys())
def test_what_stands_in_its_way(census: Census, text: str) -> None:
    (problem,) = obstacles(RESOURCES, census)
    with pytest.raises(type(problem), match=text):
        raise problem


def test_networks_of_its_own() -> None:
    assert networks(RESOURCES) == ["id-net"]


def test_what_is_kept() -> None:
    claim = {
        CSI: "qa",
        "csi.storage.k8s.io/pvc/namespace": "shop",
        "csi.storage.k8s.io/pvc/name": "data",
    }
    census = Census(
        volumes=(
            Volume("id-data", "worker1-data", 10, ("id-worker1",)),
            Volume("v1", "pvc-1", 5, metadata=claim),
            Volume("v2", "", 7, ("id-worker1",)),
            Volume("v3", "boot", 20, ("id-worker1",), bootable=True),
            Volume("v4", "somebody's", 1, ("s9",)),
        )
    )
    assert kept(Content(template(read(params()))), RESOURCES, census) == [
        "image debian-13",
        "key pair operators",
        "network public",
        "volume pvc-1 (v1, 5 GiB, made by the cluster qa for the claim shop/data)",
        "volume v2 (v2, 7 GiB)",
    ]
