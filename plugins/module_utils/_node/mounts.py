# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices, file systems and mount points of one machine."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from .._core.errors import CommandError, LandfallError
from .._core.process import Runner, tail
from .desired import Desired
from .file_systems import FRESH, FSTAB, KIND, LABEL, FileSystem, ours
from .observed import MountFact

MAKE_TIMEOUT = 1800.0
# Exit codes of blkid, from its manual: nothing was found; several things were.
NOTHING, SEVERAL = 2, 8
SHOWN = 4
_OCTAL = re.compile(r"\\([0-7]{3})")


def device_number(path: Path) -> str:
    """Return a block device as ``major:minor``; absent and other for what is none."""
    try:
        info = path.stat()
    except OSError:
        return "absent"
    if not stat.S_ISBLK(info.st_mode):
        return "other"
    return f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}"


class Mounts:
    """Looks at devices with blkid, makes file systems with mkfs and mounts them."""

    def __init__(self, root: Path, run: Runner) -> None:
        self._root = root
        self._run = run

    def fstab(self, desired: Desired) -> str:
        """Return the text of /etc/fstab, empty where file systems are not declared."""
        real = self._real(FSTAB)
        return real.read_text() if desired.file_systems is not None and real.exists() else ""

    def observe(self, desired: Desired, fstab: str) -> dict[str, MountFact]:
        """Return what is at the mount points that are declared, or were before."""
        wanted = desired.file_systems
        if wanted is None or not (wanted or ours(fstab)):
            return {}
        mounted = list(self._mounted())
        tops = dict(mounted)
        facts = {path: MountFact(mounted=path in tops) for path in ours(fstab)}
        for one in wanted:
            number = device_number(self._real(one.device))
            if tops.get(one.path) == number:
                facts[one.path] = MountFact("block", mounted=True)
            else:
                elsewhere = tuple(path for path, device in mounted if device == number)
                facts[one.path] = self._waiting(one, number, elsewhere)
        return facts

    def _waiting(self, one: FileSystem, number: str, elsewhere: tuple[str, ...]) -> MountFact:
        if number in ("absent", "other"):
            return MountFact(number)
        content, label = self._probe(one.device)
        folder = self._real(one.path)
        names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
        few = (*names[:SHOWN], "…") if len(names) > SHOWN else tuple(names)
        return MountFact("block", content, label, elsewhere=elsewhere, entries=few)

    def _mounted(self) -> Iterator[tuple[str, str]]:
        """Yield mount points with their devices, the topmost of several at one place last."""
        for line in self._real("/proc/self/mountinfo").read_text().splitlines():
            words = line.split()
            yield _OCTAL.sub(lambda match: chr(int(match[1], 8)), words[4]), words[2]

    def _probe(self, device: str) -> tuple[str, str]:
        """Return what a device carries, and the label of it."""
        command = ["blkid", "--probe", "--output", "export", device]
        done = self._run(command, check=False)
        if done.returncode == NOTHING and not done.stderr.strip():
            return "", ""
        if done.returncode == SEVERAL:
            return "several things at once", ""
        if done.returncode != 0:
            raise CommandError(
                "the device cannot be read",
                on=device,
                expected="an answer of blkid",
                found=f"exit code {done.returncode}: {tail(done.stderr)}",
                remedy=f"see {' '.join(command)}",
            )
        shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        partitions = f"a partition table ({shown['PTTYPE']})" if "PTTYPE" in shown else ""
        return shown.get("TYPE") or partitions or "something unknown", shown.get("LABEL", "")

    def make(self, one: FileSystem) -> None:
        """Make a file system on a device that carries nothing.

        Until it is finished it has another label, so that a run that is killed is made up for.
        lost+found goes: kubeadm takes nothing but an empty directory for etcd, and fsck makes it
        again when it needs it.
        """
        self._run(["mkfs.ext4", "-q", "-F", "-L", FRESH, one.device], timeout=MAKE_TIMEOUT)
        self._run(["debugfs", "-w", "-R", "rmdir lost+found", one.device])
        self._run(["e2label", one.device, LABEL])

    def mount(self, one: FileSystem) -> None:
        """Mount a file system now."""
        self._real(one.path).mkdir(mode=0o755, parents=True, exist_ok=True)
        source, target = ("--source", one.device), ("--target", one.path)
        self._run(["mount", "--types", KIND, *source, *target])

    def unmount(self, path: str) -> None:
        """Unmount what is mounted, after everything is written.

        Raises:
            LandfallError: somebody uses it.
        """
        try:
            self._run(["umount", path], timeout=MAKE_TIMEOUT)
        except CommandError as error:
            raise LandfallError(
                "a file system cannot be unmounted",
                on=path,
                expected="nobody uses it",
                found=error.found,
                remedy=f"see fuser --mount --verbose {path}; a node is first taken out of its "
                "cluster with playbooks/remove_node.yml",
            ) from error

    def _real(self, path: str) -> Path:
        return self._root / path.lstrip("/")
