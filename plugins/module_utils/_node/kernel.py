# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel modules and parameters of one machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from .._core.errors import LandfallError
from .._core.process import Runner
from .observed import SysctlFact


class Kernel:
    """Reads /proc and /sys below a root directory, and loads modules with modprobe."""

    def __init__(self, root: Path, run: Runner) -> None:
        self._root = root
        self._run = run

    def present_modules(self, names: Sequence[str]) -> Optional[frozenset[str]]:
        """Return those of the modules that are loaded or built in; None if none can be loaded."""
        loaded = self._root / "proc/modules"
        if not names or not loaded.exists():
            return None
        present = {line.split()[0] for line in loaded.read_text().splitlines()}
        missing = [name for name in names if _canonical(name) not in present]
        builtin = self._builtin() if missing else frozenset()
        return frozenset(
            name
            for name in names
            if name not in missing
            or _canonical(name) in builtin
            or (self._root / "sys/module" / _canonical(name)).exists()
        )

    def load(self, name: str) -> None:
        """Load a module."""
        self._run(["modprobe", "--", name])

    def sysctl(self, key: str) -> SysctlFact:
        """Return a kernel parameter; one that cannot be read has an empty value."""
        path = self._root / "proc/sys" / sysctl_path(key)
        if not path.exists():
            return SysctlFact()
        try:
            value = " ".join(path.read_text().split())
        except OSError:
            value = ""
        return SysctlFact(value, os.access(path, os.W_OK))

    def set_sysctl(self, key: str, value: str) -> None:
        """Set a kernel parameter.

        Raises:
            LandfallError: the kernel refuses it; the message names the parameter.
        """
        path = self._root / "proc/sys" / sysctl_path(key)
        try:
            descriptor = os.open(path, os.O_WRONLY)
            try:
                os.write(descriptor, f"{value}\n".encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise LandfallError(
                "the kernel parameter cannot be set",
                on=f"sysctl {key}",
                expected=value,
                found=f"{error.strerror} (now: {self.sysctl(key).value})",
                remedy="in a container, set it where the container's host is configured",
            ) from error

    def _builtin(self) -> frozenset[str]:
        listing = self._root / "lib/modules" / os.uname().release / "modules.builtin"
        if not listing.exists():
            return frozenset()
        lines = listing.read_text().splitlines()
        return frozenset(_canonical(Path(line).name.split(".")[0]) for line in lines)


def sysctl_path(key: str) -> str:
    """Return the path below /proc/sys; with a slash first, dots are part of names, as in sysctl."""
    if "/" in key and ("." not in key or key.index("/") < key.index(".")):
        return key
    return key.translate(str.maketrans("./", "/."))


def _canonical(name: str) -> str:
    return name.replace("-", "_")
