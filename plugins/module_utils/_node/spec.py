# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``node_state`` accepts: the one argument spec of its module, its action and its parser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import InvalidInputError, LandfallError
from .._core.names import nearest

Spec = dict[str, dict[str, Any]]


def _text(default: str) -> dict[str, Any]:
    return {"type": "str", "default": default}


def _list(options: Spec) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "default": [], "options": options}


_NAMES: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
_OWNERSHIP: Spec = {"owner": _text("root"), "group": _text("root")}

ARGUMENT_SPEC: Spec = {
    "packages": _NAMES,
    "groups": _list(
        {"name": {"type": "str", "required": True}, "system": {"type": "bool", "default": False}}
    ),
    "users": _list(
        {
            "name": {"type": "str", "required": True},
            "system": {"type": "bool", "default": False},
            "group": {"type": "str"},
            "home": {"type": "str"},
            "shell": {"type": "str"},
        }
    ),
    "directories": _list(
        {"path": {"type": "path", "required": True}, "mode": _text("0755"), **_OWNERSHIP}
    ),
    "files": _list(
        {
            "path": {"type": "path", "required": True},
            "content": {"type": "str"},
            "template": {"type": "str"},
            "variables": {"type": "dict"},
            "source": {"type": "str"},
            "content_base64": {"type": "str"},
            "mode": _text("0644"),
            **_OWNERSHIP,
            "validate": {"type": "list", "elements": "str", "default": []},
            "secret": {"type": "bool", "default": False, "no_log": False},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        }
    ),
    "file_systems": {
        "type": "list",
        "elements": "dict",
        "options": {
            "path": {"type": "path", "required": True},
            "device": {"type": "path", "required": True},
        },
    },
    "links": _list(
        {"path": {"type": "path", "required": True}, "target": {"type": "str", "required": True}}
    ),
    "artifacts": _list(
        {
            "name": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "files": _NAMES,
            "mode": _text("0755"),
            **_OWNERSHIP,
            "source": {"type": "str", "default": "depot", "choices": ["depot", "bundle"]},
            "store_path": {"type": "str"},
            "sha256": {"type": "str"},
        }
    ),
    "artifact_index": {"type": "dict", "default": {}},
    "artifact_ca": {"type": "str", "default": ""},
    "kernel_modules": _NAMES,
    "sysctls": {"type": "dict", "default": {}},
    "sysctls_file": {"type": "str"},
    "units": _list(
        {
            "name": {"type": "str", "required": True},
            "enabled": {"type": "bool"},
            "masked": {"type": "bool"},
            "state": {"type": "str", "choices": ["started", "stopped"]},
            "restart_on": {"type": "list", "elements": "path", "default": []},
            "reload_on": {"type": "list", "elements": "path", "default": []},
        }
    ),
    "secret_contents": {"type": "dict", "default": {}, "no_log": True},
    "staged": {"type": "dict", "default": {}},
}


def with_defaults(params: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """Return the parameters with every key of the spec; ``None`` is replaced by the default."""
    filled: dict[str, Any] = {}
    for key, option in spec.items():
        value: Any = params.get(key)
        if value is None:
            value = option.get("default")
        if "options" in option and value is not None:
            value = [with_defaults(item, option["options"]) for item in value]
        filled[key] = value
    return filled


def key_problems(params: Mapping[str, Any], spec: Spec, where: str = "") -> list[LandfallError]:
    """Return one error for each unknown key and each list or mapping that is none, at any depth."""
    problems: list[LandfallError] = []
    for key, value in params.items():
        option = spec.get(str(key))
        name = f"{where}.{key}" if where else str(key)
        if option is None:
            problems.append(unknown(str(key), list(spec), f"parameter of {where or 'node_state'}"))
        elif value is not None:
            problems += _type_problems(value, option, name)
    return problems


def _type_problems(value: Any, option: Mapping[str, Any], name: str) -> list[LandfallError]:
    if option["type"] == "dict":
        return [] if isinstance(value, Mapping) else [_wrong_type(name, "a mapping", value)]
    if option["type"] != "list":
        plain = not isinstance(value, (Mapping, list, tuple))
        return [] if plain else [_wrong_type(name, "a single value", value)]
    if not isinstance(value, (list, tuple)):
        return [_wrong_type(name, "a list", value)]
    problems: list[LandfallError] = []
    for number, item in enumerate(value):
        if "options" not in option:
            problems += _type_problems(item, {"type": "str"}, f"{name}[{number}]")
        elif isinstance(item, Mapping):
            problems += key_problems(item, option["options"], f"{name}[{number}]")
        else:
            problems.append(_wrong_type(f"{name}[{number}]", "a mapping", item))
    return problems


def _wrong_type(name: str, expected: str, value: Any) -> InvalidInputError:
    return InvalidInputError("wrong type", on=name, expected=expected, found=type(value).__name__)


def unknown(name: str, known: list[str], kind: str) -> InvalidInputError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    near = nearest(name, known)
    return InvalidInputError(
        f"unknown {kind}",
        on=name,
        expected="one of " + ", ".join(sorted(known)),
        remedy=f"did you mean {near}?" if near else "",
    )
