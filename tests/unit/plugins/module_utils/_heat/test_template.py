# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template: what is in it, and what holds for every site."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._heat.access import rules
from ansible_collections.landfall.platform.plugins.module_utils._heat.hosts import planned
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read
from ansible_collections.landfall.platform.plugins.module_utils._heat.template import template

from .variables import params, sized

DATA = {
    "control_planes": {
        "count": 1,
        "boot_volume": {"size": 20, "type": "ssd"},
        "volumes": [
            {"name": "etcd", "size": 10, "path": "/var/lib/etcd"},
            {"name": "spare", "size": 1},
        ],
    },
    "gateways": {"count": 1},
    "workers": {"count": 1, "anti_affinity": "hard"},
}
SINGLE = {"gateway_address": "10.60.0.20", "openstack_servers": DATA}


def compiled(**changes: Any) -> dict[str, Any]:
    return template(read(params(**changes)))


def of_kind(found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        name: resource["properties"]
        for name, resource in found["resources"].items()
        if resource["type"] == kind
    }


def references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "get_resource":
                yield inner
            elif key == "get_attr":
                yield inner[0]
            elif key == "depends_on":
                yield from inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_a_server() -> None:
    resources = compiled()["resources"]
    assert resources["control1"] == {
        "type": "OS::Nova::Server",
        "depends_on": ["router_interface"],
        "properties": {
            "name": "control1",
            "flavor": "k8s.medium",
            "image": "debian-13",
            "key_name": "operators",
            "scheduler_hints": {"group": {"get_resource": "apart_control_planes"}},
            "networks": [{"port": {"get_resource": "control1_port"}}],
            "image_update_policy": "REPLACE",
            "user_data_format": "RAW",
        },
    }
    assert resources["control1_port"]["properties"] == {
        "name": "qa-control1",
        "network": {"get_resource": "network"},
        "fixed_ips": [{"subnet": {"get_resource": "subnet"}, "ip_address": "10.60.0.30"}],
        "security_groups": [{"get_resource": "security_control_planes"}],
    }
    assert resources["apart_control_planes"]["properties"]["policies"] == ["soft-anti-affinity"]


def test_the_gateways_share_an_address() -> None:
    resources = compiled(gateway_pool=["10.60.0.100"])["resources"]
    pairs = [{"ip_address": "10.60.0.5"}, {"ip_address": "10.60.0.100"}]
    for name in ("gateway1_port", "gateway2_port"):
        assert resources[name]["properties"]["allowed_address_pairs"] == pairs
    assert resources["gateway_address"]["properties"]["fixed_ips"][0]["ip_address"] == "10.60.0.5"
    port = resources["gateway_floating"]["properties"]["port_id"]
    assert port == {"get_resource": "gateway_address"}


def test_the_only_gateway_has_the_address() -> None:
    found = compiled(**SINGLE)
    assert "gateway_address" not in found["resources"]
    port = found["resources"]["gateway_floating"]["properties"]["port_id"]
    assert port == {"get_resource": "gateway1_port"}
    assert "allowed_address_pairs" not in found["resources"]["gateway1_port"]["properties"]


def test_one_floating_address_is_enough_for_a_gateway() -> None:
    servers = {**DATA, "gateways": {"count": 1, "floating": True}}
    found = compiled(gateway_address="10.60.0.20", openstack_servers=servers)
    assert "gateway1_floating" not in found["resources"]
    floating = found["outputs"]["hosts"]["value"]["gateway1"]["floating"]
    assert floating == {"get_attr": ["gateway_floating", "floating_ip_address"]}


def test_volumes() -> None:
    found = compiled(**SINGLE)
    server = found["resources"]["control1"]["properties"]
    assert "image" not in server
    assert server["block_device_mapping_v2"] == [
        {
            "boot_index": 0,
            "image": "debian-13",
            "volume_size": 20,
            "volume_type": "ssd",
            "delete_on_termination": True,
        }
    ]
    assert of_kind(found, "OS::Cinder::Volume") == {
        "control1_etcd": {"name": "control1-etcd", "size": 10},
        "control1_spare": {"name": "control1-spare", "size": 1},
    }
    hosts = found["outputs"]["hosts"]["value"]
    assert hosts["control1"]["volumes"] == {
        "etcd": {"get_resource": "control1_etcd"},
        "spare": {"get_resource": "control1_spare"},
    }
    assert hosts["control1"]["mounts"] == {"etcd": "/var/lib/etcd"}
    assert "mounts" not in hosts["worker1"]


def test_a_key_pair_that_is_made() -> None:
    found = compiled(openstack_key={"name": "qa", "public": "ssh-ed25519 AAAA me\n"})
    key = {"name": "qa", "public_key": "ssh-ed25519 AAAA me"}
    assert found["resources"]["key"]["properties"] == key
    assert found["resources"]["worker1"]["properties"]["key_name"] == {"get_resource": "key"}


def test_an_existing_network() -> None:
    network = {"existing": "lan", "subnet": "lan-1", "external": "public"}
    found = compiled(openstack_network=network)
    for kind in ("Net", "Subnet", "Router", "RouterInterface"):
        assert not of_kind(found, f"OS::Neutron::{kind}")
    assert "depends_on" not in found["resources"]["worker1"]
    assert found["resources"]["worker1_port"]["properties"]["network"] == "lan"


def test_octavia() -> None:
    servers = sized(gateways=0, control_planes=1, workers=2)
    found = compiled(openstack_balancer="octavia", openstack_servers=servers)
    assert of_kind(found, "OS::Octavia::LoadBalancer")["balancer"]["vip_address"] == "10.60.0.5"
    members = of_kind(found, "OS::Octavia::PoolMember")
    assert {name: each["protocol_port"] for name, each in members.items()} == {
        "balancer_api_control1": 6443,
        "balancer_http_worker1": 30080,
        "balancer_http_worker2": 30080,
        "balancer_https_worker1": 30443,
        "balancer_https_worker2": 30443,
    }
    port = found["resources"]["gateway_floating"]["properties"]["port_id"]
    assert port == {"get_attr": ["balancer", "vip_port_id"]}
    ways_in = {
        rule.name
        for rule in rules(read(params(openstack_balancer="octavia", openstack_servers=servers)))
    }
    assert "control_planes_tcp_6443_from_10_60_0_0_24" in ways_in
    assert not any("gateways" in name for name in ways_in)


def test_hosts_are_in_the_groups_of_the_playbooks() -> None:
    found = {host.name: host.groups for host in planned(read(params(**SINGLE)))}
    assert found == {
        "operator1": ("operator", "depot"),
        "gateway1": ("gateways",),
        "control1": ("control_planes", "kubernetes"),
        "worker1": ("workers", "kubernetes"),
    }
    own = sized(depot=1)
    hosts = compiled(openstack_servers=own)["outputs"]["hosts"]["value"]
    assert (hosts["operator1"]["groups"], hosts["depot1"]["groups"]) == (["operator"], ["depot"])


WAYS_IN = {
    "operator": {
        "22 from 198.51.100.0/24",
        "5000 from 198.51.100.0/24",
        "5001 from 198.51.100.0/24",
    },
    "gateways": {"80 from 0.0.0.0/0", "443 from 0.0.0.0/0", "6443 from 198.51.100.0/24"},
    "control_planes": set(),
    "workers": set(),
}


def test_what_is_open_to_others_than_the_site() -> None:
    found: dict[str, set[str]] = {name: set() for name in WAYS_IN}
    for rule in rules(read(params())):
        if "/" in rule.source and rule.protocol != "icmp":
            found[rule.role].add(f"{rule.low} from {rule.source}")
    assert found == WAYS_IN


def test_etcd_is_open_to_control_planes_alone() -> None:
    sources = {rule.source for rule in rules(read(params())) if rule.low <= 2379 <= rule.high}
    assert sources == {"control_planes"}


def test_ports_follow_the_roles_variables() -> None:
    changes = {"depot_port": 5555, "openstack_public_ports": ["53/udp", "9000-9010"]}
    names = {rule.name for rule in rules(read(params(**changes)))}
    assert "operator_tcp_5555_from_workers" in names
    assert {
        "gateways_udp_53_from_0_0_0_0_0",
        "gateways_tcp_9000_9010_from_0_0_0_0_0",
    } <= names


@st.composite
def sites(draw: st.DrawFn) -> dict[str, Any]:
    balanced = draw(st.booleans())
    volumes = draw(st.lists(st.sampled_from(["etcd", "data", "local-1"]), unique=True))
    servers: dict[str, Any] = {
        "depot": {"count": draw(st.integers(0, 1))},
        "gateways": {"count": 2 if not balanced else 0},
        "control_planes": {
            "count": draw(st.sampled_from([1, 3, 5])),
            "volumes": [{"name": name, "size": 1} for name in volumes],
            "anti_affinity": draw(st.sampled_from(["none", "soft", "hard"])),
        },
        "workers": {"count": draw(st.integers(1, 60)), "floating": draw(st.booleans())},
    }
    if draw(st.booleans()):
        servers["workers"]["boot_volume"] = {"size": 5}
    existing = {"existing": "lan", "subnet": "lan-1"} if draw(st.booleans()) else {}
    return params(
        openstack_servers=servers,
        openstack_balancer="octavia" if balanced else "gateways",
        openstack_network={"external": "public", **existing},
        openstack_zones=draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True)),
        openstack_bastion=draw(st.booleans()),
        openstack_gateway_floating=draw(st.booleans()),
        openstack_key=draw(
            st.sampled_from([{"name": "k"}, {"name": "k", "public": "ssh-ed25519 AAAA"}])
        ),
        gateway_pool=draw(st.sampled_from([[], ["10.60.0.240-10.60.0.245"]])),
    )


@settings(deadline=None, max_examples=60)
@given(sites())
def test_every_site(variables: dict[str, Any]) -> None:
    site = read(variables)
    found = template(site)
    names = set(found["resources"])
    assert set(references(found)) <= names
    addresses = [
        fixed["ip_address"]
        for port in of_kind(found, "OS::Neutron::Port").values()
        for fixed in port["fixed_ips"]
    ]
    assert len(addresses) == len(set(addresses))
    network = ipaddress.ip_network(site.network.cidr)
    assert all(ipaddress.ip_address(each) in network for each in addresses)
    assert set(found["outputs"]["hosts"]["value"]) == {host.name for host in planned(site)}
    ways_in = [rule.name for rule in rules(site)]
    assert len(ways_in) == len(set(ways_in))


@settings(deadline=None, max_examples=40)
@given(sites())
def test_a_worker_more_changes_no_other_resource(variables: dict[str, Any]) -> None:
    before = template(read(variables))["resources"]
    workers = variables["openstack_servers"]["workers"]
    grown = {**workers, "count": workers["count"] + 1}
    servers = {**variables["openstack_servers"], "workers": grown}
    after = template(read({**variables, "openstack_servers": servers}))["resources"]
    assert {name: after.get(name) for name in before} == before
