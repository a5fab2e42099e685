# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heat's preview of an update, without what only looks like a change.

For a preview Heat compares the ids that resources have with references that it does not resolve,
and says of a server in a server group, or of a rule of a security group, that it would be replaced.
So it is asked with the ids in place of the references to all that stays; and again, without those
of resources that it says it would replace, until it names no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .compare import differences
from .stack import Content, Resource

Preview = Mapping[str, Sequence[Resource]]


def settled(
    ask: Callable[[Content], Preview],
    actual: Content,
    wanted: Content,
    resources: Sequence[Resource],
) -> dict[str, list[Resource]]:
    """Return what an update would do, by Heat's words for it.

    Args:
        ask: asks Heat for the preview of a content.
        resources: those that the stack has.
    """
    staying = {
        one.name: one.physical
        for one in resources
        if one.physical and one.name in wanted.template["resources"]
    }
    while True:
        preview = {key: list(found) for key, found in ask(resolved(wanted, staying)).items()}
        moved = {one.name for one in preview.get("replaced", [])} & staying.keys()
        if not moved:
            break
        staying = {name: id_ for name, id_ in staying.items() if name not in moved}
    same = set(_unchanged(actual, wanted, staying))
    if not {"parameters", "environment"} & set(differences(wanted, actual)):
        preview["updated"] = [one for one in preview.get("updated", []) if one.name not in same]
    return preview


def resolved(content: Content, ids: Mapping[str, str]) -> Content:
    """Return the content with the ids of resources in place of references to them."""
    template = dict(content.template)
    template["resources"] = {
        name: {**resource, "properties": _resolved(resource.get("properties") or {}, ids)}
        for name, resource in template["resources"].items()
    }
    return Content(template, content.environment, content.files)


def references(value: Any) -> Iterator[str]:
    """Yield the names of resources that a part of a template refers to."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "get_resource" and isinstance(inner, str):
                yield inner
            elif key == "get_attr" and isinstance(inner, list):
                yield str(inner[0])
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def _unchanged(actual: Content, wanted: Content, staying: Mapping[str, str]) -> Iterator[str]:
    """Yield resources that are defined as they were and refer only to what stays."""
    before = actual.template["resources"]
    for name, resource in wanted.template["resources"].items():
        if before.get(name) == resource and set(references(resource)) <= staying.keys():
            yield name


def _resolved(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"get_resource"} and value["get_resource"] in ids:
            return ids[value["get_resource"]]
        return {key: _resolved(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, ids) for inner in value]
    return value
