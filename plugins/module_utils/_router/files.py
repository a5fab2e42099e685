# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows files that grow and are rotated, some of each in turn, and remembers how far it came."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Protocol

from .cri import LIMIT, Joined, Parser

# Of one file in one turn: a file that grows fast takes no more of the time than another.
TURN = 256 << 10
# A file is written to for a while after it was renamed.
LINGER_S = 15.0
# So many removed files of one name are waited for; they still take their room on disk.
MOST_OLD = 3
_PACKED = ".gz"

# Number, place and beginning of each file of a name: a number alone may be another file's later.
State = dict[str, list[list[Any]]]
# So much of its beginning tells a file from others: the first line has its time.
HEAD = 160


class Source(Protocol):
    """What a file is read of; ``seek`` counts in bytes of what was written."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        ...

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        ...

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class Packed(gzip.GzipFile):
    """A renamed file that the kubelet has compressed, read as what it was."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; in a damaged file to the end of what can be had."""
        try:
            return super().seek(offset, whence)
        except (OSError, EOFError, zlib.error):
            return offset

    def read(self, size: Optional[int] = -1) -> bytes:
        """Return some of the next bytes; of a damaged file those that can be had."""
        try:
            return super().read1(-1 if size is None else size)
        except (OSError, EOFError, zlib.error):
            return b""


@dataclass
class Tail:
    """A file that is followed: what is read of it, and what a message still lacks."""

    path: str
    file: Source
    inode: int
    parser: Parser
    offset: int = 0
    rest: bytes = b""
    # Bytes of a line that are too many; they are passed over.
    passed: int = 0
    # When it was seen that its name is another file's.
    old_since: Optional[float] = None
    ended: bool = False
    _head: str = ""

    def read(self, now: float, limit: int = TURN) -> list[Joined]:
        """Return the messages of the next bytes."""
        self.file.seek(self.offset)
        data = self.file.read(limit)
        self.ended = not data
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

    def head(self) -> str:
        """Return how the file begins."""
        if len(self._head) < HEAD:
            self._head = _beginning(self.file)
        return self._head

    def outdated(self, now: float) -> None:
        """Note that its name is another file's, or nobody's."""
        if self.old_since is None:
            self.old_since = now

    def age(self, now: float) -> float:
        """Return for how many seconds its name has not been its own."""
        return 0.0 if self.old_since is None else now - self.old_since

    def behind(self) -> int:
        """Return how many bytes are not read; of a compressed file at least so many."""
        size = os.fstat(self.file.fileno()).st_size
        if isinstance(self.file, Packed):
            return 0 if self.ended else size
        return max(size - self.offset, 0)

    def removed(self) -> bool:
        """Tell whether nobody else keeps the file."""
        return os.fstat(self.file.fileno()).st_nlink == 0


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
    state: State
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
            name: [[tail.inode, tail.safe(), tail.head()] for tail in tails]
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
        known = [one for one in self.state.get(name, []) if len(one) == 3]
        read = _read_of(path, known)
        if (known and read is None) or len(known) > 1:
            older = sorted(self.kind.renamed(path), key=lambda one: one.name)
            places = [_read_of(one, known) for one in older]
            first = next((n for n, place in enumerate(places) if place is not None), 0)
            for one, offset in zip(older[first:], places[first:]):
                self._open(name, one, offset or 0)
        self._open(name, path, read or 0)
        for tail in self.tails[name][:-1]:
            tail.outdated(now)

    def _open(self, name: str, path: Path, offset: int, replace: bool = False) -> None:
        file = _opened(path)
        inode = os.fstat(file.fileno()).st_ino
        tail = Tail(name, file, inode, self.kind.parser(), offset, _head=_beginning(file))
        tails = self.tails.setdefault(name, [])
        if replace:
            tails.pop().file.close()
        tails.append(tail)

    def _retire(self, name: str, tails: list[Tail], now: float) -> None:
        """Close renamed files that are read, and removed ones that are too many."""
        old = [tail for tail in tails if tail.old_since is not None]
        surplus = [tail for tail in old if tail.removed()][:-MOST_OLD]
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


def _opened(path: Path) -> Source:
    return Packed(path) if path.suffix == _PACKED else path.open("rb", buffering=0)


def _beginning(file: Source) -> str:
    file.seek(0)
    return file.read(HEAD).decode("latin-1")


def _read_of(path: Path, known: Sequence[Sequence[Any]]) -> Optional[int]:
    """Return up to where a file was read; None when it is none of those that are known.

    One that was compressed since has another number, and begins as it did.
    """
    with closing(_opened(path)) as file:
        status, head = os.fstat(file.fileno()), _beginning(file)
    for inode, offset, had in known:
        same = inode == status.st_ino or len(had) == HEAD
        if same and head.startswith(had) and (offset <= status.st_size or path.suffix == _PACKED):
            return int(offset)
    return None


def containers(root: Path, parser: Callable[[], Parser]) -> Kind:
    """Return the logs of containers below a directory of the kubelet (``/var/log/pods``)."""
    return Kind(
        lambda: root.glob("*/*/*.log"),
        parser,
        # One that is being compressed is there as it was, too.
        lambda path: (p for p in path.parent.glob(f"{path.name}.*") if p.suffix != ".tmp"),
    )


def single(path: Path, parser: Callable[[], Parser]) -> Kind:
    """Return one file whose renamed ones are beside it, as ``name-time.log``."""
    return Kind(
        lambda: iter([path] if path.exists() else []),
        parser,
        lambda one: one.parent.glob(f"{one.stem}-*{one.suffix}"),
    )


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
