# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with variables of an inventory is reported together, by their names."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._heat.addresses import (
    allocation,
    servers,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read

from .variables import params, sized

Case = tuple[dict[str, Any], str, str, str]
WRONG: dict[str, Case] = {
    "missing network": ({"site_network": None}, "site_network", "10.60.0.0/24", ""),
    "host bits": ({"site_network": "10.60.0.1/24"}, "site_network", "a CIDR", "10.60.0.1/24"),
    "no address": ({"gateway_address": "x"}, "gateway_address", "an IPv4 address", "x"),
    "no stack": ({"openstack_stack": ""}, "openstack_stack", "a name", ""),
    "a name that Heat refuses": ({"openstack_stack": "1a b"}, "openstack_stack", "a name", "1a b"),
    "unknown option": (
        {"openstack_network": {"externl": "public"}},
        "openstack_network.externl",
        "external?",
        "externl",
    ),
    "unknown role": (
        {"openstack_servers": {"worker": {"count": 1}}},
        "openstack_servers.worker",
        "workers?",
        "worker",
    ),
    "unknown policy": (
        {"openstack_servers": {"workers": {"anti_affinity": "sotf"}}},
        "openstack_servers.workers.anti_affinity",
        "soft?",
        "sotf",
    ),
    "no number": (
        {"openstack_servers": {"workers": {"count": "many"}}},
        "openstack_servers.workers.count",
        "0 to 1000",
        "many",
    ),
    "truth is no number": (
        {"openstack_servers": {"workers": {"count": True}}},
        "openstack_servers.workers.count",
        "0 to 1000",
        "True",
    ),
    "no flavor": (
        {"openstack_flavor": ""},
        "openstack_servers.operator.flavor",
        "a name of a flavor",
        "",
    ),
    "no size": (
        {"openstack_servers": {"workers": {"volumes": [{"name": "data"}]}}},
        "openstack_servers.workers.volumes[0].size",
        "a size in GiB",
        "",
    ),
    "volume without a name": (
        {"openstack_servers": {"workers": {"volumes": [{"size": 1}]}}},
        "openstack_servers.workers.volumes[0].name",
        "a short name",
        "",
    ),
    "a path that is none": (
        {"openstack_servers": {"workers": {"volumes": [{"name": "a", "size": 1, "path": "x y"}]}}},
        "openstack_servers.workers.volumes[0].path",
        "a text like",
        "x y",
    ),
    "a path of the volume that is started from": (
        {"openstack_servers": {"workers": {"boot_volume": {"size": 1, "path": "/x"}}}},
        "openstack_servers.workers.boot_volume.path",
        "size or type",
        "path",
    ),
    "volumes with one path": (
        {
            "openstack_servers": {
                "workers": {
                    "volumes": [
                        {"name": "a", "size": 1, "path": "/x"},
                        {"name": "b", "size": 1, "path": "/x"},
                    ]
                }
            }
        },
        "openstack_servers.workers.volumes",
        "directories of their own",
        "/x",
    ),
    "volumes with one name": (
        {"openstack_servers": {"workers": {"volumes": [{"name": "a", "size": 1}] * 2}}},
        "openstack_servers.workers.volumes",
        "names of their own",
        "a",
    ),
    "not a list": (
        {"openstack_servers": {"workers": {"zones": "az1"}}},
        "openstack_servers.workers.zones",
        "a list",
        "az1",
    ),
    "not a dictionary": ({"openstack_key": "k"}, "openstack_key", "a dictionary", "k"),
    "not a truth value": (
        {"openstack_bastion": "yes please"},
        "openstack_bastion",
        "true or false",
        "yes please",
    ),
    "text of a list": ({"openstack_image": ["a"]}, "openstack_image", "a text", "['a']"),
    "no key": ({"openstack_key": {}}, "openstack_key.name", "the name of a key pair", ""),
    "a private key": (
        {"openstack_key": {"name": "k", "public": "-----BEGIN"}},
        "openstack_key.public",
        "ssh-ed25519",
        "(not shown)",
    ),
    "ports": (
        {"openstack_public_ports": ["80", "9-1", "x/udp"]},
        "openstack_public_ports",
        "9000-9010",
        "9-1",
    ),
    "a pool of Services": ({"gateway_pool": ["x"]}, "gateway_pool", "an address", "x"),
    "a port of a program": ({"depot_port": 70000}, "depot_port", "1 to 65535", "70000"),
    "half a network": (
        {"openstack_network": {"existing": "lan", "external": "public"}},
        "openstack_network.subnet",
        "both",
        "",
    ),
    "no external network": (
        {"openstack_network": {}},
        "openstack_network.external",
        "openstack_servers.operator.floating, openstack_gateway_floating",
        "nothing",
    ),
    "no administrators": (
        {"openstack_admin_networks": []},
        "openstack_admin_networks",
        "198.51.100.0/24",
        "none",
    ),
    "two control planes": (
        {"openstack_servers": sized(control_planes=2)},
        "openstack_servers.control_planes.count",
        "1, 3 or 5",
        "2",
    ),
    "no operator": (
        {"openstack_servers": sized(operator=0)},
        "openstack_servers.operator.count",
        "1",
        "0",
    ),
    "three gateways": (
        {"openstack_servers": sized(gateways=3)},
        "openstack_servers.gateways.count",
        "1 or 2",
        "3",
    ),
    "gateways beside Octavia": (
        {"openstack_balancer": "octavia"},
        "openstack_servers.gateways.count",
        "Octavia",
        "2",
    ),
    "address outside": (
        {"gateway_address": "10.61.0.5"},
        "gateway_address",
        "10.60.0.0/24",
        "10.61.0.5",
    ),
    "the address of a server": (
        {"gateway_address": "10.60.0.30"},
        "control1, gateway_address",
        "addresses of their own",
        "10.60.0.30",
    ),
    "the only gateway": (
        {"openstack_servers": sized(gateways=1)},
        "gateway_address",
        "10.60.0.20",
        "10.60.0.5",
    ),
    "roles in one place": (
        {"openstack_servers": {"control_planes": {"first_address": 41}}},
        "control1, worker1",
        "first_address",
        "10.60.0.41",
    ),
    "too many": ({"openstack_servers": sized(workers=215)}, "worker215", "10.60.0.0/24", "255"),
    "no range": (
        {"openstack_network": {"external": "p", "pool": "10.60.0.999 - 10.60.0.2"}},
        "openstack_network.pool",
        "first-last",
        "10.60.0.999",
    ),
    "a range with a server in it": (
        {"openstack_network": {"external": "p", "pool": "10.60.0.28-10.60.0.30"}},
        "openstack_network.pool",
        "nobody has",
        "10.60.0.30, which is that of control1",
    ),
    "a range elsewhere": (
        {"openstack_network": {"external": "p", "pool": "10.61.0.2-10.61.0.9"}},
        "openstack_network.pool",
        "one in 10.60.0.0/24",
        "10.61.0.2",
    ),
    "no room for the cloud": (
        {"openstack_servers": {"operator": {"first_address": 4}}},
        "openstack_network.pool",
        "3 or more",
        "2",
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_wrong(case: Case) -> None:
    changes, on, expected, found = case
    with pytest.raises(ProblemsError) as caught:
        read(params(**changes))
    seen = [each for each in caught.value.problems if each.on == on]
    assert seen, str(caught.value)
    assert expected in seen[0].expected
    assert found in seen[0].found


def test_all_is_reported_together() -> None:
    with pytest.raises(ProblemsError) as caught:
        read(params(openstack_key={"nam": "k"}, openstack_balancer="octavio", site_netwrk="x"))
    text = str(caught.value)
    assert "openstack_key.nam; expected: name?" in text
    assert "openstack_balancer; expected: octavia?; found: octavio" in text
    assert "site_netwrk; expected: site_network?" in text


def test_servers_are_dealt_out_to_zones() -> None:
    zones = {
        "openstack_zones": ["az1", "az2"],
        "openstack_servers": {"workers": {"zones": ["az3"]}},
    }
    found = {
        server.name: (server.address, server.zone) for server in servers(read(params(**zones)))
    }
    assert found == {
        "operator1": ("10.60.0.10", "az1"),
        "gateway1": ("10.60.0.20", "az1"),
        "gateway2": ("10.60.0.21", "az2"),
        "control1": ("10.60.0.30", "az1"),
        "control2": ("10.60.0.31", "az2"),
        "control3": ("10.60.0.32", "az1"),
        "worker1": ("10.60.0.41", "az3"),
        "worker2": ("10.60.0.42", "az3"),
    }


def test_the_cloud_gives_addresses_that_nobody_has() -> None:
    assert allocation(read(params())) == (("10.60.0.2", "10.60.0.4"), ("10.60.0.6", "10.60.0.9"))
    pool = {"external": "public", "pool": "10.60.0.200 - 10.60.0.220"}
    assert allocation(read(params(openstack_network=pool))) == (("10.60.0.200", "10.60.0.220"),)


def test_a_network_that_exists_has_its_own_pool() -> None:
    network = {"existing": "lan", "subnet": "lan-1", "external": "public"}
    assert read(params(openstack_network=network)).network.subnet == "lan-1"
