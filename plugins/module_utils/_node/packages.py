# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages of one machine, through dpkg-query and apt-get."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from .._core.errors import CommandError
from .._core.process import Runner

APT_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
LOCK_TIMEOUT = 300
INSTALL_TIMEOUT = 1800.0
INDEX_AGE = 3600.0
"""Seconds after which the package index is read anew before something is installed."""


class Packages:
    """Knows and installs packages.

    Args:
        root: the machine's root directory.
        run: starts programs.
    """

    def __init__(self, root: Path, run: Runner) -> None:
        self._index = root / "var/lib/apt/lists"
        self._run = run

    def installed(self, names: Sequence[str]) -> frozenset[str]:
        """Return those of the packages that are installed completely."""
        if not names:
            return frozenset()
        form = "${Package} ${db:Status-Status}\n"
        # The exit code is 1 when a package is unknown, which is an answer here.
        done = self._run(["dpkg-query", "--show", f"--showformat={form}", *names], check=False)
        lines = (line.split() for line in done.stdout.splitlines())
        return frozenset(words[0] for words in lines if words[1:] == ["installed"])

    def install(self, names: Sequence[str]) -> None:
        """Install packages; the index is read anew at most once, and only if that may help.

        A first failure may come from an old index or from what a killed run left half configured;
        apt-get itself waits for others that hold its lock.
        """
        updated = self._index_is_old()
        if updated:
            self._apt("update")
        try:
            self._apt(*install_arguments(names))
        except CommandError:
            self._run(["dpkg", "--configure", "-a"], timeout=INSTALL_TIMEOUT, env=APT_ENVIRONMENT)
            if not updated:
                self._apt("update")
            self._apt(*install_arguments(names))

    def _index_is_old(self) -> bool:
        if not any(self._index.glob("*_*")):
            return True
        return time.time() - self._index.stat().st_mtime > INDEX_AGE

    def _apt(self, *arguments: str) -> None:
        self._run(apt_command(*arguments), timeout=INSTALL_TIMEOUT, env=APT_ENVIRONMENT)


def apt_command(*arguments: str) -> list[str]:
    """Return an apt-get command that asks nothing and waits for others to finish."""
    return ["apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={LOCK_TIMEOUT}", *arguments]


def install_arguments(names: Sequence[str]) -> list[str]:
    """Return the arguments that install packages and keep configuration that is there."""
    options = [f"Dpkg::Options::=--force-conf{how}" for how in ("def", "old")]
    flags = [word for option in options for word in ("-o", option)]
    return [*flags, "install", "--yes", "--no-install-recommends", *names]
