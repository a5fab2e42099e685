# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what a cluster left on a node, and removes it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from .._core.errors import CommandError, NotReadyError
from .._core.plan import Plan
from .._core.process import Runner
from . import marker
from .member import CRI_SOCKET, KUBEADM_SECONDS, RESET, empty, private_file
from .observation import Marker, Observation
from .paths import Paths
from .reset import FOLDERS, LINKS, TABLES, UNITS, Remains, Removal, plan_reset, without_chains

KUBELET = "/var/lib/kubelet"
_SECONDS = 300.0


@dataclass(frozen=True)
class Resetter:
    """One node and the tools to take the cluster from it.

    Attributes:
        observe: tells what the node is now.
        volumes: folder of the persistent volumes' data.
    """

    paths: Paths
    runner: Runner
    observe: Callable[[], Observation]
    volumes: str

    def remains(self) -> Remains:
        """Return what is there."""
        traces = self.observe().traces
        folders = tuple(path for path in FOLDERS if _content(self._real(path)))
        return Remains(
            kubeadm=bool(traces) and self._has("kubeadm"),
            marker=self.paths.marker.exists(),
            units=self._units(),
            pods=len(self._pods()),
            mounts=self._mounts(),
            folders=folders,
            links=tuple(name for name in LINKS if self._succeeds("ip", "link", "show", name)),
            tables=self._tables(),
            chains=self._chains(),
            records=tuple(name for name in UNITS if self._record(name).exists()),
            volumes=_content(self._real(self.volumes)),
        )

    def apply(self, plan: Plan[Removal], *, volumes: str = "") -> None:
        """Remove what a plan says, and see that nothing is left; arguments as for the plan.

        A run that is cut off leaves the marker of a join that did not end, so that neither the
        next reset nor the next run takes the node for a member.

        Raises:
            CommandError: a program failed.
            NotReadyError: something stays.
        """
        if not plan:
            return
        marker.write(self.paths, marker.Note(Marker.JOINING))
        for removal in plan:
            self._remove(removal)
        left = plan_reset(self.remains(), volumes=volumes).changes
        stays = [str(one) for one in left if one.kind != "marker"]
        if stays:
            raise NotReadyError(
                "something of the cluster stays on the node",
                expected="nothing",
                found=", ".join(stays),
                remedy="run again; if it comes back, look for who makes it",
            )
        self.paths.marker.unlink(missing_ok=True)

    def _remove(self, removal: Removal) -> None:
        name = removal.name
        commands = {
            "unit": ["systemctl", "disable", "--now", "--", name],
            "pods": ["crictl", f"--runtime-endpoint={CRI_SOCKET}", "rmp", "--force", "--all"],
        }
        gone = {
            # Some of it goes with the pods, or with kubeadm.
            "mount": ["umount", name],
            "link": ["ip", "link", "delete", name],
            "table": ["nft", "delete", "table", *name.split()],
        }
        if removal.kind in commands:
            self.runner(commands[removal.kind], timeout=_SECONDS)
        elif removal.kind in gone:
            self.runner(gone[removal.kind], check=False)
        elif removal.kind == "kubeadm":
            with private_file(self.paths.run / "kubeadm.json", json.dumps(RESET)) as path:
                self.runner(["kubeadm", "reset", "--config", str(path)], timeout=KUBEADM_SECONDS)
        elif removal.kind == "chains":
            self.runner([f"{name}-restore", "--noflush"], stdin=self._chains_of(name))
        elif removal.kind == "folder":
            self._empty(name)
        elif removal.kind == "record":
            self._record(name).unlink(missing_ok=True)

    def _empty(self, folder: str) -> None:
        """Empty a folder; never through a mount, behind which a volume's data may be."""
        mounted = self._mounts() if folder == KUBELET else ()
        if mounted:
            raise NotReadyError(
                "something stays mounted below the kubelet's folder",
                on=folder,
                expected="no mount below it",
                found=", ".join(mounted),
                remedy="end what uses it ('fuser -vm' shows that), then run again",
            )
        empty(self._real(folder))

    def _real(self, path: str) -> Path:
        return self.paths.root / path.lstrip("/")

    def _record(self, unit: str) -> Path:
        return self.paths.records / f"{unit}.json"

    def _has(self, program: str) -> bool:
        return self._succeeds(program, "version")

    def _succeeds(self, *command: str) -> bool:
        try:
            return self.runner(list(command), check=False).returncode == 0
        except CommandError:  # not installed
            return False

    def _output(self, *command: str) -> str:
        try:
            return self.runner(list(command), check=False).stdout
        except CommandError:  # not installed
            return ""

    def _units(self) -> tuple[str, ...]:
        shown = self._output(
            "systemctl", "show", "--property=ActiveState,UnitFileState", "--", *UNITS
        )
        blocks = [set(block.splitlines()) for block in shown.split("\n\n")]
        return tuple(
            name
            for name, block in zip(UNITS, blocks)
            if block & {"ActiveState=active", "ActiveState=activating", "UnitFileState=enabled"}
        )

    def _pods(self) -> list[str]:
        return self._output("crictl", f"--runtime-endpoint={CRI_SOCKET}", "pods", "--quiet").split()

    def _mounts(self) -> tuple[str, ...]:
        try:
            lines = self.paths.mountinfo.read_text(encoding="utf-8").splitlines()
        except OSError:
            return ()
        points = (_unescaped(line.split()[4]) for line in lines)
        below = {point for point in points if point.startswith(f"{KUBELET}/")}
        return tuple(sorted(below, key=lambda point: (-point.count(os.sep), point)))

    def _tables(self) -> tuple[str, ...]:
        text = self._output("nft", "list", "tables")
        there = {line.removeprefix("table ").strip() for line in text.splitlines()}
        return tuple(name for name in TABLES if name in there)

    def _chains(self) -> tuple[tuple[str, str], ...]:
        found = ((name, self._chains_of(name)) for name in ("iptables", "ip6tables"))
        return tuple((name, text) for name, text in found if text)

    def _chains_of(self, program: str) -> str:
        return without_chains(self._output(f"{program}-save"))


def _content(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _unescaped(path: str) -> str:
    """Return a path as it is: mountinfo writes blanks and the like as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), path)
