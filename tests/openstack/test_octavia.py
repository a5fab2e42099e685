# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site without gateways: Octavia has its public address. Its data is on volumes of Cinder."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from openstack.connection import Connection

from tests.support.waiting import eventually

from .conftest import NAME, ROOT, Site, inventory

ADDRESS = "10.60.0.5"
ETCD, CLAIMS = "/var/lib/etcd", "/var/lib/landfall/volumes"
# of the file system that is mounted at a directory, the topmost if there are several
LABEL = "e2label $(df --output=source {} | tail -1)"


def everything(project: Connection) -> set[tuple[str, str]]:
    """Return all that the project has, as kind and id."""
    listed: dict[str, Iterable[Any]] = {
        "server": project.compute.servers(),
        "server group": project.compute.server_groups(),
        "key pair": project.compute.keypairs(),
        "network": project.network.networks(),
        "subnet": project.network.subnets(),
        "port": project.network.ports(),
        "router": project.network.routers(),
        "floating address": project.network.ips(),
        "security group": project.network.security_groups(),
        "volume": project.block_storage.volumes(),
        "load balancer": project.load_balancer.load_balancers(),
        "stack": project.orchestration.stacks(),
    }
    return {(kind, str(each.id)) for kind, found in listed.items() for each in found}


@pytest.fixture(scope="module")
def before(project: Connection) -> set[tuple[str, str]]:
    """What the project has before there is a site."""
    return everything(project)


@pytest.fixture(scope="module")
def balanced(
    project: Connection, before: set[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site of inventories/qa with Octavia in place of its gateway, standing.

    The first run is killed while Heat is at work.
    """
    described = ROOT / "inventories/qa/group_vars/all/openstack.yml"
    servers = yaml.safe_load(described.read_text(encoding="utf-8"))["openstack_servers"]
    one = Site(
        inventory(
            tmp_path_factory.mktemp("balanced") / "qa",
            openstack_balancer="octavia",
            openstack_servers={
                **servers,
                "gateways": {"count": 0},
                "control_planes": {
                    **servers["control_planes"],
                    "volumes": [{"name": "etcd", "size": 1, "path": ETCD}],
                },
                "workers": {
                    **servers["workers"],
                    "volumes": [{"name": "data", "size": 2, "path": CLAIMS}],
                },
            },
            gateway_address=ADDRESS,
        )
    )
    try:
        one.kill("site", lambda: any(project.compute.servers(name="worker1")))
        one.play("site")
        yield one
    finally:
        one.play("destroy", "-e", f"openstack_removable={NAME}")


def ask(method: str, address: str = ADDRESS, **more: Any) -> requests.Response:
    """Ask the guestbook for its entries."""
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Host": "guestbook.qa.example.com"}
        url = f"http://{address}/api/entries"
        return session.request(method, url, headers=headers, timeout=10, **more)


def test_the_api_and_the_application_answer(project: Connection, balanced: Site) -> None:
    (balancer,) = project.load_balancer.load_balancers(name=NAME)
    assert (balancer.vip_address, balancer.provisioning_status) == (ADDRESS, "ACTIVE")
    (floating,) = project.network.ips(port_id=balancer.vip_port_id)
    assert len(balanced.core().list_node().items) == 3
    for address in (ADDRESS, floating.floating_ip_address):
        assert ask("GET", address).status_code == 200, address


def test_a_second_run_changes_nothing(balanced: Site) -> None:
    assert balanced.play("site").changed == {}


def on_hosts(site: Site, pattern: str, command: str) -> dict[str, str]:
    """Run a command on hosts, as root, and return what each has printed."""
    program = str(Path(sys.executable).with_name("ansible"))
    with tempfile.TemporaryDirectory() as folder:
        words = ["-i", str(site.inventory), pattern, "-b", "-t", folder]
        done = subprocess.run(
            [program, *words, "-m", "ansible.builtin.shell", "-a", command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return {
            path.name: json.loads(path.read_text(encoding="utf-8"))["stdout"].strip()
            for path in Path(folder).iterdir()
        }


def test_volumes_are_mounted(balanced: Site) -> None:
    for pattern, path in (("control_planes", ETCD), ("workers", CLAIMS)):
        hosts = balanced.hosts()[pattern]["hosts"]
        assert on_hosts(balanced, pattern, LABEL.format(path)) == dict.fromkeys(hosts, "landfall")
    for printed in on_hosts(balanced, "workers", "cat /etc/fstab").values():
        assert f" {CLAIMS} ext4 defaults,x-landfall 0 2" in printed


def holder(site: Site) -> str:
    """Return the worker that has the database's claim."""
    (claim,) = site.core().list_persistent_volume().items
    term = claim.spec.node_affinity.required.node_selector_terms[0]
    (found,) = term.match_expressions[0].values
    return str(found)


def test_a_volume_with_something_else_is_refused(balanced: Site) -> None:
    other = next(name for name in ("worker1", "worker2") if name != holder(balanced))
    device = balanced.hosts()["_meta"]["hostvars"][other]["landfall_volumes"]["data"]["device"]
    on_hosts(balanced, other, f"umount {CLAIMS} && e2label {device} somebody")
    refused = balanced.play("site", expect=2)
    assert "found: ext4 with the label somebody; remedy: if nobody needs it" in refused.output
    on_hosts(balanced, other, f"e2label {device} landfall")
    predicted = balanced.play("site", "--check").changed
    assert balanced.play("site").changed == predicted == {other: 1}


def test_data_outlives_its_server(project: Connection, balanced: Site) -> None:
    text = "written before its server was made anew"
    assert ask("POST", json={"name": "a", "text": text}).ok
    losing = holder(balanced)
    volumes = {each.name: each.id for each in project.block_storage.volumes()}
    servers = {each.name: each.id for each in project.compute.servers()}
    named = ("-e", f"openstack_replace={losing}")
    assert "have their data on these nodes" in balanced.play("site", *named, expect=2).output
    balanced.play("site", *named, "-e", "removal_lose=volumes")
    after = {each.name: each.id for each in project.compute.servers()}
    assert {name for name in after if servers[name] != after[name]} == {losing}
    assert (
        volumes.items() <= {each.name: each.id for each in project.block_storage.volumes()}.items()
    )

    def there() -> bool:
        answer = ask("GET")
        return answer.ok and text in answer.text

    eventually(there, 180, every=1, ignoring=(requests.RequestException,))
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
    found = on_hosts(balanced, "control_planes", LABEL.format(ETCD))
    assert found == dict.fromkeys(three, "landfall")


def test_two_of_three_control_planes_leave(balanced: Site) -> None:
    balanced.count("control_planes", 1)
    named = "openstack_removable=control2,control3,control2_etcd,control3_etcd"
    assert "remove etcd" in balanced.play("site", "-e", named).output
    assert members(balanced) == {"control1"}
    assert balanced.play("site").changed == {}


def test_deleting_leaves_nothing(
    project: Connection, balanced: Site, before: set[tuple[str, str]]
) -> None:
    run = balanced.play("destroy", "-e", f"openstack_removable={NAME}")
    for kept in ("These stay:", "image debian-13", "network public"):
        assert kept in run.output
    assert everything(project) == before
