# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mounts of a service, from their short and long forms, and the paths in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from .._stack.schema import Problems
from .document import Replace, scalar

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_WINDOWS_MOUNT = re.compile(r"[A-Za-z]:[\\/][^:]*:/")
_KINDS = ("volume", "bind", "tmpfs", "npipe", "cluster", "image")
_EXPECTED = "[source:]path[:mode], the path absolute"


def mount(value: Any, at: Problems) -> dict[str, Any]:
    """Return a mount in its long form: type, source, target, read_only, tmpfs, and its place."""
    found = _long(value, at) if isinstance(value, Mapping) else _short(value, at)
    return {**found, "place": at.path} if found else {}


def _short(value: Any, at: Problems) -> dict[str, Any]:
    if isinstance(value, (list, Replace)):
        at.add("a mount cannot be read", expected=_EXPECTED, found=value)
        return {}
    text = scalar(value)
    drive = text[:2] if _WINDOWS_MOUNT.match(text) else ""
    parts = text[len(drive) :].split(":")
    if len(parts) == 1 and not drive:
        source, target, mode = "", parts[0], ""
    else:
        source, target, mode = (*parts, "", "")[:3]
    if not target.startswith("/") or len(parts) > 3:
        at.add("a mount cannot be read", expected=_EXPECTED, found=value)
        return {}
    source = drive + source
    return {
        "type": "bind" if drive or is_path(source) else "volume",
        "source": source,
        "target": posixpath.normpath(target).replace("//", "/"),
        "read_only": "ro" in mode.split(","),
    }


def _long(value: Mapping[str, Any], at: Problems) -> dict[str, Any]:
    kind, target = scalar(value.get("type") or "volume"), scalar(value.get("target"))
    if kind not in _KINDS or not target.startswith("/"):
        at.add("a mount cannot be read", expected=_EXPECTED, found=dict(value))
        return {}
    tmpfs = value.get("tmpfs")
    return {
        "type": kind,
        "source": scalar(value.get("source")),
        "target": posixpath.normpath(target).replace("//", "/"),
        "read_only": value.get("read_only") is True,
        "size": scalar(tmpfs.get("size")) if isinstance(tmpfs, Mapping) else "",
    }


def is_path(source: str) -> bool:
    """Tell whether the source of a short mount is a path (else it is a volume's name)."""
    return source.startswith((".", "/", "~"))


def rebased(path: str, directory: str) -> str:
    """Return a path of a file in ``directory`` as seen from the project's directory.

    What is no relative path (absolute ones, those in a home, URLs) stays as it is.
    """
    if path.startswith(("/", "~")) or "://" in path or _WINDOWS.match(path) or not path:
        return path
    return posixpath.normpath(posixpath.join(directory, path))
