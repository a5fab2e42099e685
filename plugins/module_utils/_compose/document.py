# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read YAML as Compose does: merge keys, no words or clock times that turn into other types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from .._core.errors import InvalidInputError

# What a compose file that people write stays far below; aliases of aliases do not.
MOST_VALUES = 20_000
MOST_DEPTH = 40
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Replace:
    """A value marked ``!override`` (or ``!reset``, when nothing is left of it)."""

    value: Any
    reset: bool = False


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2, and merge keys; refuses names that stand twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Return the mapping, when each of its names is a text and stands there once."""
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.composer.ComposerError(
                    None, None, "a name must be a text", key.start_mark
                )
            if key.tag != f"{_TAG}merge":
                key.tag = f"{_TAG}str"  # 1 and true are names, too, and not the same one
            if key.value in seen and key.tag != f"{_TAG}merge":
                raise yaml.composer.ComposerError(
                    None, None, f"{key.value} is there twice", key.start_mark
                )
            seen.add(key.value)
        return node


def _number(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node)).replace("0o", "0")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    if digits.startswith("0x"):
        return sign * int(digits, 16)
    return sign * int(digits, 8 if len(digits) > 1 and digits.startswith("0") else 10)


def _replace(loader: _Loader, node: yaml.Node) -> Replace:
    if node.tag == "!reset":
        return Replace(None, reset=True)
    if isinstance(node, yaml.SequenceNode):
        return Replace(loader.construct_sequence(node, deep=True))
    if isinstance(node, yaml.MappingNode):
        return Replace(loader.construct_mapping(node, deep=True))
    tag = loader.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
    return Replace(loader.construct_object(yaml.ScalarNode(tag, node.value), deep=True))


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?([1-9][0-9]*|0|0o?[0-7]+|0x[0-9a-fA-F]+)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+",
        list("-+.0123456789"),
    ),
    ("merge", "<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^(?:{_pattern})$"), _first)
_Loader.add_constructor(f"{_TAG}int", _number)
_Loader.add_constructor("!override", _replace)
_Loader.add_constructor("!reset", _replace)


def content(text: str, file: str) -> Any:
    """Return what YAML text holds, as :func:`plain` does.

    Raises:
        InvalidInputError: it is not YAML, holds more than plain data, or too much of it.
    """
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise InvalidInputError(
            "a compose file is not YAML", on=file, found=" ".join(str(error).split())
        ) from error
    return plain(found, file)


def plain(value: Any, file: str) -> Any:
    """Return data in the one form that the import works on.

    Mappings have texts as names, and every value is a mapping, list, text, number, truth value,
    nothing, or a :class:`Replace`. Nothing is shared between two places.

    Raises:
        InvalidInputError: with the path of what is something else, too deep or too much.
    """
    return _Plain(file).copy(value, "", 0)


class _Plain:
    def __init__(self, file: str) -> None:
        self._file = file
        self._left = MOST_VALUES

    def copy(self, value: Any, path: str, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > MOST_DEPTH:
            raise self._error("a compose file is too large or too deep", path, "")
        if isinstance(value, Mapping):
            return {
                str(name): self.copy(entry, f"{path}.{name}".lstrip("."), depth + 1)
                for name, entry in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.copy(one, f"{path}[{i}]", depth + 1) for i, one in enumerate(value)]
        if isinstance(value, Replace):
            return Replace(self.copy(value.value, path, depth + 1), value.reset)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str):
            return self._text(value, path)
        raise self._error("a value is not plain data", path, type(value).__name__)

    def _text(self, value: str, path: str) -> str:
        # The API of Kubernetes takes neither a zero nor halves of surrogate pairs.
        if re.search(r"[\x00\ud800-\udfff]", value):
            raise self._error("a text holds a character that no text may hold", path, "")
        return value

    def _error(self, what: str, path: str, found: str) -> InvalidInputError:
        where = f"{self._file}: {path}" if path else self._file
        return InvalidInputError(what, on=where, found=found)


def scalar(value: Any) -> str:
    """Return a text, number, truth value or nothing as the text that Compose makes of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return str(value)
