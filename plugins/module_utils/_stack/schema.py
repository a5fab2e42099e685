# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read plain data (YAML) into frozen dataclasses whose fields say what they take.

A dataclass is its own schema: each field is made by :func:`take` with a kind. Everything that is
wrong is collected with the path to it; nothing stops at the first problem.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from .._core.errors import InvalidInputError
from .._core.names import hint

_KIND, _NAME = "kind", "name"
_SHOWN = 60
# What no text of the Kubernetes API may hold: a zero, and halves of surrogate pairs.
_CHARACTERS = r"[^\x00\ud800-\udfff]"
T = TypeVar("T")


class _Invalid:
    """Stands for a value that could not be read; the problem is reported already."""


INVALID = _Invalid()


def shown(value: Any) -> str:
    """Return a value as one short line for an error."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = str(type(value).__name__)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2] + " …"


@dataclass(frozen=True)
class Problems:
    """A place in a file, and the list that the problems of the whole file go to."""

    file: str
    found: list[InvalidInputError] = dataclasses.field(default_factory=list)
    path: str = ""
    secret: bool = False

    def at(self, key: object, *, secret: bool = False) -> Problems:
        """Return the place of an entry (a name, or a number in a list) of this one."""
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.path else str(key)
        return Problems(self.file, self.found, self.path + step, self.secret or secret)

    def add(
        self, what: str, *, expected: str = "", found: Any = INVALID, remedy: str = ""
    ) -> _Invalid:
        """Note a problem here; ``found`` is the value that was seen."""
        text = "" if found is INVALID else "(secret, not shown)" if self.secret else shown(found)
        where = f"{self.file}: {self.path}" if self.path else self.file
        self.found.append(
            InvalidInputError(what, on=where, expected=expected, found=text, remedy=remedy)
        )
        return INVALID


class Kind(Protocol):
    """What a field takes."""

    def read(self, value: Any, at: Problems) -> Any:
        """Return the value in the model's form, or note problems and return ``INVALID``."""
        ...


@dataclass(frozen=True)
class Text:
    """A text that fits a pattern; ``numbers`` takes plain numbers as text, too."""

    what: str = "a text"
    pattern: str = _CHARACTERS + "+"
    most: int = 4096
    numbers: bool = False

    def read(self, value: Any, at: Problems) -> Any:
        """Return the text."""
        if self.numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = format(value, "g") if isinstance(value, float) else str(value)
        if (
            isinstance(value, str)
            and len(value) <= self.most
            and re.fullmatch(self.pattern, value, re.DOTALL)
        ):
            return str(value)
        return at.add("a value does not fit", expected=self.what, found=value)


@dataclass(frozen=True)
class Scalar:
    """A text, number or truth value that becomes a text, as an environment variable needs it."""

    def read(self, value: Any, at: Problems) -> Any:
        """Return it as text; truth values as ``true`` and ``false``."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, str) and re.fullmatch(_CHARACTERS + "*", value):
            return str(value)
        return at.add("a value does not fit", expected="a text, number or truth", found=value)


@dataclass(frozen=True)
class Whole:
    """A whole number in a range."""

    least: int
    most: int

    def read(self, value: Any, at: Problems) -> Any:
        """Return the number."""
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if is_number and self.least <= value <= self.most:
            return int(value)
        expected = f"a whole number from {self.least} to {self.most}"
        return at.add("a value does not fit", expected=expected, found=value)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, value: Any, at: Problems) -> Any:
        """Return the truth value."""
        if isinstance(value, bool):
            return value
        return at.add("a value does not fit", expected="true or false", found=value)


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, value: Any, at: Problems) -> Any:
        """Return the word."""
        if isinstance(value, str) and value in self.words:
            return str(value)
        return at.add(
            "a value does not fit",
            expected=f"one of {', '.join(self.words)}",
            found=value,
            remedy=hint(value, self.words) if isinstance(value, str) else "",
        )


@dataclass(frozen=True)
class ListOf:
    """A list; ``single`` takes one entry without the list."""

    kind: Kind
    single: bool = False
    most: int = 1000
    least: int = 0

    def read(self, value: Any, at: Problems) -> Any:
        """Return the entries as a tuple."""
        if self.single and isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple)):
            return at.add("a value does not fit", expected="a list", found=value)
        if len(value) > self.most:
            return at.add("a list is too long", expected=f"at most {self.most}", found=len(value))
        if len(value) < self.least:
            return at.add("a list is too short", expected=f"at least {self.least}")
        entries = [self.kind.read(entry, at.at(number)) for number, entry in enumerate(value)]
        return INVALID if INVALID in entries else tuple(entries)


@dataclass(frozen=True)
class MapOf:
    """A mapping of names to values; ``secret`` hides the values in errors."""

    names: Text
    kind: Kind
    secret: bool = False
    least: int = 0
    most: int = 1000

    def read(self, value: Any, at: Problems) -> Any:
        """Return the entries as a dict."""
        if not isinstance(value, Mapping):
            inner = dataclasses.replace(at, secret=at.secret or self.secret)
            return inner.add("a value does not fit", expected="a mapping", found=value)
        entries = {}
        for name, entry in value.items():
            there = at.at(name, secret=self.secret)
            if self.names.read(name, Problems(at.file)) is INVALID:
                there.add("a name does not fit", expected=self.names.what)
            else:
                entries[str(name)] = self.kind.read(entry, there)
        if not self.least <= len(value) <= self.most:
            expected = f"from {self.least} to {self.most} entries"
            return at.add("a mapping is too small or too large", expected=expected)
        failed = len(entries) < len(value) or INVALID in entries.values()
        return INVALID if failed else entries


@dataclass(frozen=True)
class Nested:
    """A mapping that becomes a dataclass; ``short`` names the field a bare value stands for."""

    model: type[Any]
    short: str = ""

    def read(self, value: Any, at: Problems) -> Any:
        """Return the dataclass."""
        if self.short and not isinstance(value, Mapping):
            value = {self.short: value}
        return read(self.model, value, at)


@dataclass(frozen=True)
class Tagged:
    """A mapping whose field ``tag`` says which dataclass it becomes."""

    models: Mapping[str, type[Any]]
    tag: str = "type"

    def read(self, value: Any, at: Problems) -> Any:
        """Return the dataclass."""
        if not isinstance(value, Mapping):
            return at.add("a value does not fit", expected="a mapping", found=value)
        words = Choice(tuple(self.models))
        if self.tag not in value:
            expected = f"one of {', '.join(self.models)}"
            return at.at(self.tag).add("a field is missing", expected=expected)
        word = words.read(value[self.tag], at.at(self.tag))
        if word is INVALID:
            return INVALID
        rest = {name: entry for name, entry in value.items() if name != self.tag}
        return read(self.models[word], rest, at)


@dataclass(frozen=True)
class Free:
    """A mapping of anything that JSON has, such as the values of a chart."""

    def read(self, value: Any, at: Problems) -> Any:
        """Return the mapping."""
        if not isinstance(value, Mapping):
            return at.add("a value does not fit", expected="a mapping", found=value)
        before = len(at.found)
        self._check(value, at)
        return INVALID if len(at.found) > before else value

    def _check(self, value: Any, at: Problems) -> None:
        if isinstance(value, Mapping):
            for name, entry in value.items():
                if not _plain(name):
                    at.at(name).add("a name does not fit", expected="a text")
                self._check(entry, at.at(name))
        elif isinstance(value, (list, tuple)):
            for number, entry in enumerate(value):
                self._check(entry, at.at(number))
        elif not _is_leaf(value):
            expected = "a text, number, truth, list or mapping"
            at.add("a value does not fit", expected=expected, found=value)


def _is_leaf(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int)) or _plain(value)


def _plain(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(_CHARACTERS + "*", value) is not None


def take(kind: Kind, default: Any = dataclasses.MISSING, *, name: str = "") -> Any:
    """Declare a dataclass field that takes ``kind``; without a default it is required.

    A default that is a mapping or a dataclass is shared, and is never changed. ``name`` is what
    a file calls the field when Python has no such name.
    """
    metadata = {_KIND: kind, _NAME: name}
    if isinstance(default, (dict, list)):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Field:
    """A field that a dataclass takes: its attribute, kind, whether it is required, its default."""

    attribute: str
    kind: Kind
    required: bool
    default: Any


def kinds(model: type[Any]) -> dict[str, Field]:
    """Return the fields that a dataclass takes, by the names that a file has for them."""
    return _kinds(cast("Any", model))


@functools.cache
def _kinds(model: type[Any]) -> dict[str, Field]:
    found = {}
    for field in dataclasses.fields(model):
        if _KIND not in field.metadata:
            continue
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        required = default is dataclasses.MISSING
        name = field.metadata[_NAME] or field.name
        found[name] = Field(field.name, field.metadata[_KIND], required, default)
    return found


def read(model: type[T], value: Any, at: Problems) -> T | _Invalid:
    """Return ``value`` as ``model``; ``INVALID`` when problems were noted at ``at``."""
    if not isinstance(value, Mapping):
        return at.add("a value does not fit", expected="a mapping", found=value)
    fields = kinds(model)
    before = len(at.found)
    for name in value:
        if name not in fields:
            at.at(name).add("a field is not known", remedy=hint(name, fields))
    entries = {}
    for name, field in fields.items():
        if name in value and value[name] is not None:
            entries[field.attribute] = field.kind.read(value[name], at.at(name))
        elif field.required:
            at.at(name).add("a field is missing", expected=_what(field.kind))
    return INVALID if len(at.found) > before else model(**entries)


def _what(kind: Kind) -> str:
    if isinstance(kind, (MapOf, Nested)):
        return "a mapping"
    return str(getattr(kind, "what", "a value"))
