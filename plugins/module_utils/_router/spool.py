# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records on their way, on disk: written by the reader, taken by rsyslog, kept until stored.

A segment is a file of records. It is written in ``open``, waits in ``ready`` and is read by rsyslog
in one of the directories ``out-…``, where only a few are at a time, so that no length of a line can
fill the memory. Each of them is a way of its own to the store: while one waits for an answer the
other one sends. A segment's last line is a mark that comes back when all before it was answered
for; then it is removed. After a new start everything that is there is sent again: the identities
tell what is stored.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Optional

from .record import Record

SEGMENT = 4 << 20
SEGMENT_AGE_S = 1.0
# Ways to the store, and how many segments are on each of them at once.
WAYS = ("out-0", "out-1")
IN_FLIGHT = 2
MARK = "end"
_FOLDERS = ("open", "ready", *WAYS)


class Spool:
    """The records of one host.

    Args:
        root: a directory for it alone.
        limit: bytes that it may take; a segment more when the last message comes.
    """

    def __init__(self, root: Path, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._file: Optional[BinaryIO] = None
        self._opened = 0.0
        self._written = 0
        for name in _FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        self._recover()
        found = self._names("ready")
        self._next = 1 + max((int(name.partition(".")[0]) for name in found), default=0)
        self._kept = sum(path.stat().st_size for path in self.root_files())

    def root_files(self) -> list[Path]:
        """Return all segments."""
        return [path for name in _FOLDERS for path in (self._root / name).iterdir()]

    def size(self) -> int:
        """Return how many bytes wait."""
        return self._kept + self._written

    def full(self) -> bool:
        """Tell whether nothing more may come until something is stored."""
        return self.size() >= self._limit

    def idle(self) -> bool:
        """Tell whether rsyslog has nothing to do."""
        return not any(self._names(way) for way in WAYS)

    def append(self, records: Iterable[Record], now: float) -> None:
        """Write records; they are safe when :meth:`sync` has returned."""
        for record in records:
            if self._file is None:
                path = self._root / "open" / f"{self._next:012d}.seg"
                self._file = path.open("wb", buffering=1 << 16)
                self._opened = now
            line = (
                b"\t".join((record.destination.encode(), record.id.encode(), record.body)) + b"\n"
            )
            self._file.write(line)
            self._written += len(line)
            if self._written >= SEGMENT:
                self.close()

    def sync(self) -> None:
        """Have everything on disk that was appended."""
        if self._file is not None:
            self._file.flush()
            os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """End the segment that is written."""
        if self._file is None:
            return
        name = f"{self._next:012d}.seg"
        self._file.write(f"{MARK}\t{name}\t-\n".encode())
        self.sync()
        self._kept += self._file.tell()
        self._file.close()
        self._file = None
        self._written = 0
        self._next += 1
        (self._root / "open" / name).rename(self._root / "ready" / name)

    def publish(self, now: float) -> None:
        """Let rsyslog read on, and end a segment that has waited long enough."""
        if self._file is not None and now - self._opened >= SEGMENT_AGE_S:
            self.close()
        held = {way: len(self._names(way)) for way in WAYS}
        for name in self._names("ready"):
            way = min(WAYS, key=held.__getitem__)
            if held[way] >= IN_FLIGHT:
                break
            held[way] += 1
            (self._root / "ready" / name).rename(self._root / way / name)

    def stored(self, names: Iterable[str]) -> int:
        """Remove segments whose marks came back; return how many there were."""
        removed = 0
        for name in names:
            for path in (self._root / way / name for way in WAYS):
                if path.name == name and path.exists():
                    self._kept -= path.stat().st_size
                    path.unlink()
                    removed += 1
        return removed

    def again(self) -> None:
        """Take back what rsyslog has not answered for; it must not be running."""
        for way in WAYS:
            for name in self._names(way):
                (self._root / way / name).rename(self._root / "ready" / name)

    def _names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self._root / folder).iterdir())

    def _recover(self) -> None:
        """End what a killed process has left: the last line may be half."""
        self.again()
        for path in sorted((self._root / "open").iterdir()):
            content = path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole:
                with path.open("r+b") as file:
                    file.truncate(len(whole))
                    file.seek(len(whole))
                    file.write(f"{MARK}\t{path.name}\t-\n".encode())
                    os.fdatasync(file.fileno())
                path.rename(self._root / "ready" / path.name)
            else:
                path.unlink()
