# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' argument specs, and what they say about a value of the inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from .._core.names import nearest

# How alike names of variables must be: short words that only share letters are no slips.
LIKENESS = 0.7
_TRUTH = {"yes", "no", "true", "false", "on", "off", "y", "n", "t", "f", "1", "0"}


class Mismatch(NamedTuple):
    """A value that is not what an option asks for; ``path`` leads to a part of it, or is empty."""

    path: str
    expected: str
    found: str


@dataclass(frozen=True)
class Option:
    """One option of a role."""

    name: str
    type: str = "str"
    elements: str = ""
    choices: tuple[Any, ...] = ()
    required: bool = False
    default: Any = None
    options: Mapping[str, Option] = field(default_factory=dict)

    @classmethod
    def from_params(cls, name: str, params: Mapping[str, Any]) -> Option:
        """Build it from its entry in ``meta/argument_specs.yml``."""
        return cls(
            name,
            str(params.get("type", "str")),
            str(params.get("elements", "")),
            tuple(params.get("choices") or ()),
            bool(params.get("required", False)),
            params.get("default"),
            {
                str(inner): cls.from_params(str(inner), options)
                for inner, options in (params.get("options") or {}).items()
            },
        )


@dataclass(frozen=True)
class Specs:
    """The options of all roles by name, and the roles' names, which begin those of options."""

    options: Mapping[str, Option]
    roles: tuple[str, ...]

    @classmethod
    def from_roles(cls, roles: Mapping[str, Mapping[str, Any]]) -> Specs:
        """Build them from each role's ``argument_specs``: entry point → description of it."""
        options = {
            str(name): Option.from_params(str(name), params)
            for entries in roles.values()
            for entry in entries.values()
            for name, params in (entry.get("options") or {}).items()
        }
        return cls(options, tuple(sorted(roles)))

    def claims(self, variable: str) -> bool:
        """Whether a variable is an option, begins with a role's name, or is a slip of the pen."""
        if variable in self.options or variable.startswith(tuple(f"{r}_" for r in self.roles)):
            return True
        return not variable.startswith("ansible_") and bool(nearest(variable, self.options, 0.92))

    def nearest(self, variable: str) -> str:
        """Return the option whose name is most like a variable's; empty if none is."""
        return nearest(variable, self.options, LIKENESS)


def mismatches(option: Option, value: Any, path: str = "") -> Iterator[Mismatch]:
    """Yield where a value is not what an option asks for; types as Ansible converts them."""
    if value is None:
        if option.required:
            yield Mismatch(path, _described(option), "nothing")
        return
    wrong = _wrong_type(option.type, value)
    if wrong:
        yield Mismatch(path, _described(option), wrong)
        return
    if option.choices and value not in option.choices and option.type not in ("list", "dict"):
        yield Mismatch(path, " or ".join(map(str, option.choices)), _shown(value))
    if option.type == "dict" and option.options:
        yield from _inner(option, value, path)
    if option.type == "list" and option.elements:
        yield from _elements(option, value, path)


def _elements(option: Option, values: Any, path: str) -> Iterator[Mismatch]:
    element = Option(option.name, option.elements, choices=option.choices, options=option.options)
    if not isinstance(values, (list, tuple)):  # a text with commas, which Ansible splits
        return
    for index, value in enumerate(values):
        yield from mismatches(element, value, f"{path}[{index}]")


def _inner(option: Option, value: Mapping[str, Any], path: str) -> Iterator[Mismatch]:
    for name in value:
        if name not in option.options:
            near = nearest(name, option.options, LIKENESS)
            expected = near or " or ".join(option.options)
            yield Mismatch(f"{path}.{name}", expected, "an unknown option")
    for name, inner in option.options.items():
        if name in value:
            yield from mismatches(inner, value[name], f"{path}.{name}")
        elif inner.required:
            yield Mismatch(f"{path}.{name}", _described(inner), "nothing")


def _described(option: Option) -> str:
    if option.choices:
        return " or ".join(map(str, option.choices))
    return f"{option.type} of {option.elements}" if option.elements else option.type


def _wrong_type(kind: str, value: Any) -> Optional[str]:
    """Return what a value is if it cannot be taken as the type."""
    right = {
        "str": isinstance(value, (str, int, float)),
        "path": isinstance(value, str),
        "int": _number(value, whole=True),
        "float": _number(value, whole=False),
        "bool": isinstance(value, bool) or str(value).lower() in _TRUTH,
        "list": isinstance(value, (list, tuple, str)),
        "dict": isinstance(value, Mapping),
    }.get(kind, True)
    if right:
        return None
    nouns = ((str, "text"), (bool, "truth value"), (Mapping, "dictionary"), ((list, tuple), "list"))
    noun = next((noun for kinds, noun in nouns if isinstance(value, kinds)), "number")
    return f"the {noun} {_shown(value)}"


def _number(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        number = float(value)
    except ValueError:
        return False
    return number.is_integer() if whole else True


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
