# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a stack is what it shall be; Heat's and the inventory's form of the same made equal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from .._core.errors import InvalidInputError
from .stack import Content

_SECTIONS = ("parameters", "parameter_defaults", "resource_registry", "event_sinks")


def content_from(
    template: Any,
    parameters: Mapping[str, Any],
    environment: Mapping[str, Any],
    files: Mapping[str, Any],
) -> Content:
    """Return the content for what a task gives.

    Args:
        template: plain data, or text as YAML or JSON.
        parameters: laid over those of the environment.

    Raises:
        InvalidInputError: the template is no template.
    """
    data = template
    if isinstance(template, str):
        try:
            data = yaml.safe_load(template)
        except yaml.YAMLError as error:
            raise _refused(str(error)) from None
    if not isinstance(data, Mapping) or not isinstance(data.get("resources"), Mapping):
        raise _refused("no resources")
    merged = {**(environment.get("parameters") or {}), **parameters}
    return Content(
        plain(data),
        plain({**environment, "parameters": merged}),
        {str(name): str(text) for name, text in files.items()},
    )


def plain(value: Any) -> Any:
    """Return data as it is after a way through JSON; a date (the template's version) as text."""
    return json.loads(json.dumps(value, default=str, sort_keys=True))


def differences(wanted: Content, actual: Content) -> list[str]:
    """Return the parts that differ: template, parameters, environment, files."""
    found = []
    if plain(wanted.template) != plain(actual.template):
        found.append("template")
    one, other = _sections(wanted.environment), _sections(actual.environment)
    if _texts(one["parameters"]) != _texts(other["parameters"]):
        found.append("parameters")
    if any(one[name] != other[name] for name in _SECTIONS[1:]):
        found.append("environment")
    if dict(wanted.files) != dict(actual.files):
        found.append("files")
    return found


def has_files(content: Content) -> bool:
    """Tell whether a stack of this content can have files, so that Heat must be asked for them."""
    registry = _sections(content.environment)["resource_registry"]
    return bool(content.files) or bool(registry) or any(_files(content.template))


def shown(content: Content) -> str:
    """Return the content as text for a diff; values of hidden parameters are left out."""
    definitions = content.template.get("parameters") or {}
    hidden = {name for name, each in definitions.items() if str(each.get("hidden")) == "True"}
    parameters = {
        name: "(not shown)" if name in hidden else value
        for name, value in (content.environment.get("parameters") or {}).items()
    }
    parts: dict[str, Any] = {"template": content.template}
    if parameters:
        parts["parameters"] = parameters
    if content.files:
        parts["files"] = dict(content.files)
    return yaml.safe_dump(plain(parts), sort_keys=True, width=100)


def _sections(environment: Mapping[str, Any]) -> dict[str, Any]:
    sections = {name: plain(environment.get(name) or {}) for name in _SECTIONS}
    registry = sections["resource_registry"]
    # Heat adds an empty one.
    if not registry.get("resources", True):
        registry.pop("resources")
    return sections


def _texts(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Heat gives back numbers as text, and data as JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for name, value in parameters.items()
    }


def _files(value: Any) -> Iterator[bool]:
    """Yield True for every reference to a file in a template."""
    if isinstance(value, Mapping):
        kind = value.get("type")
        yield "get_file" in value
        yield isinstance(kind, str) and kind.endswith((".yaml", ".yml", ".template", ".json"))
        for inner in value.values():
            yield from _files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _files(inner)


def _refused(found: str) -> InvalidInputError:
    return InvalidInputError(
        "not a Heat template", on="template", expected="HOT with resources", found=found
    )
