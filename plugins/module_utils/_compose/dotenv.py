# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the format of ``.env`` files, and nothing of the process's own environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Optional

from .._core.errors import InvalidInputError

Expand = Callable[[str, str], str]
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][-.\w]*)[ \t]*(?:([=:])[ \t]*|(?=\n|#|\Z))")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "$": "$$"}


def parse(text: str, file: str, expand: Expand) -> Iterator[tuple[str, Optional[str]]]:
    """Yield name and value of each line, None for a name without a value.

    Args:
        text: the file's text.
        file: its name, for errors.
        expand: replaces the variables of a text (not of one in single quotes); gets the line's
            place, too.

    Raises:
        InvalidInputError: a line is neither blank, a comment, nor a variable.
    """
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    position = 0
    while position < len(text):
        blank = _BLANK.match(text, position)
        if blank and blank.end() > position:
            position = blank.end()
            continue
        place = f"{file}:{text.count(chr(10), 0, position) + 1}"
        found = _LINE.match(text, position)
        if not found:
            raise _unreadable(place, text[position:])
        if found[2]:
            value, position = _value(text, found.end(), place, expand)
            yield found[1], value
        else:
            yield found[1], None
            position = _ended(text, found.end(), place)


def _value(text: str, begin: int, place: str, expand: Expand) -> tuple[str, int]:
    for pattern, quoted in ((_DOUBLE, True), (_SINGLE, False)):
        found = pattern.match(text, begin)
        if found:
            inner = expand(_unescaped(found[1]), place) if quoted else found[1]
            return inner, _ended(text, found.end(), place)
    if text[begin : begin + 1] in {'"', "'"}:
        raise _unreadable(place, text[begin:])
    end = text.find("\n", begin)
    line = text[begin : end if end >= 0 else len(text)]
    value = "" if line.startswith("#") else re.split(r"[ \t]#", line)[0].strip()
    return expand(value, place), begin + len(line) + 1


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), text, flags=re.DOTALL)


def _ended(text: str, begin: int, place: str) -> int:
    rest = _BLANK.match(text, begin)
    if not rest:
        raise _unreadable(place, text[begin:])
    return max(rest.end(), begin + 1)


def _unreadable(place: str, rest: str) -> InvalidInputError:
    # The rest of a line may be a secret: only its beginning up to a value is shown.
    shown = re.split("[=:\"']", rest.partition("\n")[0])[0].strip()[:40]
    return InvalidInputError(
        "a line of an environment file cannot be read",
        on=place,
        expected="NAME=value, with closed quotes",
        found=shown,
    )
