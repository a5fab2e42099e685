# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's containers, as podman makes and shows them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._core.errors import CommandError, NotReadyError
from .._core.plan import Change, Plan
from .._core.process import Runner, run
from .model import Host, Lab, Seen, SeenHost
from .plan import (
    INOTIFY_INSTANCES,
    CreateAccess,
    CreateHost,
    CreateNetwork,
    RaiseInotify,
    RemoveAccess,
    RemoveHost,
    RemoveNetwork,
    StartHost,
)

LABEL = "landfall.lab"
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
REMOVALS = 3
VOLUMES = ("/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd")
"""Directories that need a real file system below them: overlayfs does not stack on overlayfs."""


def unified_cgroups(root: Path = Path("/sys/fs/cgroup")) -> bool:
    """Tell whether this machine has cgroup v2 alone."""
    return (root / "cgroup.controllers").exists()


def route_mtu(sysfs: Path = Path("/sys/class/net"), proc: Path = Path("/proc/net/route")) -> int:
    """Return the MTU in bytes of the interface with the default route; 1500 without one."""
    for line in proc.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000":
            return min(1500, int((sysfs / fields[0] / "mtu").read_text(encoding="ascii")))
    return 1500


def create_arguments(lab: Lab, host: Host, authorized_keys: Path, *, unified: bool) -> list[str]:
    """Return podman's arguments that make one host.

    On a machine with cgroup v1 podman's own systemd mode puts all hosts into one hierarchy, in
    which kubelets fail; there the hosts get a private one and are told to use the legacy layout.
    Limits stay below what an unprivileged user may have, since they cannot be raised everywhere.
    """
    arguments = [
        "create",
        f"--name={lab.container(host.name)}",
        f"--hostname={host.name}",
        f"--label={LABEL}={lab.name}",
        f"--label={LABEL}.host={host.name}",
        f"--label={LABEL}.address={host.address}",
        f"--label={LABEL}.suite={host.suite}",
        f"--network={lab.prefix}",
        f"--ip={host.address}",
        "--no-hosts",
        "--privileged",
        "--cgroupns=private",
        "--ulimit=nofile=20000:20000",
        "--ulimit=nproc=30000:30000",
        "--stop-signal=37",
        "--stop-timeout=30",
        f"--volume={authorized_keys}:/home/landfall/.ssh/authorized_keys:ro",
        *(f"--volume={path}" for path in VOLUMES),
    ]
    if unified:
        arguments.append("--systemd=always")
    else:
        arguments += [
            "--systemd=false",
            "--env=container=podman",
            *(f"--tmpfs={path}" for path in ("/run", "/run/lock", "/tmp")),  # noqa: S108
            "--env=SYSTEMD_PROC_CMDLINE="
            "systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
        ]
    return [*arguments, lab.images[host.suite], "/sbin/init"]


class Podman:
    """Observes a lab and applies a plan to it.

    Args:
        lab: the lab; everything that this class touches carries its label.
        runner: starts programs.
        unified: whether this machine has cgroup v2 alone.
    """

    def __init__(self, lab: Lab, runner: Runner = run, *, unified: bool | None = None) -> None:
        self._lab = lab
        self._run = runner
        self._unified = unified_cgroups() if unified is None else unified

    def observe(self) -> Seen:
        """Return what is there of the lab."""
        containers = self._json("ps", "--all", f"--filter=label={LABEL}={self._lab.name}")
        networks = self._json("network", "ls", f"--filter=name=^{self._lab.prefix}$")
        volumes = self._json("volume", "ls", f"--filter=name=^{self._lab.prefix}-access$")
        return Seen(
            network=networks[0]["subnets"][0]["subnet"] if networks else None,
            access=bool(volumes) and self._key().exists(),
            hosts={c["Labels"][f"{LABEL}.host"]: _seen_host(c) for c in containers},
            inotify_instances=int(INOTIFY.read_text(encoding="ascii")),
        )

    def apply(self, plan: Plan[Change]) -> None:
        """Make the changes of a plan, in its order."""
        for change in plan:
            if isinstance(change, RaiseInotify):
                INOTIFY.write_text(f"{INOTIFY_INSTANCES}\n", encoding="ascii")
            elif isinstance(change, CreateNetwork):
                self._create_network()
            elif isinstance(change, CreateAccess):
                self._create_access()
            elif isinstance(change, CreateHost) and change.host:
                self._create_host(change.host)
            elif isinstance(change, StartHost):
                self._podman("start", self._lab.container(change.name))
            elif isinstance(change, RemoveHost):
                self._remove_host(change.name)
            elif isinstance(change, RemoveNetwork):
                self._podman("network", "rm", "--force", self._lab.prefix)
            elif isinstance(change, RemoveAccess):
                self._podman("volume", "rm", "--force", f"{self._lab.prefix}-access")

    def access(self) -> tuple[str, str]:
        """Return the private key that opens every host, and the hosts' keys in known_hosts form.

        The host keys are read through podman, not over the network, so they can be trusted.
        """
        known = []
        for host in self._lab.hosts:
            key = self._podman(
                "exec",
                self._lab.container(host.name),
                "cat",
                "/etc/ssh/ssh_host_ed25519_key.pub",
            ).split()
            known.append(f"{host.address} {key[0]} {key[1]}\n")
        return self._key().read_text(encoding="ascii"), "".join(known)

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until SSH answers on every host.

        Raises:
            NotReadyError: with the hosts that did not answer in time.
        """
        deadline = time.monotonic() + timeout
        silent = [host for host in self._lab.hosts if not _ssh_answers(host.address)]
        while silent and time.monotonic() < deadline:
            time.sleep(0.3)
            silent = [host for host in silent if not _ssh_answers(host.address)]
        if silent:
            raise NotReadyError(
                "SSH does not answer",
                on=", ".join(host.name for host in silent),
                expected=f"a banner within {timeout:g} s",
                remedy=f"podman logs {self._lab.container(silent[0].name)}",
            )

    def _create_network(self) -> None:
        self._podman(
            "network",
            "create",
            f"--label={LABEL}={self._lab.name}",
            f"--subnet={self._lab.network}",
            "--disable-dns",
            f"--opt=mtu={route_mtu()}",
            self._lab.prefix,
        )

    def _create_access(self) -> None:
        volume = f"{self._lab.prefix}-access"
        if not self._json("volume", "ls", f"--filter=name=^{volume}$"):
            self._podman("volume", "create", f"--label={LABEL}={self._lab.name}", volume)
        key = self._key()
        for leftover in (key, key.with_suffix(".pub")):
            leftover.unlink(missing_ok=True)
        comment = f"landfall lab {self._lab.name}"
        self._run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(key)])

    def _create_host(self, host: Host) -> None:
        public = self._key().with_suffix(".pub")
        name = self._lab.container(host.name)
        arguments = create_arguments(self._lab, host, public, unified=self._unified)
        self._podman(*arguments)
        try:
            self._podman("start", name)
        except CommandError:
            self._podman("rm", "--force", "--volumes", name)
            raise

    def _remove_host(self, name: str) -> None:
        """Remove a host; on a busy machine its programs may outlive podman's patience."""
        for left in reversed(range(REMOVALS)):
            try:
                self._podman("rm", "--force", "--volumes", "--time=1", self._lab.container(name))
            except CommandError:  # noqa: PERF203
                if not left:
                    raise
            else:
                return

    def _key(self) -> Path:
        volume = f"{self._lab.prefix}-access"
        found = self._run(
            ["podman", "volume", "inspect", "--format={{.Mountpoint}}", volume], check=False
        )
        return Path(found.stdout.strip() or "/nonexistent") / "id_ed25519"

    def _podman(self, *arguments: str) -> str:
        # crun refuses private cgroup v1 hierarchies
        runtime = () if self._unified else ("--runtime=runc",)
        return self._run(["podman", *runtime, *arguments], timeout=120).stdout

    def _json(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._podman(*arguments, "--format=json") or "[]")
        return found or []


def _seen_host(container: Mapping[str, Any]) -> SeenHost:
    labels: Mapping[str, str] = container["Labels"]
    return SeenHost(
        address=labels[f"{LABEL}.address"],
        suite=labels[f"{LABEL}.suite"],
        running=container["State"] == "running",
    )


def _ssh_answers(address: str, port: int = 22) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1) as connection:
            connection.settimeout(1)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
