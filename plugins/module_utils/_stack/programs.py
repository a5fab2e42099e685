# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that the controller needs itself: those of the bundle's store, or its own."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Optional

from .._bundle.store import Record, cache_directory, sha256_of


def find_program(name: str, cache: Optional[Path] = None) -> str:
    """Return the path of a program, its bare name when it is not known where it is.

    Args:
        name: entry and file of the catalogue, such as ``helm``.
        cache: Landfall's folder in the user's cache directory.
    """
    folder = cache or cache_directory()
    records = (folder / "store" / "entries").glob(f"binary-{name}-[0-9]*.json")
    for path in sorted(records, key=lambda one: one.stat().st_mtime, reverse=True):
        found = _stored(folder, path, name)
        if found:
            return str(found)
    return shutil.which(name) or name


def _stored(folder: Path, path: Path, name: str) -> Optional[Path]:
    """Return a copy of a program of the store that can be started; blobs cannot."""
    try:
        blob = Record.from_dict(json.loads(path.read_text(encoding="utf-8"))).files[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    program = folder / "programs" / f"{name}-{blob.sha256[:16]}"
    if program.exists():
        return program
    source = folder / "store" / "blobs" / "sha256" / blob.sha256
    if not source.is_file() or sha256_of(source) != blob.sha256:
        return None
    program.parent.mkdir(parents=True, exist_ok=True)
    # Complete before it has its name: two runs may do this at once.
    descriptor, name_ = tempfile.mkstemp(dir=program.parent)
    os.close(descriptor)
    temporary = Path(name_)
    shutil.copyfile(source, temporary)
    temporary.chmod(0o700)
    temporary.replace(program)
    return program
