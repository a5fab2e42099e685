# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which program listens on which TCP port, read from ``/proc``."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LISTEN = "0A"


def listening(root: Path) -> list[dict[str, Any]]:
    """Return port, address and process of every listening TCP socket, sorted.

    Args:
        root: the root of the file system; tests give another.
    """
    sockets = {
        inode: (port, address)
        for table in ("tcp", "tcp6")
        for inode, port, address in _table(root / "proc/net" / table)
    }
    owners = _owners(root / "proc", set(sockets)) if sockets else {}
    found = {(port, address, owners.get(inode, "")) for inode, (port, address) in sockets.items()}
    return [
        {"port": port, "address": address, "process": process}
        for port, address, process in sorted(found)
    ]


def decode(text: str) -> str:
    """Return the address that ``/proc/net/tcp`` writes as words in the machine's byte order."""
    raw = b"".join(
        struct.pack("=I", int(text[start : start + 8], 16)) for start in range(0, len(text), 8)
    )
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if raw[:12] == b"\0" * 10 + b"\xff\xff":
        return socket.inet_ntop(socket.AF_INET, raw[12:])
    return socket.inet_ntop(socket.AF_INET6, raw)


def _table(path: Path) -> Iterator[tuple[str, int, str]]:
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTEN:
            address, _, port = fields[1].partition(":")
            yield fields[9], int(port, 16), decode(address)


def _owners(proc: Path, inodes: set[str]) -> dict[str, str]:
    """Return the name of a process that has each socket open, of those that may be looked at."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    owners: dict[str, str] = {}
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        for target in _descriptors(process / "fd"):
            inode = wanted.get(target)
            if inode is not None and inode not in owners:
                owners[inode] = _name(process)
        if len(owners) == len(wanted):
            break
    return owners


def _descriptors(directory: Path) -> Iterator[str]:
    try:
        names = os.listdir(directory)  # noqa: PTH208 - thousands of them; plain names are enough
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):  # closed since
            yield os.readlink(f"{directory}/{name}")  # noqa: PTH115


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return ""
