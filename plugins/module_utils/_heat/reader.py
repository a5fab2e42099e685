# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads options of an inventory strictly, and keeps everything that is wrong with them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError
from .._core.names import nearest

Network = ipaddress.IPv4Network


class Reader:
    """Reads one mapping.

    Args:
        params: the mapping.
        at: the variable that it is the value of, empty for the variables themselves.
        problems: takes what is wrong; a wrong value is read as the default.
    """

    def __init__(self, params: Any, at: str, problems: list[LandfallError]) -> None:
        self._params: Mapping[str, Any] = params if isinstance(params, Mapping) else {}
        self._at = at
        self._problems = problems
        self._known: set[str] = set()
        if not isinstance(params, Mapping) and params is not None:
            self.wrong("", "not a dictionary", "a dictionary", params)

    def path(self, name: str) -> str:
        """Return the full name of an option."""
        return ".".join(part for part in (self._at, name) if part)

    def wrong(self, name: str, what: str, expected: str, found: Any = "") -> None:
        """Keep an error about an option."""
        self._problems.append(
            InvalidInputError(what, on=self.path(name), expected=expected, found=str(found))
        )

    def value(self, name: str) -> Any:
        """Return what is given for an option, None for nothing."""
        self._known.add(name)
        return self._params.get(name)

    def text(
        self, name: str, default: str = "", *, required: str = "", pattern: str = r"\S(.*\S)?"
    ) -> str:
        """Return a text; ``required`` says what is expected where there must be one."""
        value = self.value(name)
        if value in (None, ""):
            if required and not default:
                self.wrong(name, "a value is missing", required)
            return default
        if isinstance(value, (Mapping, list, bool)) or not re.fullmatch(pattern, str(value)):
            self.wrong(name, "not a usable text", required or f"a text like {pattern}", value)
            return default
        return str(value)

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Return one of several words."""
        value = self.value(name)
        words = list(choices)
        if value is None:
            return default
        if value not in words:
            near = nearest(str(value), words, 0.5)
            self.wrong(name, "an unknown word", f"{near}?" if near else " or ".join(words), value)
            return default
        return str(value)

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number within limits."""
        value = self.value(name)
        if value is None:
            return default
        try:
            number = int(str(value))
        except ValueError:
            number = least - 1
        if isinstance(value, bool) or not least <= number <= most:
            self.wrong(name, "not a usable number", f"{least} to {most}", value)
            return default
        return number

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(name, "not a truth value", "true or false", value)
            return default
        return value

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        return default if self.value(name) is None else tuple(map(str, self._items(name)))

    def address(self, name: str, *, required: str = "") -> Optional[ipaddress.IPv4Address]:
        """Return an IPv4 address."""
        text = self.text(name, required=required)
        try:
            return ipaddress.IPv4Address(text) if text else None
        except ValueError:
            self.wrong(name, "not an address", "an IPv4 address", text)
            return None

    def network(self, name: str, *, required: str) -> Optional[Network]:
        """Return an IPv4 network."""
        text = self.text(name, required=required)
        return next(self._networks(name, [text] if text else []), None)

    def networks(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of IPv4 networks."""
        given = self.value(name)
        items = default if given is None else self._items(name)
        return tuple(str(network) for network in self._networks(name, items))

    def child(self, name: str) -> Reader:
        """Return the reader of an inner dictionary."""
        return Reader(self.value(name), self.path(name), self._problems)

    def children(self, name: str) -> list[Reader]:
        """Return the readers of a list of dictionaries."""
        return [
            Reader(item, f"{self.path(name)}[{index}]", self._problems)
            for index, item in enumerate(self._items(name))
        ]

    def end(self) -> None:
        """Report the options that nothing has asked for."""
        for name in self._params:
            if name not in self._known:
                near = nearest(str(name), self._known, 0.5)
                expected = f"{near}?" if near else " or ".join(sorted(self._known))
                self.wrong(str(name), "an unknown option", expected, name)

    def _items(self, name: str) -> list[Any]:
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.wrong(name, "not a list", "a list", value)
            return []
        return list(value)

    def _networks(self, name: str, items: Iterable[Any]) -> Iterator[Network]:
        for item in items:
            network = _network(str(item))
            if network:
                yield network
            else:
                self.wrong(name, "not a network", "a CIDR such as 192.0.2.0/24", item)


def _network(text: str) -> Optional[Network]:
    try:
        return Network(text)
    except ValueError:
        return None
