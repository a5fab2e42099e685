# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a machine before it is changed: what it is, what it has, and what already runs on it.

Runs on the node, with the standard library only. Nothing here fails because something is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Optional

from .._core.errors import CommandError
from .._core.process import Runner, run
from .sockets import listening

MIB = 1024 * 1024
MODULES = ("overlay", "vxlan")
CLUSTER_TRACES = (
    "etc/kubernetes/admin.conf",
    "etc/kubernetes/kubelet.conf",
    "var/lib/etcd/member",
)
# Container runtimes and clusters that are not ours; ours is in /usr/local.
FOREIGN_TRACES = (
    "usr/bin/containerd",
    "usr/bin/dockerd",
    "usr/bin/crio",
    "usr/bin/kubelet",
    "usr/local/bin/k3s",
    "var/lib/rancher",
    "var/snap/microk8s",
)


class Machine:
    """A machine, as far as one can see without changing it.

    Args:
        root: the root of its file system; tests give another.
        runner: starts programs.
        clock: returns seconds since the epoch.
    """

    def __init__(
        self,
        root: Path = Path("/"),
        runner: Runner = run,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._root = root
        self._run = runner
        self._clock = clock

    def describe(self, address: str) -> dict[str, Any]:
        """Return all facts as plain data; sizes are in MiB.

        Args:
            address: the node's own address, to find the interface that carries it.
        """
        system = self.system()
        memory = self.memory()
        addresses = self.addresses()
        carrying = [name for name, all_of in addresses.items() if address in all_of]
        return {
            "system": system.get("ID", ""),
            "system_version": system.get("VERSION_ID", ""),
            "architecture": platform.machine(),
            "kernel": platform.release(),
            "python": platform.python_version(),
            "hostname": self._text("proc/sys/kernel/hostname"),
            "machine_id": self._text("etc/machine-id"),
            "systemd": (self._root / "run/systemd/system").is_dir(),
            "cgroup": 2 if (self._root / "sys/fs/cgroup/cgroup.controllers").exists() else 1,
            "cpus": os.cpu_count() or 1,
            "memory": memory.get("MemTotal", 0),
            "swap": memory.get("SwapTotal", 0),
            "free": {name: self.free(name) for name in ("/", "/var/lib")},
            "addresses": addresses,
            "interface": carrying[0] if carrying else "",
            "listening": listening(self._root),
            "missing_modules": [name for name in MODULES if self.lacks_module(name)],
            "cluster_traces": self._existing(CLUSTER_TRACES),
            "foreign_traces": self._existing(FOREIGN_TRACES),
            "cluster_ca": self.cluster_ca(),
            "epoch": self._clock(),
        }

    def system(self) -> Mapping[str, str]:
        """Return what ``os-release`` says."""
        text = self._text("etc/os-release") or self._text("usr/lib/os-release")
        values = {}
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                values[name.strip()] = " ".join(shlex.split(value))
        return values

    def memory(self) -> Mapping[str, int]:
        """Return the lines of ``/proc/meminfo`` in MiB."""
        found = re.findall(r"^(\w+):\s+(\d+) kB", self._text("proc/meminfo"), re.MULTILINE)
        return {name: int(size) // 1024 for name, size in found}

    def free(self, path: str) -> Optional[int]:
        """Return the free space of the file system that holds a directory, or would hold it."""
        where = self._root / path.lstrip("/")
        try:
            return shutil.disk_usage(where).free // MIB
        except OSError:
            return None

    def addresses(self) -> dict[str, list[str]]:
        """Return the addresses of every interface by its name."""
        try:
            done = self._run(["ip", "-json", "address"], check=False, timeout=10)
            interfaces = json.loads(done.stdout or "[]")
        except (CommandError, ValueError):
            return {}
        return {
            str(each["ifname"]): [str(info["local"]) for info in each.get("addr_info", [])]
            for each in interfaces
            if "ifname" in each
        }

    def lacks_module(self, name: str) -> bool:
        """Tell whether the kernel certainly has not got a module; in doubt it has."""
        if (self._root / "sys/module" / name).exists():
            return False
        if name in self._text("proc/filesystems").split():
            return False
        modules = self._root / "lib/modules" / platform.release()
        index = self._read(modules / "modules.dep")
        if not index:  # a container, or a kernel without modules
            return False
        built_in = self._read(modules / "modules.builtin")
        return not re.search(rf"/{name}\.ko", index + built_in)

    def cluster_ca(self) -> str:
        """Return the digest of the cluster's authority that the node trusts; empty without one."""
        return fingerprint(self._text("etc/kubernetes/pki/ca.crt"))

    def _existing(self, paths: tuple[str, ...]) -> list[str]:
        return [f"/{path}" for path in paths if (self._root / path).exists()]

    def _text(self, path: str) -> str:
        return self._read(self._root / path).strip()

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def fingerprint(pem: str) -> str:
    """Return the SHA-256 digest of a certificate; empty when it is none."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).hexdigest()
    except ValueError:
        return ""
