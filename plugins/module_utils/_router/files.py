# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows files that grow and are rotated, some of each in turn, and remembers how far it came."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Optional

from .cri import LIMIT, Joined, Parser

# Of one file in one turn: a file that grows fast takes no more of the time than another.
TURN = 256 << 10
# A file is written to for a while after it was renamed.
LINGER_S = 15.0
# So many renamed files of one name are waited for; a removed one still takes its room on disk.
MOST_OLD = 3

State = dict[str, list[list[int]]]


@dataclass
class Tail:
    """A file that is followed: what is read of it, and what a message still lacks."""

    path: str
    file: BinaryIO
    inode: int
    parser: Parser
    offset: int = 0
    rest: bytes = b""
    # Bytes of a line that are too many; they are passed over.
    passed: int = 0
    # When it was seen that its name is another file's.
    old_since: Optional[float] = None

    def read(self, now: float, limit: int = TURN) -> list[Joined]:
        """Return the messages of the next bytes."""
        self.file.seek(self.offset)
        data = self.file.read(limit)
        self.offset += len(data)
        ready: list[Joined] = []
        start = self.offset - len(data) - len(self.rest) - self.passed
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            end = start + len(line) + 1 + self.passed
            self.passed = 0
            ready += self.parser.feed(line, start, end, now)
            start = end
        if len(self.rest) > 2 * LIMIT:
            self.passed += len(self.rest) - 2 * LIMIT
            self.rest = self.rest[: 2 * LIMIT]
        return ready + self.parser.flush(now)

    def safe(self) -> int:
        """Return up to where everything has been returned."""
        pending = self.parser.pending()
        return self.offset - len(self.rest) - self.passed if pending is None else pending

    def outdated(self, now: float) -> None:
        """Note that its name is another file's, or nobody's."""
        if self.old_since is None:
            self.old_since = now

    def age(self, now: float) -> float:
        """Return for how many seconds its name has not been its own."""
        return 0.0 if self.old_since is None else now - self.old_since

    def behind(self) -> int:
        """Return how many bytes are not read."""
        return max(os.fstat(self.file.fileno()).st_size - self.offset, 0)


@dataclass(frozen=True)
class Kind:
    """A kind of files: which they are, how they are read, and which renamed ones belong to one."""

    find: Callable[[], Iterator[Path]]
    parser: Callable[[], Parser]
    renamed: Callable[[Path], Iterator[Path]]


@dataclass
class Files:
    """The files of one kind.

    Attributes:
        kind: of the files.
        state: how far each was read when it was last known, the oldest first.
        lost: takes path and bytes of what could not be read in time.
    """

    kind: Kind
    state: Mapping[str, list[list[int]]]
    lost: Callable[[str, int], None]
    tails: dict[str, list[Tail]] = field(default_factory=dict)

    def look(self, now: float) -> None:
        """See which files are new, renamed or gone."""
        found = {str(path): path for path in self.kind.find()}
        for name, path in found.items():
            self._current(name, path, now)
        for name, tails in list(self.tails.items()):
            if name not in found:
                for tail in tails:
                    tail.outdated(now)
            self._retire(name, tails, now)

    def each(self) -> Iterator[Tail]:
        """Yield the files, of one name the oldest first."""
        for tails in list(self.tails.values()):
            yield from tails

    def positions(self) -> State:
        """Return how far each file was read, the oldest first."""
        return {
            name: [[tail.inode, tail.safe()] for tail in tails]
            for name, tails in self.tails.items()
        }

    def _current(self, name: str, path: Path, now: float) -> None:
        tails = self.tails.get(name)
        try:
            status = path.stat()
            if tails and tails[-1].inode == status.st_ino:
                if status.st_size < tails[-1].offset:  # somebody emptied it
                    self._open(name, path, 0, replace=True)
                return
            if tails is None:
                self._resume(name, path, now)
            else:
                tails[-1].outdated(now)
                self._open(name, path, 0)
        except OSError:
            return  # gone in this moment

    def _resume(self, name: str, path: Path, now: float) -> None:
        """Go on where an earlier process ended, also in files that were renamed since."""
        known = {pair[0]: pair[1] for pair in self.state.get(name, [])}
        current = path.stat()
        if (known and current.st_ino not in known) or len(known) > 1:
            older = sorted(self.kind.renamed(path), key=lambda one: one.stat().st_mtime)
            inodes = [one.stat().st_ino for one in older]
            first = min((inodes.index(i) for i in known if i in inodes), default=0)
            for one in older[first:]:
                self._open(name, one, known.get(one.stat().st_ino, 0))
        offset = known.get(current.st_ino, 0)
        self._open(name, path, offset if offset <= current.st_size else 0)
        for tail in self.tails[name][:-1]:
            tail.outdated(now)

    def _open(self, name: str, path: Path, offset: int, replace: bool = False) -> None:
        file = path.open("rb", buffering=0)
        tail = Tail(name, file, os.fstat(file.fileno()).st_ino, self.kind.parser(), offset)
        tails = self.tails.setdefault(name, [])
        if replace:
            tails.pop().file.close()
        tails.append(tail)

    def _retire(self, name: str, tails: list[Tail], now: float) -> None:
        """Close renamed files that are read, and those that are too many."""
        old = [tail for tail in tails if tail.old_since is not None]
        surplus = old[:-MOST_OLD]
        for tail in old:
            behind = tail.behind()
            if behind == 0 and tail.parser.pending() is None and tail.age(now) >= LINGER_S:
                tails.remove(tail)
                tail.file.close()
            elif tail in surplus:
                self.lost(name, behind)
                tails.remove(tail)
                tail.file.close()
        if not tails:
            del self.tails[name]


def containers(root: Path, parser: Callable[[], Parser]) -> Kind:
    """Return the logs of containers below a directory of the kubelet (``/var/log/pods``)."""
    return Kind(
        lambda: root.glob("*/*/*.log"),
        parser,
        # Earlier ones are compressed.
        lambda path: (p for p in path.parent.glob(f"{path.name}.*") if p.suffix not in _PACKED),
    )


def single(path: Path, parser: Callable[[], Parser]) -> Kind:
    """Return one file whose renamed ones are beside it, as ``name-time.log``."""
    return Kind(
        lambda: iter([path] if path.exists() else []),
        parser,
        lambda one: one.parent.glob(f"{one.stem}-*{one.suffix}"),
    )


_PACKED = (".gz", ".tmp")


def place(path: str) -> dict[str, Any]:
    """Return pod, container and so on from the path of a container's log."""
    folder, container, name = path.rsplit("/", 3)[1:]
    namespace, pod, uid = ([*folder.split("_"), "", ""])[:3]
    return {
        "namespace": namespace,
        "pod": pod,
        "uid": uid,
        "container": container,
        "start": name.partition(".")[0],
    }
