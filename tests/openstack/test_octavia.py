# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site without gateways: a load balancer of Octavia has its public address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import yaml
from openstack.connection import Connection

from tests.support.waiting import eventually

from .conftest import NAME, ROOT, Site, inventory

ADDRESS = "10.60.0.5"


@pytest.fixture(scope="module")
def balanced(project: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of inventories/qa with Octavia in place of its gateway, standing."""
    described = ROOT / "inventories/qa/group_vars/all/openstack.yml"
    servers = yaml.safe_load(described.read_text(encoding="utf-8"))["openstack_servers"]
    one = Site(
        inventory(
            tmp_path_factory.mktemp("balanced") / "qa",
            openstack_balancer="octavia",
            openstack_servers={**servers, "gateways": {"count": 0}},
            gateway_address=ADDRESS,
        )
    )
    try:
        one.play("site")
        yield one
    finally:
        one.play("destroy", "-e", f"openstack_removable={NAME}")


def test_the_api_and_the_application_answer(project: Connection, balanced: Site) -> None:
    (balancer,) = project.load_balancer.load_balancers(name=NAME)
    assert (balancer.vip_address, balancer.provisioning_status) == (ADDRESS, "ACTIVE")
    (floating,) = project.network.ips(port_id=balancer.vip_port_id)
    assert len(balanced.core().list_node().items) == 3
    for address in (ADDRESS, floating.floating_ip_address):
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Host": "guestbook.qa.example.com"}
            answer = session.get(f"http://{address}/api/entries", headers=headers, timeout=10)
        assert answer.status_code == 200, address


def test_a_second_run_changes_nothing(balanced: Site) -> None:
    assert balanced.play("site").changed == {}


def members(site: Site) -> set[str]:
    """Return the names of etcd's members, by their static pods, and of the control planes."""
    label = "component=etcd"
    nodes = site.core().list_node(label_selector="node-role.kubernetes.io/control-plane").items
    names = {node.metadata.name for node in nodes}

    def hosts() -> set[str]:
        pods = site.core().list_namespaced_pod("kube-system", label_selector=label).items
        return {pod.spec.node_name for pod in pods}

    # pods of a node that is gone are collected after a while
    eventually(lambda: hosts() == names, 180, every=2)
    return names


def test_control_planes_come_and_one_is_made_anew(project: Connection, balanced: Site) -> None:
    three = {"control1", "control2", "control3"}
    balanced.count("control_planes", 3)
    balanced.play("site")
    assert members(balanced) == three
    before = {each.name: each.id for each in project.compute.servers()}
    run = balanced.play("site", "-e", "openstack_replace=control1")
    assert "remove etcd" in run.output
    after = {each.name: each.id for each in project.compute.servers()}
    assert {name for name in after if before[name] != after[name]} == {"control1"}
    assert members(balanced) == three


def test_two_of_three_control_planes_leave(balanced: Site) -> None:
    balanced.count("control_planes", 1)
    named = "openstack_removable=control2,control3"
    assert "remove etcd" in balanced.play("site", "-e", named).output
    assert members(balanced) == {"control1"}
    assert balanced.play("site").changed == {}


def test_deleting_leaves_no_balancer(project: Connection, balanced: Site) -> None:
    balanced.play("destroy", "-e", f"openstack_removable={NAME}")
    assert not list(project.load_balancer.load_balancers(name=NAME))
    assert not list(project.orchestration.stacks(name=NAME))
