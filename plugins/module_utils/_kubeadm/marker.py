# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The note on a node's disk about what Landfall last began or ended there, and the lock beside it.

The note is written before kubeadm starts and after it has ended, each time in one step, so a run
that was cut off in between is recognised by the next one.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable

from .._core.errors import NotReadyError
from .observation import Marker
from .paths import Paths


@dataclass(frozen=True)
class Note:
    """What the marker file says.

    Attributes:
        state: what was begun or ended.
        cluster_id: of the cluster that the node belongs to; tells clusters of one CA apart.
        configuration: hash of the configuration it was done with.
    """

    state: Marker = Marker.NONE
    cluster_id: str = ""
    configuration: str = ""


def read(paths: Paths) -> Note:
    """Return the note of this node; an empty one when there is none or it cannot be read."""
    try:
        content = json.loads(paths.marker.read_text(encoding="utf-8"))
        return Note(
            Marker(content["state"]), str(content["cluster_id"]), str(content["configuration"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Note()


def write(paths: Paths, note: Note) -> None:
    """Replace the note in one step and see it on the disk."""
    paths.marker.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = paths.marker.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as stream:
        json.dump({**asdict(note), "state": note.state.value}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(paths.marker)


@contextmanager
def exclusive(
    paths: Paths,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Wait until nothing of an earlier run works on this node any more, and keep others out.

    A run whose controller was killed may leave a module or a kubeadm behind that goes on.

    Raises:
        NotReadyError: it still works after ``timeout`` seconds.
    """
    end = clock() + timeout
    paths.lock.parent.mkdir(parents=True, exist_ok=True)
    with paths.lock.open("w", encoding="utf-8") as stream:
        while True:
            busy = _busy(paths, stream.fileno())
            if not busy:
                break
            if clock() >= end:
                raise NotReadyError(
                    "an earlier run still works on this node",
                    expected=f"its end within {timeout:g} s",
                    found=busy,
                    remedy="wait for it and run again",
                )
            sleep(0.2)
        yield


def _busy(paths: Paths, lock: int) -> str:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "a module that holds the lock"
    for comm in paths.proc.glob("[0-9]*/comm"):
        if _line(comm) == "kubeadm":
            fcntl.flock(lock, fcntl.LOCK_UN)
            return f"kubeadm, process {comm.parent.name}"
    return ""


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:  # the process ended meanwhile
        return ""
