# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an import decided or could not map, for the reader of its result."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """One thing to know.

    Attributes:
        path: the place in the compose file, such as ``services.db.volumes[0]``.
        what: what was found there.
        why: why it is not, or not exactly, in the stack.
        remedy: what to do about it; empty when there is nothing to do.
    """

    path: str
    what: str
    why: str
    remedy: str = ""

    def __str__(self) -> str:
        tail = f" To do: {self.remedy}." if self.remedy else ""
        return f"{self.path}: {self.what}: {self.why}.{tail}"

    def as_dict(self) -> dict[str, str]:
        """Return the note as a module returns it."""
        return {"path": self.path, "what": self.what, "why": self.why, "remedy": self.remedy}


@dataclass(frozen=True)
class Notes:
    """The notes of an import, in the order of the compose file, each once."""

    found: list[Note] = field(default_factory=list)
    gathered: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def add(self, path: str, what: str, why: str, remedy: str = "") -> None:
        """Take a note."""
        note = Note(path, what, why, remedy)
        if note not in self.found:
            self.found.append(note)

    def gather(self, whose: str, what: str, why: str, remedy: str = "") -> None:
        """Take a note that is one for all services that it is about."""
        whose_all = self.gathered.setdefault((what, why, remedy), [])
        if whose not in whose_all:
            whose_all.append(whose)

    def all(self) -> tuple[Note, ...]:
        """Return the notes: those about single places, then those about several services."""
        many = [
            Note("services", f"{what} ({', '.join(whose)})", why, remedy)
            for (what, why, remedy), whose in self.gathered.items()
        ]
        return (*self.found, *many)
