# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems on devices of their own, and the lines of /etc/fstab that mount them at boot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

FSTAB = "/etc/fstab"
KIND = "ext4"
LABEL, FRESH = "landfall", "landfall-new"
"""Labels of a file system that was made here, and of one that is not finished yet."""
STABLE = ("/dev/disk/by-", "/dev/mapper/")
"""Where names of devices are that stay the same when the machine starts again."""
_OURS = "x-landfall"
# What fstab needs no escapes for.
_PLAIN = re.compile(r"[\w/.:@+=,-]+")


@dataclass(frozen=True)
class FileSystem:
    """A file system on a device of its own, mounted at ``path``."""

    path: str
    device: str


def file_system(
    params: Mapping[str, Any],
    path: Callable[[Any], str],
    wrong: Callable[[str, str, str, str], None],
) -> FileSystem:
    """Return a declared file system.

    Args:
        params: the item of ``file_systems``.
        path: checks an absolute path.
        wrong: takes what is wrong: what, on which object, what was expected and what was found.
    """
    found = FileSystem(path(params["path"]), path(params["device"]))
    for text in (found.path, found.device):
        if not _PLAIN.fullmatch(text):
            wrong("invalid path", text, "letters, digits and /.:@+=,-_", text)
    if not found.device.startswith(STABLE):
        expected = "a name that stays, such as /dev/disk/by-id/…; see ls -l /dev/disk/by-id"
        wrong("the device may have another name tomorrow", found.path, expected, found.device)
    return found


@dataclass(frozen=True)
class Line:
    """A line of /etc/fstab; ``path`` is empty for a comment."""

    text: str
    path: str = ""
    ours: bool = False


def lines(fstab: str) -> list[Line]:
    """Return the lines of a text of /etc/fstab."""
    found = []
    for text in fstab.splitlines():
        words = text.split()
        if len(words) < 4 or words[0].startswith("#"):
            found.append(Line(text))
        else:
            found.append(Line(text, words[1], _OURS in words[3].split(",")))
    return found


def ours(fstab: str) -> list[str]:
    """Return the mount points that were declared here before."""
    return [line.path for line in lines(fstab) if line.ours]


def with_lines(
    fstab: str, wanted: Sequence[FileSystem], retired: Sequence[str], foreign: Sequence[str] = ()
) -> str:
    """Return a text of /etc/fstab with what is wanted; nobody else's line is changed.

    Args:
        fstab: the present text.
        wanted: what is mounted at boot.
        retired: mount points whose lines go.
        foreign: mount points that somebody else's line is kept for.
    """
    new = {one.path: _line(one) for one in wanted if one.path not in foreign}
    kept = [
        new.pop(line.path, line.text) if line.ours else line.text
        for line in lines(fstab)
        if not (line.ours and line.path in retired)
    ]
    found = [*kept, *new.values()]
    return fstab if found == fstab.splitlines() else "".join(f"{text}\n" for text in found)


def _line(one: FileSystem) -> str:
    return f"{one.device} {one.path} {KIND} defaults,{_OURS} 0 2"
