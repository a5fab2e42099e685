# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system of one machine: what is there, and changes that never leave half a file."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .._core.errors import CommandError
from .._core.process import Runner
from .accounts import Accounts
from .desired import Directory, File, Link, Ownership
from .digests import Digests, fact_of
from .observed import Leaf, PathFact
from .planner import TEXT_LIMIT

TEMP_SUFFIX = ".landfall-tmp"
PART_SUFFIX = ".landfall-part"


class Files:
    """Reads and changes paths below a root directory.

    Temporary files have fixed names beside their target, so that a repeated run finds and
    replaces what a killed one left.
    """

    def __init__(self, root: Path, accounts: Accounts, digests: Digests, run: Runner) -> None:
        self._root = root
        self._accounts = accounts
        self._digests = digests
        self._run = run

    def real(self, path: str) -> Path:
        """Return where a path of the machine is."""
        return self._root / path.lstrip("/")

    def fact(self, path: str, *, read: bool) -> PathFact:
        """Return what is at a path; ``read``: with the digest, if it is a file."""
        real = self.real(path)
        try:
            info = real.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return PathFact()
        fact = PathFact(kind=_kind(info.st_mode))
        if fact.kind == "link":
            fact = replace(fact, target=str(real.readlink()), leads_to_directory=real.is_dir())
            info = real.stat() if fact.leads_to_directory else info
        elif fact.kind == "file" and read:
            fact = fact_of(real, self._digests, TEXT_LIMIT)
        return replace(
            fact,
            mode=f"{stat.S_IMODE(info.st_mode):04o}",
            owner=self._accounts.user_name(info.st_uid),
            uid=info.st_uid,
            group=self._accounts.group_name(info.st_gid),
            gid=info.st_gid,
            size=info.st_size,
        )

    def leaves(self, path: str) -> tuple[Leaf, ...]:
        """Return the files that a path consists of: itself, or all in the directory, sorted."""
        return tuple(self._leaf(found) for found in sorted(self._walk(self.real(path))))

    def write(self, file: File) -> None:
        """Write a file as a whole: beside its target, validated, then renamed over it.

        Raises:
            CommandError: the validation program refused the content; the old file is untouched.
        """
        real = self.real(file.path)
        temp = real.with_name(f".{real.name}{TEMP_SUFFIX}")
        with contextlib.suppress(FileNotFoundError):
            temp.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(temp, flags, 0o600)
        try:
            _write_all(descriptor, file.content)
            self.finish(descriptor, file.ownership)
        finally:
            os.close(descriptor)
        self.validate(file, temp)
        try:
            temp.replace(real)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            temp.unlink()
            self._write_in_place(real, file)

    def validate(self, file: File, temp: Path) -> None:
        """Let the file's validation program look at a temporary file; a refused one is removed."""
        if not file.validate:
            return
        try:
            self._run([word.replace("{file}", str(temp)) for word in file.validate])
        except CommandError as error:
            temp.unlink()
            # The program's output may quote the content.
            found = "(output not shown: the file is secret)" if file.secret else error.found
            raise CommandError(
                "the new content is not valid, the old file was kept",
                on=f"file {file.path}",
                expected=f"success of {' '.join(file.validate)}",
                found=found or str(error),
            ) from error

    def rehearse(self, file: File) -> None:
        """Validate a file in a private directory, if its validation program is installed."""
        if not file.validate or not shutil.which(file.validate[0]):
            return
        with tempfile.TemporaryDirectory(prefix="landfall-") as folder:
            temp = Path(folder, Path(file.path).name)
            temp.touch(mode=0o600)
            temp.write_bytes(file.content)
            self.validate(file, temp)

    def finish(self, descriptor: int, ownership: Ownership) -> None:
        """Give an open file its owner and mode and bring it to the disk."""
        user = self._accounts.user_id(ownership.owner)
        os.fchown(descriptor, user, self._accounts.group_id(ownership.group))
        os.fchmod(descriptor, int(ownership.mode, 8))
        os.fsync(descriptor)

    def _write_in_place(self, real: Path, file: File) -> None:
        """Write into the file itself: a mount point cannot be renamed over."""
        descriptor = os.open(real, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            _write_all(descriptor, file.content)
            self.finish(descriptor, file.ownership)
        finally:
            os.close(descriptor)

    def make_directory(self, directory: Directory) -> None:
        """Create a directory if it is missing; an implied one that exists is left alone.

        It appears with its mode and owner at once: an implied one that a killed run left without
        them would be taken for somebody's own.
        """
        real = self.real(directory.path)
        if not real.is_dir():
            temp = real.with_name(f".{real.name}{TEMP_SUFFIX}")
            temp.mkdir(mode=0o700, exist_ok=True)
            self._own(temp, directory.ownership)
            temp.replace(real)
        elif not directory.implied:
            self._own(real, directory.ownership)

    def set_ownership(self, path: str, ownership: Ownership) -> None:
        """Set owner and mode of a path."""
        self._own(self.real(path), ownership)

    def _own(self, real: Path, ownership: Ownership) -> None:
        user = self._accounts.user_id(ownership.owner)
        os.chown(real, user, self._accounts.group_id(ownership.group))
        real.chmod(int(ownership.mode, 8))

    def remove(self, path: str) -> None:
        """Remove a file or a link."""
        with contextlib.suppress(FileNotFoundError):
            self.real(path).unlink()

    def make_link(self, link: Link) -> None:
        """Create a link beside its place and rename it."""
        real = self.real(link.path)
        temp = real.with_name(f".{real.name}{TEMP_SUFFIX}")
        with contextlib.suppress(FileNotFoundError):
            temp.unlink()
        temp.symlink_to(link.target)
        temp.replace(real)

    def _walk(self, real: Path) -> Iterator[Path]:
        if not real.is_dir():
            if os.path.lexists(real):
                yield real
            return
        for folder, _folders, names in os.walk(real):
            for name in names:
                if not name.endswith((TEMP_SUFFIX, PART_SUFFIX)):
                    yield Path(folder, name)

    def _leaf(self, found: Path) -> Leaf:
        resolved = found.resolve()
        path, real = (f"/{self._inside(p)}" for p in (found, resolved))
        if not resolved.is_file():
            return Leaf(path, real, "not a file")
        return Leaf(path, real, self._digests.of(resolved), resolved.stat().st_ctime)

    def _inside(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._root))
        except ValueError:
            return str(path).lstrip("/")


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"))
    return next((kind for test, kind in kinds if test(mode)), "other")


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
