# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a compose project on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from .._core.errors import InvalidInputError

_MOST_BYTES = 4 * 1024 * 1024


class DirectoryFiles:
    """The files of a project on disk.

    Args:
        root: the project's directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> Optional[bytes]:
        """Return a file's content, None when there is none."""
        place = self._root / path
        try:
            if not place.is_file():
                return None
            if place.stat().st_size > _MOST_BYTES:
                # No text of a stack is that long; it is there, but not a text.
                return b"\0"
            return place.read_bytes()
        except (OSError, ValueError) as error:
            raise InvalidInputError(
                "a file cannot be read", on=path, found=getattr(error, "strerror", None) or "?"
            ) from error

    def names(self, path: str) -> Optional[Sequence[str]]:
        """Return the names in a directory, sorted; None when there is none."""
        place = self._root / path
        try:
            return sorted(one.name for one in place.iterdir()) if place.is_dir() else None
        except (OSError, ValueError) as error:
            raise InvalidInputError(
                "a directory cannot be read", on=path, found=getattr(error, "strerror", None) or "?"
            ) from error
