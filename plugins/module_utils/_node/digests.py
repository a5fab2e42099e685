# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of files; those of large files are remembered, as hashing them in each run is slow."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Optional

from .observed import PathFact

CHUNK = 1 << 20
REMEMBERED_FROM = 1 << 20
"""Files of at least this many bytes are remembered; smaller ones are read each time."""

_Key = list[int]


class Digests:
    """SHA-256 digests, remembered by path, size, times of change and inode.

    Args:
        store: the JSON file that holds the digests between runs.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._known: Optional[dict[str, tuple[_Key, str]]] = None
        self._dirty = False

    def of(self, path: Path) -> str:
        """Return the digest of a file, from memory when it was not changed since."""
        stat = path.stat()
        if stat.st_size < REMEMBERED_FROM:
            return hashlib.sha256(path.read_bytes()).hexdigest()
        known = self._load().get(str(path))
        if known and list(known[0]) == _key(stat):
            return known[1]
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
        return self.remember(path, digest.hexdigest(), stat)

    def remember(self, path: Path, sha256: str, stat: Optional[os.stat_result] = None) -> str:
        """Remember a digest that was verified, and return it."""
        stat = stat or path.stat()
        if stat.st_size >= REMEMBERED_FROM:
            self._load()[str(path)] = (_key(stat), sha256)
            self._dirty = True
        return sha256

    def save(self) -> None:
        """Store what was learned; digests of files that are gone are forgotten."""
        if not self._dirty:
            return
        known = {path: entry for path, entry in self._load().items() if Path(path).exists()}
        self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temp = self._store.with_name(f".{self._store.name}.landfall-tmp")
        temp.write_text(json.dumps(known))
        temp.replace(self._store)
        self._dirty = False

    def _load(self) -> dict[str, tuple[_Key, str]]:
        if self._known is None:
            self._known = {}
            # A damaged memory costs time only: everything is hashed again.
            with contextlib.suppress(FileNotFoundError, ValueError):
                loaded = json.loads(self._store.read_text())
                self._known = loaded if isinstance(loaded, dict) else {}
        return self._known


def fact_of(path: Path, digests: Digests, text_limit: int) -> PathFact:
    """Return size, digest and, of short text, the content of a file."""
    size = path.stat().st_size
    if size > text_limit:
        return PathFact(kind="file", size=size, sha256=digests.of(path))
    content = path.read_bytes()
    text: Optional[str] = None
    if b"\0" not in content:
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode()
    return PathFact("file", size=size, sha256=hashlib.sha256(content).hexdigest(), text=text)


def _key(stat: os.stat_result) -> _Key:
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
