# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the short forms of a compose file's service to the long ones, before files are merged."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, Optional

from .._stack.schema import Problems
from .document import Replace, scalar
from .mounts import mount
from .ports import ports

Reader = Callable[[Any, Problems], Any]


def service(raw: Any, at: Problems) -> dict[str, Any]:
    """Return a service in its long form; what cannot be read is noted at ``at`` and left out."""
    if not isinstance(raw, Mapping):
        at.add("a service is not a mapping", expected="image or build, and more", found=raw)
        return {}
    return {name: _field(name, value, at.at(name)) for name, value in raw.items()}


def _field(name: str, value: Any, at: Problems) -> Any:
    if isinstance(value, Replace):
        return value if value.reset else Replace(_field(name, value.value, at))
    reader = _READERS.get(name)
    return reader(value, at) if reader and value is not None else value


def texts(value: Any, at: Problems) -> list[str]:
    """Return a list of texts, or a single one, as a list."""
    listed = value if isinstance(value, list) else [value]
    found = []
    for number, one in enumerate(listed):
        if isinstance(one, (Mapping, list, Replace)):
            at.at(number).add("a value does not fit", expected="a text", found=one)
        else:
            found.append(scalar(one))
    return found


def pairs(value: Any, at: Problems) -> dict[str, Optional[str]]:
    """Return ``NAME=value`` texts or a mapping as a mapping; None for a name without a value."""
    found: dict[str, Optional[str]] = {}
    if isinstance(value, Mapping):
        for name, one in value.items():
            if isinstance(one, (Mapping, list, Replace)):
                at.at(name).add("a value does not fit", expected="a text", found=one)
            else:
                found[name] = None if one is None else scalar(one)
    elif isinstance(value, list):
        for text in texts(value, at):
            name, equals, rest = text.partition("=")
            found[name.strip()] = rest if equals else None
    else:
        at.add("a value does not fit", expected="a mapping or a list", found=value)
    found.pop("", None)
    return found


def _named(value: Any, at: Problems) -> dict[str, Any]:
    """Return a list of names, or a mapping of them, as a mapping of mappings."""
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for name, one in value.items():
            if one is None or isinstance(one, Mapping):
                found[name] = dict(one or {})
            else:
                at.at(name).add("a value does not fit", expected="a mapping", found=one)
        return found
    return {name: {} for name in texts(value, at)}


def _words(value: Any, at: Problems) -> Any:
    """Return a command as its words, as a shell would see them."""
    if isinstance(value, list):
        return texts(value, at)
    if not isinstance(value, str):
        at.add("a command does not fit", expected="a text or a list of texts", found=value)
        return []
    try:
        return shlex.split(value)
    except ValueError as error:
        at.add("a command cannot be read", expected="closed quotes", found=str(error))
        return []


def _build(value: Any, at: Problems) -> Any:
    if isinstance(value, str):
        return {"context": value}
    if not isinstance(value, Mapping):
        at.add("a value does not fit", expected="a path or a mapping", found=value)
        return {}
    found = dict(value)
    if found.get("args") is not None:
        found["args"] = pairs(found["args"], at.at("args"))
    return found


def _environment_files(value: Any, at: Problems) -> list[dict[str, Any]]:
    found = []
    for number, one in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(one, str):
            found.append({"path": one})
        elif isinstance(one, Mapping) and isinstance(one.get("path"), str):
            found.append(dict(one))
        else:
            at.at(number).add("a value does not fit", expected="a path", found=one)
    return found


def _references(value: Any, at: Problems) -> list[dict[str, Any]]:
    """Return the configs or secrets of a service in their long form."""
    found = []
    for number, one in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(one, str):
            found.append({"source": one})
        elif isinstance(one, Mapping) and isinstance(one.get("source"), str):
            found.append(dict(one))
        else:
            at.at(number).add("a value does not fit", expected="a name, or source", found=one)
    return found


def _mounts(value: Any, at: Problems) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    found = [mount(one, at.at(number)) for number, one in enumerate(listed)]
    return [one for one in found if one]


def _health(value: Any, at: Problems) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        at.add("a value does not fit", expected="a mapping", found=value)
        return {}
    found = dict(value)
    test = found.get("test")
    if isinstance(test, Replace):
        test = test.value
    if isinstance(test, str):
        found["test"] = ["CMD-SHELL", test]
    elif test is not None:
        found["test"] = texts(test, at.at("test"))
    return found


def _mapping(value: Any, at: Problems) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        at.add("a value does not fit", expected="a mapping", found=value)
        return {}
    return dict(value)


_READERS: Mapping[str, Reader] = {
    "annotations": pairs,
    "build": _build,
    "cap_add": texts,
    "cap_drop": texts,
    "command": _words,
    "configs": _references,
    "depends_on": _named,
    "deploy": _mapping,
    "dns": texts,
    "dns_search": texts,
    "entrypoint": _words,
    "env_file": _environment_files,
    "environment": pairs,
    "expose": texts,
    "external_links": texts,
    "healthcheck": _health,
    "labels": pairs,
    "links": texts,
    "networks": _named,
    "ports": ports,
    "profiles": texts,
    "secrets": _references,
    "security_opt": texts,
    "sysctls": pairs,
    "tmpfs": texts,
    "volumes": _mounts,
    "volumes_from": texts,
}
