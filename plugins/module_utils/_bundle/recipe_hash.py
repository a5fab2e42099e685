# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe hash: one number for everything that determines what a build gives.

It covers the entry's version, recipe, upstream location and revision, the content of a
Containerfile's folder, and the recipe hashes of the entry's inputs. It does not cover what an entry
is used by, nor the machine: where a mirror or proxy is does not change what comes out of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .._core.errors import InvalidInputError
from .catalogue import Catalogue, Entry
from .recipe import ContainerfileRecipe, Recipe

SHORT = 12
# What builds and tests by hand leave in a Containerfile's folder; it is no part of the context.
LEFTOVERS = (".angular", "__pycache__", "dist", "node_modules", "target")


def combine(entry: Entry, arch: str, context: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """Return the recipe hash of an entry as 64 hexadecimal digits.

    Args:
        entry: the entry.
        arch: the architecture that it is built for.
        context: path → digest of the files in its Containerfile's folder.
        inputs: key → recipe hash of its inputs.
    """
    parts = {
        "key": entry.key,
        "recipe": [type(entry.build).__name__, _content(entry.build)],
        "upstream": asdict(entry.upstream) if entry.upstream else None,
        "reference": entry.reference,
        "revision": entry.revision,
        "arch": arch,
        "context": dict(context),
        "inputs": dict(inputs),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe's fields that determine what comes out."""
    fields = asdict(recipe)
    fields.pop("package_managers", None)
    # Recipes without tags are older than tags.
    if not fields.get("tags"):
        fields.pop("tags", None)
    return fields


def context_digests(folder: Path) -> dict[str, str]:
    """Return path → digest of content and executable bit of all files of a build's context.

    Raises:
        InvalidInputError: the folder has no Containerfile.
    """
    if not (folder / "Containerfile").is_file():
        raise InvalidInputError("a recipe's folder has no Containerfile", on=str(folder))
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            bytes([path.stat().st_mode & 0o111 != 0]) + path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not set(path.relative_to(folder).parts) & set(LEFTOVERS)
    }


class RecipeHashes:
    """Computes recipe hashes of a catalogue's entries, each one once."""

    def __init__(self, catalogue: Catalogue, arch: str) -> None:
        self.catalogue = catalogue
        self.arch = arch
        self._known: dict[str, str] = {}

    def of(self, entry: Entry) -> str:
        """Return an entry's recipe hash; see :func:`combine`."""
        if entry.key not in self._known:
            inputs = {needed.key: self.of(needed) for needed in self.catalogue.inputs(entry)}
            context: Mapping[str, str] = {}
            if isinstance(entry.build, ContainerfileRecipe):
                context = context_digests(self.catalogue.root / entry.build.context)
            self._known[entry.key] = combine(entry, self.arch, context, inputs)
        return self._known[entry.key]

    def short(self, entry: Entry) -> str:
        """Return the first digits, as tags in the depot have them."""
        return self.of(entry)[:SHORT]
