# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images of the catalogue the stacks of a site need.

The stacks are only looked through here: what is wrong with them is reported when they are deployed,
or when the inventory is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .._stack.merge import CONTENT_IMAGE, PROXY_IMAGE

_REFERENCE = re.compile(r"\$\{catalogue\.([-a-z0-9]+)\}")


def stack_images(stacks: Iterable[Any], directory: Path) -> tuple[str, ...]:
    """Return the names of the images, sorted.

    Args:
        stacks: an inventory's stacks: name or definition, and settings.
        directory: where ``<name>.yml`` of each stack is.
    """
    found: set[str] = set()
    for entry in stacks:
        if isinstance(entry, Mapping):
            for source in (entry, _definition(entry, directory)):
                found |= {name for text in _texts(source) for name in _REFERENCE.findall(text)}
                found |= _tools(source)
    return tuple(sorted(found))


def _definition(entry: Mapping[str, Any], directory: Path) -> object:
    given = entry.get("definition")
    if isinstance(given, Mapping):
        return given
    path = Path(given) if isinstance(given, str) else directory / f"{entry.get('name')}.yml"
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _tools(source: object) -> set[str]:
    """Return the images that components need without naming them."""
    components = source.get("components") if isinstance(source, Mapping) else None
    found = set()
    for component in components.values() if isinstance(components, Mapping) else ():
        if not isinstance(component, Mapping):
            continue
        if component.get("type") == "external" and component.get("proxy", True) is not False:
            found.add(PROXY_IMAGE)
        if component.get("content"):
            found.add(CONTENT_IMAGE)
    return found
