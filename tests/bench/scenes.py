# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: the lab, simulated sites, a node more, and 300 objects."""

from __future__ import annotations

import datetime
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import HERE, Measured, run
from tests.bench.simulation import OPERATOR, SSH, Simulation, depot, worker
from tests.support.site import ROOT, Site

PLAYBOOK = HERE / "simulated.yml"


@dataclass(frozen=True)
class Lab:
    """The lab's two runs; ``ready``: seconds from the first one's start until all nodes were."""

    first: Measured
    second: Measured
    ready: float


def lab() -> Lab:
    """Stand a site up on hosts that are there, run again, remove it all."""
    site = Site("inventories/lab", "bench", "10.89.0")
    ssh = HERE / "counted_ssh"
    site.play("destroy")
    try:
        site.play("lab")
        begin = time.time()
        first = run(site.command("site"), ssh, {})
        ready = _ready(site) - begin
        return Lab(first, run(site.command("site"), ssh, {}), ready)
    finally:
        site.play("destroy")


def _ready(site: Site) -> float:
    """Return when the last node became Ready, as the cluster has it, in seconds since 1970."""
    kubectl = ("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "nodes", "-o", "json")
    nodes = json.loads(site.on("control1", *kubectl))["items"]
    times = [
        datetime.datetime.fromisoformat(condition["lastTransitionTime"])
        for node in nodes
        for condition in node["status"]["conditions"]
        if condition["type"] == "Ready" and condition["status"] == "True"
    ]
    if len(times) != len(nodes):
        raise SystemExit("a node of the lab is not Ready")
    return max(times).timestamp()


@dataclass(frozen=True)
class Stage:
    """A simulated site with its depot filled."""

    simulation: Simulation

    def unchanged(self, size: int) -> Measured:
        """Measure a run that changes nothing."""
        measured = self._run(size)
        if measured.changed or measured.hosts != size:
            raise SystemExit(f"a simulated site of {size} hosts changed: {measured.changed}")
        return measured

    def one_more(self, size: int) -> Measured:
        """Measure the run that brings the last host of a site into it (``--limit``)."""
        name, address = worker(size)
        self.simulation.answer_as_new_worker(address)
        try:
            measured = self._run(size, "--limit", name)
        finally:
            self.simulation.forget_new_worker(address)
        if set(measured.changed) != {name}:
            raise SystemExit(f"adding {name} changed {measured.changed}")
        return measured

    def touched(self, size: int) -> set[str]:
        """Return which hosts are asked to be something else when a worker is added."""
        before, after = self._digests(size), self._digests(size + 1)
        return {address for address, digests in before.items() if after[address] != digests}

    def _digests(self, size: int) -> Mapping[str, list[str]]:
        with tempfile.NamedTemporaryFile() as log:
            self._run(size, LANDFALL_DIGESTS=log.name)
            lines = Path(log.name).read_text(encoding="utf-8").splitlines()
        found: dict[str, list[str]] = {}
        for line in sorted(lines):
            address, digest = line.split()
            found.setdefault(address, []).append(digest)
        return found

    def _run(self, size: int, *arguments: str, **environment: str) -> Measured:
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "-i",
            str(self.simulation.inventory(size)),
            str(PLAYBOOK),
            *arguments,
        ]
        folder = str(self.simulation.folder)
        return run(command, SSH, {"LANDFALL_SIMULATION": folder, **environment})


@contextmanager
def stage() -> Iterator[Stage]:
    """Make the secrets and the depot that all simulated sites share."""
    with tempfile.TemporaryDirectory(prefix="landfall-bench-") as name:
        simulation = Simulation(Path(name), _free_port())
        made = Stage(simulation)
        simulation.answer_as_new()
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "-i",
            str(simulation.inventory(10)),
            "playbooks/infrastructure.yml",
        ]
        run(command, SSH, {"LANDFALL_SIMULATION": name})
        with depot(simulation):
            simulation.answer_as_members()
            made._run(10)  # fills the depot
            yield made


def _free_port() -> int:
    """Return a port of the operator's address that is free, and the next one too."""
    with socket.socket() as probe:
        probe.bind((OPERATOR, 0))
        port: int = probe.getsockname()[1]
        return port


def skipped_task() -> float:
    """Return the CPU seconds of a task that is skipped on a host: how fast the machine is now."""
    hosts, tasks = 50, 10
    task = {"ansible.builtin.ping": None, "when": False}
    with tempfile.TemporaryDirectory() as folder:
        playbook = Path(folder, "playbook.yml")

        def measured(number: int) -> float:
            play = {"hosts": "all", "gather_facts": False, "tasks": [task] * number}
            playbook.write_text(json.dumps([play]), encoding="utf-8")
            names = "".join(f"h{n}," for n in range(hosts))
            program = Path(sys.executable).with_name("ansible-playbook")
            return run([str(program), "-i", names, str(playbook)], SSH, {}).cpu

        return (measured(1 + tasks) - measured(1)) / (hosts * tasks)


def objects() -> str:
    """Return the figures of 300 objects against a real API server."""
    command = ["pytest", "-s", "-q", "tests/integration_api", "-k", "three_hundred"]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = re.search(r"300 objects: (.+)", done.stdout)
    return found[1] if found else "not measured"
