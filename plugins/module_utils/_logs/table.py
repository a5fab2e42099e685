# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as people read them: a table for the terminal, or one JSON object a line."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Record = Mapping[str, Any]
# A message gets at least so many columns, however narrow the terminal is.
_LEAST = 24
_TIME, _LEVEL = len("00:00:00.000"), len("critical")
# Sources that are longer are cut, so that one of them does not take the place of all messages.
_SOURCE = 34
_GAP = "  "


class Line(NamedTuple):
    """One line, and the level that it is coloured by."""

    text: str
    level: str


@dataclass
class Table:
    """Renders records; what it knows of earlier ones keeps the columns where they are.

    Attributes:
        width: columns of the terminal; 0 never breaks a line.
        day: the last day that was said.
        source: columns of the source so far.
    """

    width: int = 0
    day: str = ""
    source: int = 0

    def lines(self, records: Sequence[Record]) -> Iterator[Line]:
        """Yield the lines of records that are in the order of time."""
        names = [source(record) for record in records]
        self.source = min(_SOURCE, max([self.source, *(columns(name) for name in names)]))
        for record, name in zip(records, names):
            stamp = str(record.get("@timestamp", ""))
            if stamp[:10] != self.day:
                self.day = stamp[:10]
                yield Line(f"── {self.day} UTC", "day")
            yield from self._record(record, name, stamp)

    def _record(self, record: Record, name: str, stamp: str) -> Iterator[Line]:
        level = str(record.get("level") or "")
        clock = stamp[11:23].rstrip("Z").ljust(_TIME)
        head = _GAP.join((clock, printable(level)[:_LEVEL].ljust(_LEVEL), pad(name, self.source)))
        room = max(_LEAST, self.width - columns(head) - len(_GAP)) if self.width else 0
        message = str(record.get("message", "")) + (" [cut]" if record.get("cut") else "")
        for number, part in enumerate(broken(message, room)):
            lead = head if not number else " " * columns(head)
            yield Line(f"{lead}{_GAP}{part}".rstrip(), level)


def source(record: Record) -> str:
    """Return where a record comes from: stack and component with the pod, or host and unit."""
    stack, component = record.get("stack"), record.get("component")
    if record.get("pod"):
        first = "/".join(str(part) for part in (stack, component) if part)
        pod = str(record["pod"])
        # The pod's name begins with the component's, which is said already.
        tail = (
            pod[len(str(component)) + 1 :] if component and pod.startswith(f"{component}-") else pod
        )
        return printable(f"{first} {tail}".strip())
    place = record.get("unit") or record.get("stream") or ""
    return printable(f"{record.get('node') or stack or '-'} {place}".strip())


def documents(records: Iterable[Record]) -> Iterator[Line]:
    """Yield one JSON object a line; nothing in it is left out."""
    for record in records:
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        # Of what JSON leaves as it is, some moves the cursor or ends a line all the same.
        safe = "".join(one if one.isprintable() else _escaped(one) for one in text)
        yield Line(safe, str(record.get("level") or ""))


def _escaped(one: str) -> str:
    """Return a character as JSON escapes it."""
    return json.dumps(one)[1:-1]


def printable(text: str) -> str:
    """Return a text that does nothing to a terminal: what is not printable stands there by name."""
    if text.isprintable():
        return text
    return "".join(
        one
        if one.isprintable()
        else ("    " if one == "\t" else one.encode("unicode_escape").decode())
        for one in text
    )


def broken(message: str, room: int) -> list[str]:
    """Return a message as lines of at most ``room`` columns; 0 breaks it at its own lines alone."""
    found: list[str] = []
    for line in message.replace("\r\n", "\n").rstrip("\n").split("\n"):
        text, count = printable(line), len(found)
        while room and columns(text) > room:
            head = _fitting(text, room)
            space = head.rfind(" ")
            cut = space if space > room // 2 else len(head)
            found.append(text[:cut])
            text = text[cut:].removeprefix(" ")
        if text or len(found) == count:
            found.append(text)
    return found


def columns(text: str) -> int:
    """Return how many columns of a terminal a printable text takes."""
    return len(text) if text.isascii() else sum(_columns(one) for one in text)


def _columns(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in ("W", "F") else 1


def _fitting(text: str, room: int) -> str:
    """Return as much of a text as fits, at least one character."""
    taken = 0
    for number, one in enumerate(text):
        taken += _columns(one)
        if taken > room:
            return text[: max(1, number)]
    return text


def pad(text: str, width: int) -> str:
    """Return a text of exactly so many columns."""
    if columns(text) > width:
        text = _fitting(text, max(1, width - 1)) + "…"
    return text + " " * (width - columns(text))


def summary(shown: int, total: int, described: str) -> str:
    """Return the line below the records."""
    if not total:
        return f"No records: {described}."
    count = f"{shown:,} records" if shown == total else f"The newest {shown:,} of {total:,} records"
    count = count.replace("1 records", "1 record") if shown == total == 1 else count
    return f"{count}: {described}."
