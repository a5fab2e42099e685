# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenStack: the project of OS_CLOUD, in which the tests' stacks are made and removed."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openstack
import pytest
import yaml
from kubernetes import client, config
from openstack.connection import Connection

from tests.support.site import ROOT, Run
from tests.support.waiting import eventually

NAME = "landfall-test-site"
LAB = Path(__file__).with_name("lab.yml")
Module = Callable[..., dict[str, Any]]
SERVER = "OS::Nova::Server"
NETWORK: dict[str, Any] = {
    "net": {"type": "OS::Neutron::Net"},
    "subnet": {
        "type": "OS::Neutron::Subnet",
        "properties": {"network": {"get_resource": "net"}, "cidr": "10.66.0.0/24"},
    },
    "security": {"type": "OS::Neutron::SecurityGroup"},
    "rule": {
        "type": "OS::Neutron::SecurityGroupRule",
        "properties": {
            "security_group": {"get_resource": "security"},
            "remote_group": {"get_resource": "security"},
            "protocol": "tcp",
        },
    },
    "apart": {"type": "OS::Nova::ServerGroup", "properties": {"policies": ["soft-anti-affinity"]}},
    "data": {"type": "OS::Cinder::Volume", "properties": {"size": 1}},
    "data_attachment": {
        "type": "OS::Cinder::VolumeAttachment",
        "properties": {
            "instance_uuid": {"get_resource": "one"},
            "volume_id": {"get_resource": "data"},
        },
    },
}


def template(flavor: str, image: str, *names: str, **flavors: str) -> dict[str, Any]:
    resources = copy.deepcopy(NETWORK)
    for name in names:
        resources[f"{name}_port"] = {
            "type": "OS::Neutron::Port",
            "properties": {
                "network": {"get_resource": "net"},
                "fixed_ips": [{"subnet": {"get_resource": "subnet"}}],
                "security_groups": [{"get_resource": "security"}],
            },
        }
        resources[name] = {
            "type": SERVER,
            "properties": {
                "name": name,
                "flavor": flavors.get(name, flavor),
                "image": image,
                "networks": [{"port": {"get_resource": f"{name}_port"}}],
                "scheduler_hints": {"group": {"get_resource": "apart"}},
                "user_data_format": "RAW",
            },
        }
    return {"heat_template_version": "2018-08-31", "resources": resources}


@pytest.fixture(scope="session")
def project() -> Connection:
    """The project; what it has besides the tests' stacks is not touched."""
    if "OS_CLOUD" not in os.environ:
        pytest.fail(
            "expected OS_CLOUD, a cloud in clouds.yaml with a project for tests; found none;"
            " remedy: docs/openstack.md, tests against a real cloud"
        )
    return openstack.connect()


def ansible(module: str, params: dict[str, Any], *arguments: str) -> dict[str, Any]:
    """Run a module of the collection on the controller and return its result."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("ansible"))
        command = [program, "localhost", "-i", "localhost,", "-c", "local", "-t", folder]
        command += ["-m", f"landfall.platform.{module}", "-a", json.dumps(params), *arguments]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
        )
        print(done.stdout[-2000:])  # noqa: T201 (pytest shows it when a test fails)
        result = Path(folder) / "localhost"
        assert result.exists(), done.stderr
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="session")
def heat_stack(project: Connection) -> Iterator[Module]:
    """The module; every stack that it has made is removed at the end."""
    names: set[str] = set()

    def call(*arguments: str, **params: Any) -> dict[str, Any]:
        names.add(params["name"])
        return ansible("heat_stack", params, *arguments)

    yield call
    for name in names:
        gone = ansible("heat_stack", {"name": name, "state": "absent", "removable": [name]})
        assert not gone.get("failed"), gone


@pytest.fixture(scope="session")
def smallest(project: Connection) -> dict[str, str]:
    """The smallest flavor, and the image that inventories/qa uses."""
    flavor = min(project.compute.flavors(), key=lambda each: (each.ram, each.disk))
    variables = ROOT / "inventories/qa/group_vars/all/openstack.yml"
    image = yaml.safe_load(variables.read_text(encoding="utf-8"))["openstack_image"]
    return {"flavor": flavor.name, "image": image}


@pytest.fixture(scope="session")
def impossible() -> Any:
    """The name of a flavor that no host has room for; needs the rights of OS_ADMIN_CLOUD."""
    admin = openstack.connect(cloud="admin")
    flavor = admin.compute.create_flavor(
        name="landfall-test-impossible", ram=512, vcpus=1, disk=900_000
    )
    yield flavor.name
    admin.compute.delete_flavor(flavor)


def servers(project: Connection) -> dict[str, str]:
    return {each.name: each.id for each in project.compute.servers()}


def inventory(folder: Path, **variables: Any) -> Path:
    """Write inventories/qa for the cloud of OS_CLOUD, with a key pair of its own."""
    cloud = os.environ["OS_CLOUD"]
    shutil.copytree(ROOT / "inventories/qa", folder)
    key = folder.parent / "id_ed25519"  # in the inventory Ansible would read it as hosts
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    plugin = yaml.safe_load((folder / "stack.heat.yml").read_text(encoding="utf-8"))
    plugin |= {"cloud": cloud, "stack": NAME, "private_key": str(key)}
    plugin["cache_connection"] = str(folder.parent / "cache")
    (folder / "stack.heat.yml").write_text(yaml.safe_dump(plugin), encoding="utf-8")
    own = {
        "site_name": NAME,
        "site_state": str(folder.parent / "state"),
        "openstack_cloud": cloud,
        "openstack_stack": NAME,
        "openstack_key": {"name": NAME, "public": key.with_suffix(".pub").read_text().strip()},
        "openstack_admin_networks": ["0.0.0.0/0"],
        **yaml.safe_load(LAB.read_text(encoding="utf-8")),
        **variables,
    }
    # the last file by its name counts
    (folder / "group_vars/all/test.yml").write_text(yaml.safe_dump(own), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Site:
    """A site on OpenStack; ``inventory`` is its directory."""

    inventory: Path

    def play(self, playbook: str, *arguments: str, expect: int = 0) -> Run:
        """Run a playbook to its end; its exit code must be ``expect``."""
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        process = subprocess.run(
            [program, "-i", str(self.inventory), f"playbooks/{playbook}.yml", *arguments],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(process.stdout)  # noqa: T201 (pytest shows it when a test fails)
        assert process.returncode == expect, process.stdout[-4000:]
        return Run(process.returncode, process.stdout)

    def kill(self, playbook: str, when: Callable[[], object]) -> None:
        """Begin a run and kill it, with all it has started, as soon as something is the case."""
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        process = subprocess.Popen(
            [program, "-i", str(self.inventory), f"playbooks/{playbook}.yml"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            eventually(lambda: when() or process.poll() is not None, 600, every=0.5)
            assert process.poll() is None, "the run ended before it was killed"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def count(self, role: str, number: int) -> None:
        """Change how many servers of a role the inventory has."""
        folder = self.inventory / "group_vars/all"
        servers: dict[str, dict[str, Any]] = {}
        for path in sorted(folder.iterdir()):  # as Ansible reads them, the last counts
            known = yaml.safe_load(path.read_text(encoding="utf-8"))
            servers = known.get("openstack_servers", servers)
        changed = {**servers, role: {**servers[role], "count": number}}
        (folder / "zz-count.yml").write_text(
            yaml.safe_dump({"openstack_servers": changed}), encoding="utf-8"
        )

    def core(self) -> client.CoreV1Api:
        """Return the API of the cluster, through the gateway, with the kubeconfig of the runs."""
        path = self.inventory.parent / "state/kubeconfig"
        return client.CoreV1Api(config.new_client_from_config(str(path)))

    def hosts(self) -> dict[str, Any]:
        """Return the inventory, as Ansible has it."""
        program = str(Path(sys.executable).with_name("ansible-inventory"))
        done = subprocess.run(
            [program, "-i", str(self.inventory), "--list"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture(scope="session")
def site(project: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of inventories/qa, which does not exist yet; removed at the end."""
    one = Site(inventory(tmp_path_factory.mktemp("site") / "qa"))
    yield one
    one.play("destroy", "-e", f"openstack_removable={NAME}")
