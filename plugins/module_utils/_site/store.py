# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small file that several programs read and change: each change is atomic and sees the last one.

Runs on the operator host, with the standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

from .._core.errors import RefusedError
from .._core.private import sync_directory, write_private


def version_of(text: str) -> str:
    """Return what identifies this content; empty for no content."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


class SharedFile:
    """A file of mode 0600 in a directory that is made with mode 0700."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def read(self) -> str:
        """Return its content; empty when there is no file."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def exchange(self, decide: Callable[[str], Optional[str]]) -> str:
        """Change the file by a function of its content, while nobody else changes it.

        Args:
            decide: gets the present content and returns the new one, nothing to leave the file
                alone, or an empty text to remove it.

        Returns:
            The content afterwards.
        """
        with self._alone():
            present = self.read()
            wanted = decide(present)
            if wanted is None or wanted == present:
                return present
            if wanted:
                write_private(self.path, wanted)
            else:
                self.path.unlink()
                sync_directory(self.path.parent)
            return wanted

    def write(self, text: str, expected: str) -> str:
        """Store a text if the content still has the version that was read; return the new version.

        Raises:
            RefusedError: somebody else has changed it since.
        """

        def decide(present: str) -> str:
            if version_of(present) != expected:
                raise RefusedError(
                    "the file was changed by somebody else meanwhile",
                    on=str(self.path),
                    expected=f"version {expected[:12] or '(no file)'}",
                    found=f"version {version_of(present)[:12] or '(no file)'}",
                    remedy="run again",
                )
            return text

        return version_of(self.exchange(decide))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
