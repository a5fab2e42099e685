# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the bundle made, for tests that need a real program."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import (
    Bundle,
    Request,
)

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
STORE = CACHE / "landfall/store"


def store_file(entry: str, file: str) -> Path | None:
    """Return a file of an entry of the bundle's store, None when the store does not have it."""
    for path in sorted(STORE.glob(f"entries/binary-{entry}-[0-9]*.json"), reverse=True):
        content = json.loads(path.read_text(encoding="utf-8"))
        digest: str = content["files"].get(file, {}).get("sha256", "")
        blob = STORE / "blobs" / "sha256" / digest
        if content["name"] == entry and digest and blob.is_file():
            return blob
    return None


def program(entry: str, file: str, folder: Path) -> Path:
    """Return a program in a folder; the bundle makes it when its store does not have it.

    Args:
        entry: the binary's name in the catalogue.
        file: which of its files.
        folder: where the program shall be.
    """
    bundle = Bundle(ROOT, Request(names=(f"binary/{entry}",)))
    with bundle.store.locked():
        bundle.apply(bundle.plan(), lambda *_: None)
    (made,) = bundle.entries
    record = bundle.record(made)
    assert record
    target = folder / file
    shutil.copyfile(bundle.store.blob(record.files[file].sha256), target)
    target.chmod(0o700)
    return target
