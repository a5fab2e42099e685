# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References in values: ``${db.host}``, ``${secret.database.password}``, ``${expose.web.url}``.

``$${`` is a plain ``${``. A text is parsed once into parts; what a reference means is decided by
who resolves it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Optional, Union

from .._core.errors import InvalidInputError

SECRET, STACK, CATALOGUE = "secret", "stack", "catalogue"
CONFIG, EXPOSE = "config", "expose"
# These words begin a reference, so no component can have such a name.
RESERVED = frozenset({SECRET, STACK, CATALOGUE, CONFIG, EXPOSE})
# What is known of a published component only when its Service has an address.
ADDRESSES = frozenset({"address", "url"})
_OPEN = re.compile(r"\$\$\{|\$\{")
_STEP = re.compile(r"[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Reference:
    """What stands between ``${`` and ``}``: words that were joined by dots."""

    words: tuple[str, ...]

    @property
    def target(self) -> str:
        """The first word: a component, or one of the reserved words."""
        return self.words[0]

    @property
    def attribute(self) -> str:
        """The words after the target."""
        return ".".join(self.words[1:])

    def __str__(self) -> str:
        return "${" + ".".join(self.words) + "}"


Part = Union[str, Reference]


def _reference(inner: str, text: str) -> Reference:
    words = tuple(inner.split("."))
    if len(words) < 2 or not all(_STEP.fullmatch(word) for word in words):
        raise InvalidInputError(
            "a reference cannot be read",
            on=text,
            expected="${name.attribute}, such as ${db.host}",
            found="${" + inner + "}",
            remedy="write $${ for a plain ${",
        )
    return Reference(words)


@functools.lru_cache(maxsize=8192)
def parse(text: str) -> tuple[Part, ...]:
    """Return the plain pieces and references of a text, in their order.

    Raises:
        InvalidInputError: a reference is not closed or not of the form ``${name.attribute}``.
    """
    parts: list[Part] = []
    plain, position = "", 0
    for match in _OPEN.finditer(text):
        plain += text[position : match.start()]
        if match.group() == "$${":
            plain, position = plain + "${", match.end()
            continue
        end = text.find("}", match.end())
        inner = text[match.end() : end] if end >= 0 else text[match.end() :]
        reference = _reference(inner if end >= 0 else inner + "…", text)
        parts += [plain, reference] if plain else [reference]
        plain, position = "", end + 1
    plain += text[position:]
    return (*parts, plain) if plain else tuple(parts)


def references(text: str) -> Iterator[Reference]:
    """Yield the references of a text that :func:`parse` accepts."""
    yield from (part for part in parse(text) if isinstance(part, Reference))


def whole(text: str) -> Optional[Reference]:
    """Return the reference that is all of a text, None when it is anything else."""
    parts = parse(text)
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Reference) else None


def resolve(text: str, meaning: Callable[[Reference], str]) -> str:
    """Return the text with every reference replaced by its meaning."""
    return "".join(part if isinstance(part, str) else meaning(part) for part in parse(text))
