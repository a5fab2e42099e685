# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose projects of a few lines for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

import yaml

from ansible_collections.landfall.platform.plugins.module_utils._compose.importer import (
    Imported,
    import_stack,
)


class Texts:
    """Files of a project: path to content."""

    def __init__(self, texts: Mapping[str, str | bytes]) -> None:
        self._raw = {p: t if isinstance(t, bytes) else t.encode() for p, t in texts.items()}

    def read(self, path: str) -> Optional[bytes]:
        return self._raw.get(path)

    def names(self, path: str) -> Optional[Sequence[str]]:
        inner = {p[len(path) + 1 :].split("/")[0] for p in self._raw if p.startswith(f"{path}/")}
        return sorted(inner) or None


def take(
    project: str | Mapping[str, Any], files: Mapping[str, str | bytes] | None = None, **more: Any
) -> Imported:
    """Import a project: its text, or its services."""
    if not isinstance(project, str):
        sections = project if "services" in project else {"services": project}
        project = yaml.safe_dump(sections, sort_keys=False)
    paths = more.pop("paths", ["c.yml"])
    return import_stack("shop", paths, Texts({"c.yml": project, **(files or {})}), **more)


def component(imported: Imported, name: str = "a") -> dict[str, Any]:
    found: dict[str, Any] = imported.stack["components"][name]
    return found


def noted(imported: Imported, path: str) -> str:
    """Return the notes at a path as one text."""
    return "\n".join(str(note) for note in imported.notes if note.path == path)


OTHER = {"b": {"image": "b:1", "expose": ["80"]}}


def one(image: str = "a:1", **fields: Any) -> dict[str, Any]:
    """Return a project of one service, and of one that others can use."""
    return {"a": {"image": image, **fields}, **OTHER}
