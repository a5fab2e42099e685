# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out which run this is: the process of ansible-playbook, as seen from one of its workers."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from .lock import Holder


def current(pid: int, root: Path = Path("/")) -> Holder:
    """Return the run whose process has this id.

    Args:
        pid: of ansible-playbook; the parent of the process that executes a task.
        root: the root of the file system; tests give another.
    """
    return Holder(
        user=_user(),
        host=socket.gethostname(),
        machine_id=_text(root / "etc/machine-id"),
        boot_id=_text(root / "proc/sys/kernel/random/boot_id"),
        namespace=_link(root / "proc/self/ns/pid"),
        pid=pid,
        started=started(pid, root),
    )


def started(pid: int, root: Path = Path("/")) -> str:
    """Return when a process started, in ticks since the kernel did; empty if there is none."""
    stat = _text(root / "proc" / str(pid) / "stat")
    # The name, in brackets, may itself hold spaces and brackets; field 22 is counted behind it.
    fields = stat.rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return ""
    return fields[19]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
