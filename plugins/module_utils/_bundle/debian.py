# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian root file systems by mmdebstrap, from the sources that this machine's apt uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .._core.process import Runner, run

_FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(CODENAME)"
# Settings of apt that say how its servers are reached and trusted; others are no image's business.
_SETTINGS = re.compile(r"^Acquire::(Check-Valid-Until|Check-Date|https?::)")
_EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")


@dataclass(frozen=True)
class AptSetup:
    """How this machine gets Debian packages.

    Attributes:
        targets: lines of ``apt-get indextargets`` in the format of this file.
        settings: lines of ``apt-config dump`` for proxies, certificates and dates.
    """

    targets: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def apt_conf(self) -> str:
        """Return the settings as a file for ``/etc/apt/apt.conf.d``."""
        return "".join(f"{line}\n" for line in self.settings)


def sources(targets: Iterable[str], suite: str) -> list[str]:
    """Return the lines of a ``sources.list`` for a suite, from where this machine gets its own.

    Empty on a machine that is no Debian; mmdebstrap then uses its usual mirror.
    """
    lines: dict[str, None] = {}
    for target in targets:
        uri, release, component, origin, codename = target.split("|")
        base = codename.split("-")[0]
        if origin == "Debian" and component == "main" and base and release.startswith(base):
            lines[f"deb {uri} {suite}{release.removeprefix(base)} main"] = None
    return list(lines)


def mmdebstrap_command(
    suite: str, output: Path, setup: AptSetup, packages: Iterable[str]
) -> list[str]:
    """Return the arguments that make a suite's minimal root file system as a tar file."""
    included = ",".join(packages)
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        *([f"--include={included}"] if included else []),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _EXCLUDED),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        *(f"--aptopt={line.rstrip(';')}" for line in setup.settings),
        "--customize-hook=rm -f $1/etc/apt/apt.conf.d/99mmdebstrap"
        " $1/etc/hostname $1/etc/resolv.conf",
        suite,
        str(output),
        *sources(setup.targets, suite),
    ]


def read_setup(runner: Runner = run) -> AptSetup:
    """Ask this machine's apt for its sources and settings."""
    targets = runner(
        ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"], check=False
    ).stdout.splitlines()
    dump = runner(["apt-config", "dump"], check=False).stdout.splitlines()
    # lines that only open a section have an empty value
    settings = tuple(line for line in dump if _SETTINGS.match(line) and not line.endswith('"";'))
    return AptSetup(tuple(targets), settings)
