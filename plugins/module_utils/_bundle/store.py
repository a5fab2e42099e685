# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: a content-addressed folder of everything that was fetched or built.

Its ``blobs`` are laid out as in an OCI image layout, so that image tools read it in place. Beside
them an entry's record says which blobs belong to it. Everything is written under another name and
renamed when it is complete; a record is written last, so what has a record is whole. Reading
verifies: a blob that is missing, truncated or altered makes its entry absent.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from .._core.errors import LandfallError, RefusedError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Blob:
    """A content by its digest: ``sha256`` in hexadecimal digits, ``size`` in bytes."""

    sha256: str
    size: int

    @property
    def digest(self) -> str:
        """Return the digest as registries write it."""
        return f"sha256:{self.sha256}"


@dataclass(frozen=True)
class Record:
    """One entry in the store.

    Attributes:
        kind: ``binary`` or ``image``.
        name: the entry's name.
        version: its version.
        recipe: its recipe hash.
        origin: ``upstream`` or ``build``.
        files: a binary entry's file name → blob.
        manifest: an image's manifest.
        media_type: that manifest's type.
        blobs: all blobs of an image, manifest and configuration included.
    """

    kind: str
    name: str
    version: str
    recipe: str
    origin: str
    files: Mapping[str, Blob] = field(default_factory=dict)
    manifest: Blob | None = None
    media_type: str = ""
    blobs: tuple[Blob, ...] = ()

    @property
    def content(self) -> tuple[Blob, ...]:
        """Return every blob that the entry needs."""
        return (*self.files.values(), *self.blobs)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Record:
        """Read a record as it was written."""
        return cls(
            **{key: raw[key] for key in ("kind", "name", "version", "recipe", "origin")},
            files={name: Blob(**blob) for name, blob in raw["files"].items()},
            manifest=Blob(**raw["manifest"]) if raw["manifest"] else None,
            media_type=raw["media_type"],
            blobs=tuple(Blob(**blob) for blob in raw["blobs"]),
        )


def default_path() -> Path:
    """Return the store's usual place, in the user's cache directory."""
    return cache_directory() / "store"


def cache_directory() -> Path:
    """Return Landfall's folder in the user's cache directory."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "landfall"


class Store:
    """The store in a folder, which is made when it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blobs = path / "blobs" / "sha256"
        self._records = path / "entries"
        self._verified: dict[str, tuple[int, int]] = {}
        for folder in (self.blobs, self._records, path / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        layout = path / "oci-layout"
        if not layout.exists():
            layout.write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")

    @contextlib.contextmanager
    def locked(self, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the store for writing; a second run waits, after calling ``on_wait`` once."""
        with (self.path / "lock").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def blob(self, sha256: str) -> Path:
        """Return where a blob is or would be."""
        return self.blobs / sha256

    def partial(self, sha256_or_name: str) -> Path:
        """Return where an unfinished download is kept, to be resumed."""
        return self.path / "partial" / sha256_or_name

    def add(self, source: Path) -> Blob:
        """Copy a file into the store."""
        with source.open("rb") as stream:
            return self.add_stream(stream)

    def add_bytes(self, content: bytes) -> Blob:
        """Put a small content into the store."""
        blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
        self._place(blob, [content])
        return blob

    def add_stream(self, stream: IO[bytes]) -> Blob:
        """Put everything that a stream gives into the store."""
        sha256, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self.path / "partial", delete=False) as target:
            temporary = Path(target.name)
            try:
                while chunk := stream.read(_CHUNK):
                    sha256.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
            except BaseException:
                temporary.unlink()
                raise
        blob = Blob(sha256.hexdigest(), size)
        self._settle(temporary, blob)
        return blob

    def adopt(self, source: Path, blob: Blob) -> None:
        """Move a file in, whose digest the caller has verified, from the same file system."""
        self._settle(source, blob)

    def put(self, record: Record) -> None:
        """Write an entry's record; its blobs must be there.

        Raises:
            RefusedError: a blob is missing.
        """
        for blob in record.content:
            if not self.blob(blob.sha256).exists():
                raise RefusedError(
                    "a record without its content", on=record.name, expected=blob.digest
                )
        path = self._record_path(record.kind, record.name, record.version, record.recipe)
        with tempfile.NamedTemporaryFile("w", dir=self._records, delete=False) as stream:
            json.dump(asdict(record), stream, indent=1)
            os.fchmod(stream.fileno(), 0o644)
        Path(stream.name).replace(path)

    def get(self, kind: str, name: str, version: str, recipe: str) -> Record | None:
        """Return an entry's record, None when it is absent or its content is damaged.

        Damaged blobs are removed, so that they are fetched or built again.
        """
        path = self._record_path(kind, name, version, recipe)
        try:
            record = Record.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if all([self.verify(blob) for blob in record.content]) else None  # noqa: C419

    def verify(self, blob: Blob) -> bool:
        """Tell whether a blob is there and whole; a damaged one is removed.

        A blob whose size and time have not changed since it was last read in full is trusted.
        """
        path = self.blob(blob.sha256)
        try:
            stat = path.stat()
        except OSError:
            return False
        seal = (stat.st_size, stat.st_mtime_ns)
        if self._seals().get(blob.sha256) == seal:
            return True
        if stat.st_size == blob.size and sha256_of(path) == blob.sha256:
            self._seals()[blob.sha256] = seal
            return True
        path.unlink()
        return False

    def remove_unused(self, keep: Iterable[Record]) -> int:
        """Remove records other than these and blobs that no record names; return bytes freed."""
        paths = {self._record_path(r.kind, r.name, r.version, r.recipe) for r in keep}
        used = {blob.sha256 for record in keep for blob in record.content}
        for path in self._records.glob("*.json"):
            if path not in paths:
                path.unlink()
        freed = 0
        for path in self.blobs.iterdir():
            if path.name not in used:
                freed += path.stat().st_size
                path.unlink()
        return freed

    def save_seals(self) -> None:
        """Remember which blobs were verified, for the next run."""
        if self._verified:
            temporary = self.path / f".verified.{os.getpid()}"
            temporary.write_text(json.dumps(self._verified), encoding="utf-8")
            temporary.replace(self.path / "verified.json")

    def _seals(self) -> dict[str, tuple[int, int]]:
        if not self._verified:
            with contextlib.suppress(OSError, ValueError):
                raw = json.loads((self.path / "verified.json").read_text(encoding="utf-8"))
                self._verified = {key: (size, time) for key, (size, time) in raw.items()}
        return self._verified

    def _place(self, blob: Blob, chunks: Iterable[bytes]) -> None:
        with tempfile.NamedTemporaryFile(dir=self.path / "partial", delete=False) as stream:
            for chunk in chunks:
                stream.write(chunk)
        self._settle(Path(stream.name), blob)

    def _settle(self, temporary: Path, blob: Blob) -> None:
        """Give a complete file its final name; flush it first, so that a crash leaves it whole."""
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        target = self.blob(blob.sha256)
        temporary.replace(target)
        stat = target.stat()
        self._seals()[blob.sha256] = (stat.st_size, stat.st_mtime_ns)

    def _record_path(self, kind: str, name: str, version: str, recipe: str) -> Path:
        return self._records / f"{kind}-{name}-{version}-{recipe[:12]}.json"


def sha256_of(path: Path) -> str:
    """Return a file's sha256 in hexadecimal digits.

    Raises:
        LandfallError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise LandfallError("a file cannot be read", on=str(path), found=str(error)) from error
    return digest.hexdigest()
