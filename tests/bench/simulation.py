# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site of any size without its machines: the controller's work is real, hosts answer from files.

The inventory is ``inventories/prod`` with more workers. Instead of ``ssh`` the connections start
``simulated_ssh.py``, which answers what a host of a finished site answers. The operator host's
lock and secrets, and the depot with all artifacts, are real: they lie in a folder and on a port of
this machine.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observation import (
    Api,
    Marker,
    Observation,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.machine import (
    Machine,
    fingerprint,
)
from tests.support.store import STORE, store_file

ROOT = Path(__file__).resolve().parents[2]
SSH = Path(__file__).with_name("simulated_ssh.py")
PROD = ROOT / "inventories/prod/group_vars/all"
OPERATOR, GATEWAYS = "127.10.0.10", ("127.10.0.20", "127.10.0.21")
CONTROL_PLANES = ("127.10.0.30", "127.10.0.31", "127.10.0.32")
FIRST_WORKER = ipaddress.ip_address("127.20.0.1")
OTHERS = 1 + len(GATEWAYS) + len(CONTROL_PLANES)


def inventory(size: int) -> dict[str, Any]:
    """Return an inventory of a highly available site with a number of hosts."""

    def hosts(prefix: str, addresses: tuple[str, ...]) -> dict[str, Any]:
        named = enumerate(addresses, 1)
        return {"hosts": {f"{prefix}{n}": {"ansible_host": address} for n, address in named}}

    workers = tuple(str(FIRST_WORKER + n) for n in range(size - OTHERS))
    nodes = {
        "control_planes": hosts("control", CONTROL_PLANES),
        "workers": hosts("worker", workers),
    }
    children = {
        "operator": hosts("operator", (OPERATOR,)),
        "depot": {"hosts": {"operator1": {}}},
        "gateways": hosts("gateway", GATEWAYS),
        "kubernetes": {"children": nodes},
    }
    return {"all": {"children": children}}


@dataclass(frozen=True)
class Simulation:
    """A simulated site.

    Attributes:
        folder: where its inventory, its secrets, its depot and the hosts' answers lie.
        port: where its depot listens.
    """

    folder: Path
    port: int

    def inventory(self, size: int) -> Path:
        """Write and return the inventory of a site with a number of hosts."""
        path = self.folder / f"inventory-{size}"
        variables = path / "group_vars/all"
        variables.mkdir(parents=True, exist_ok=True)
        for file in PROD.glob("*.yml"):
            (variables / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        # Files are read in the order of their names, the last one counts.
        (variables / "zz-simulation.yml").write_text(
            yaml.safe_dump(self._variables()), encoding="utf-8"
        )
        (path / "hosts.yml").write_text(yaml.safe_dump(inventory(size)), encoding="utf-8")
        return path

    def _variables(self) -> dict[str, Any]:
        return {
            # Never to a real host, whatever starts this inventory.
            "ansible_ssh_executable": str(SSH),
            "site_network": "127.0.0.0/8",
            "gateway_address": "127.10.0.5",
            "gateway_pool": ["127.10.0.100-127.10.0.119"],
            # a /24 for each of thousands of nodes
            "kubernetes_pod_cidr": "10.128.0.0/9",
            "site_state": str(self.folder / "state"),
            "site_lock_path": str(self.folder / "lock.json"),
            "site_store_path": str(self.folder / "site.json"),
            "bundle_store": str(_own_store(self.folder)),
            "depot_port": self.port,
            "depot_push_port": self.port + 1,
        }

    def secrets(self) -> Any:
        """Return the content of the site's store of secrets."""
        return json.loads((self.folder / "site.json").read_text(encoding="utf-8"))

    def answer(self, module: str, result: dict[str, Any], *addresses: str) -> None:
        """Let a module answer so on some hosts, on all without any named."""
        folder = self.folder / "answers"
        folder.mkdir(exist_ok=True)
        text = json.dumps(result).replace('"@PARAMETERS@"', "@PARAMETERS@")
        text = text.replace('"@EPOCH@"', "@EPOCH@")
        for name in [f"{module}@{address}" for address in addresses] or [module]:
            (folder / f"{name}.json").write_text(text, encoding="utf-8")

    def answer_as_new(self) -> None:
        """Let hosts answer that they are fit and new; what they are asked to be, they are."""
        self.answer("node_info", node_info(""))
        unchanged = {"changed": False, "diff": [], "changes": [], "units": {}}
        self.answer("node_state", {**unchanged, "invocation": {"module_args": "@PARAMETERS@"}})

    def answer_as_members(self) -> None:
        """Let hosts answer that they are members of the site's cluster."""
        authority = fingerprint(self.secrets()["certificates"]["kubernetes_ca"]["certificate"])
        self.answer("node_info", node_info(authority))
        self.answer("node_info", node_info(""), OPERATOR, *GATEWAYS)
        self.answer("kubeadm_info", observation(authority, control_plane=False))
        self.answer("kubeadm_info", observation(authority, control_plane=True), *CONTROL_PLANES)
        encoded = base64.b64encode(kubeconfig().encode()).decode()
        self.answer("slurp", {"content": encoded, "encoding": "base64", "source": "admin.conf"})

    def answer_as_new_worker(self, address: str) -> None:
        """Let a worker answer that it is in no cluster, and join when it is asked to."""
        self.answer("node_info", node_info(""), address)
        virgin = Observation().to_result()
        self.answer("kubeadm_info", {"changed": False, "observation": virgin}, address)
        self.answer("kubeadm_member", {"changed": True, "changes": ["join"]})

    def forget_new_worker(self, address: str) -> None:
        """Let a worker be as all others again."""
        for module in ("node_info", "kubeadm_info"):
            (self.folder / "answers" / f"{module}@{address}.json").unlink()


def worker(size: int) -> tuple[str, str]:
    """Return name and address of the last worker of a site with a number of hosts."""
    number = size - OTHERS
    return f"worker{number}", str(FIRST_WORKER + number - 1)


def node_info(authority: str) -> dict[str, Any]:
    """Return what ``node_info`` finds: this machine, with what differs from host to host."""
    node = {
        **Machine().describe("127.0.0.1"),
        "system": "debian",
        "system_version": "13",
        "systemd": True,
        "hostname": "host-@ADDRESS@",
        "machine_id": "id-@ADDRESS@",
        "cpus": 4,
        "memory": 16000,
        "swap": 0,
        "free": {"/": 50000, "/var/lib": 50000},
        "addresses": {"eth0": ["@ADDRESS@"]},
        "interface": "eth0",
        "listening": [{"port": 22, "address": "0.0.0.0", "process": "sshd"}],  # noqa: S104
        "cluster_ca": authority,
        "cluster_traces": ["/etc/kubernetes/kubelet.conf"] if authority else [],
        "foreign_traces": [],
        "missing_modules": [],
        "epoch": "@EPOCH@",
    }
    return {"changed": False, "node": node, "invocation": {"module_args": {"address": "@ADDRESS@"}}}


def observation(authority: str, *, control_plane: bool) -> dict[str, Any]:
    """Return what ``kubeadm_info`` finds on a member of a cluster."""
    names = ("apiserver", "apiserver-kubelet-client", "front-proxy-client", "etcd-server")
    seen = Observation(
        cluster_ca=authority,
        kubelet_conf=True,
        kubelet_version=yaml.safe_load((PROD / "site.yml").read_text())["kubernetes_version"],
        marker=Marker.MEMBER,
        cluster_id="0" * 32,
        certificates=dict.fromkeys(names, "2030-01-01T00:00:00+00:00"),
    )
    if control_plane:
        facts = {
            **seen.to_result(),
            "ca_key": True,
            "admin_conf": True,
            "etcd_data": True,
            "manifests": ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"],
            "api": Api.HEALTHY.value,
            "api_version": seen.kubelet_version,
        }
        seen = Observation.from_params(facts)
    return {"changed": False, "observation": seen.to_result()}


def kubeconfig() -> str:
    """Return a file of the form of kubeadm's ``admin.conf``."""
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": "https://127.10.0.5:6443"}}],
            "users": [
                {"name": "u", "user": {"client-key-data": "", "client-certificate-data": ""}}
            ],
        }
    )


def _own_store(folder: Path) -> Path:
    """Return a bundle's store with the artifacts of the user's, and a lock of its own."""
    store = folder / "store"
    store.mkdir(exist_ok=True)
    for part in STORE.iterdir():
        if part.is_dir() and not (store / part.name).exists():
            (store / part.name).symlink_to(part)
    return store


@contextmanager
def depot(simulation: Simulation) -> Iterator[None]:
    """Run the site's depot with the certificate that the site made for it."""
    program = store_file("registry", "registry")
    if program is None:
        raise SystemExit("the bundle's store has no registry: run playbooks/bundle.yml")
    folder = simulation.folder / "depot"
    folder.mkdir(exist_ok=True)
    pair = simulation.secrets()["certificates"]["depot"]
    (folder / "tls.crt").write_text(pair["certificate"], encoding="utf-8")
    (folder / "tls.key").write_text(pair["key"], encoding="utf-8")
    running = [
        subprocess.Popen(
            _registry_argv(program, folder, port),
            env={"OTEL_TRACES_EXPORTER": "none"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in (simulation.port, simulation.port + 1)
    ]
    try:
        for port in (simulation.port, simulation.port + 1):
            _wait_listening(port)
        yield
    finally:
        for process in running:
            process.terminate()
            process.wait(30)


def _registry_argv(blob: Path, folder: Path, port: int) -> list[str]:
    program, config = folder / "registry", folder / f"{port}.yml"
    if not program.exists():
        program.write_bytes(blob.read_bytes())
        program.chmod(0o700)
    content = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {
            "addr": f"{OPERATOR}:{port}",
            "tls": {"certificate": str(folder / "tls.crt"), "key": str(folder / "tls.key")},
        },
    }
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    return [str(program), "serve", str(config)]


def _wait_listening(port: int) -> None:
    limit = time.monotonic() + 20
    while not _listens(port):
        if time.monotonic() > limit:
            raise SystemExit(f"the depot does not listen on {OPERATOR}:{port}")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((OPERATOR, port)) == 0
