# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace the variables of a compose file: ``${X:-y}`` and its relatives.

Variables come from a mapping that the caller gives. One that is missing is noted, never taken from
the process's environment. A missing secret becomes a placeholder that stays recognisable, so that
two places that share it still do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional

from .._core.errors import InvalidInputError
from .._stack.schema import Problems
from .document import Replace
from .notes import Notes
from .secretlike import is_secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Variables:
    """The variables of an import, and what was asked of them.

    Attributes:
        secrets: values that variables with a secret's name gave.
    """

    def __init__(self, given: Mapping[str, str], notes: Notes) -> None:
        self._given = dict(given)
        self._notes = notes
        self.secrets: set[str] = set()

    def also(self, more: Mapping[str, str]) -> Variables:
        """Return these variables with others that count where these say nothing."""
        other = Variables({**more, **self._given}, self._notes)
        other.secrets = self.secrets
        return other

    def get(self, name: str) -> Optional[str]:
        """Return a variable's value, None when it is not given."""
        return self._given.get(name)

    def keep(self, name: str, value: str) -> str:
        """Return the value, remembered as a secret when its variable's name says so."""
        if value and is_secret(name, value):
            self.secrets.add(value)
        return value

    def missing(self, name: str, path: str) -> str:
        """Return what stands for a variable that nobody gave, and note it."""
        if is_secret(name):
            return self.keep(name, f"<{name}>")
        self._notes.add(
            path,
            f"the variable {name} is not set",
            "neither the variables given to the import nor the .env file have it, it is left empty",
            f"give {name} to the import, or correct the value in the stack",
        )
        return ""


def interpolated(value: Any, variables: Variables, at: Problems) -> Any:
    """Return data with the variables of all its texts replaced; problems are noted at ``at``."""
    if isinstance(value, str):
        return expand(value, variables, at)
    if isinstance(value, dict):
        return {name: interpolated(one, variables, at.at(name)) for name, one in value.items()}
    if isinstance(value, list):
        return [interpolated(one, variables, at.at(i)) for i, one in enumerate(value)]
    if isinstance(value, Replace):
        return Replace(interpolated(value.value, variables, at), value.reset)
    return value


def expand(text: str, variables: Variables, at: Problems) -> str:
    """Return a text with its variables replaced; problems are noted at ``at``."""
    if "$" not in text:
        return text
    try:
        return _Expander(variables, at).expand(text)
    except InvalidInputError as error:
        at.add(error.what, expected=error.expected, found=text, remedy=error.remedy)
        return ""


class _Expander:
    def __init__(self, variables: Variables, at: Problems) -> None:
        self._variables = variables
        self._at = at

    def expand(self, text: str) -> str:
        found, position = "", 0
        while (dollar := text.find("$", position)) >= 0:
            found += text[position:dollar]
            following = text[dollar + 1 : dollar + 2]
            name = _NAME.match(text, dollar + 1)
            if following == "$":
                found, position = found + "$", dollar + 2
            elif name:
                found, position = found + self._value(name[0], "", ""), name.end()
            elif following == "{":
                end = _closing(text, dollar + 1)
                found, position = found + self._braced(text[dollar + 2 : end]), end + 1
            else:
                raise _unreadable()
        return found + text[position:]

    def _braced(self, inner: str) -> str:
        name = _NAME.match(inner)
        if not name:
            raise _unreadable()
        rest = inner[name.end() :]
        operator = next((one for one in _OPERATORS if rest.startswith(one)), "")
        if rest and not operator:
            raise _unreadable()
        return self._value(name[0], operator, rest[len(operator) :])

    def _value(self, name: str, operator: str, word: str) -> str:
        value = self._variables.get(name)
        there = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return self._variables.keep(name, self.expand(word)) if there else ""
        if value is not None and there:
            return self._variables.keep(name, value)
        if operator.endswith("-"):
            return self._variables.keep(name, self.expand(word))
        if operator.endswith("?") and not is_secret(name):
            self._at.add(
                "a required variable is not set",
                expected=f"{name}: {self.expand(word)}" if word else name,
                remedy="give it to the import (variables, or a .env file)",
            )
            return ""
        if value is not None and not operator:
            return value
        return self._variables.missing(name, self._at.path or self._at.file)


def _closing(text: str, begin: int) -> int:
    depth = 0
    for position in range(begin, len(text)):
        if text[position] == "{" and text[position - 1] == "$":
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    raise _unreadable()


def _unreadable() -> InvalidInputError:
    return InvalidInputError(
        "a variable cannot be read",
        expected="${NAME}, ${NAME:-default}, ${NAME:?message} or ${NAME:+value}",
        remedy="write $$ for a plain $",
    )
