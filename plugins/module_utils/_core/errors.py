# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one hierarchy of errors; caught once, where a module or an action plugin begins.

An error says what failed, on which object, what was expected, what was found and what to do next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


class LandfallError(Exception):
    """Something could not be done.

    Args:
        what: what failed, as a sentence without its full stop.
        on: the object it failed on (a host, a file, a variable, a Kubernetes object).
        expected: the state or value that was needed.
        found: the state or value that was seen.
        remedy: what the operator can do next.
    """

    def __init__(
        self, what: str, *, on: str = "", expected: str = "", found: str = "", remedy: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.on = on
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [self.what + (f": {self.on}" if self.on else "")]
        parts += [
            f"{label}: {text}"
            for label, text in (
                ("expected", self.expected),
                ("found", self.found),
                ("remedy", self.remedy),
            )
            if text
        ]
        return "; ".join(parts)


class InvalidInputError(LandfallError):
    """The input is wrong; nothing was changed."""


class RefusedError(LandfallError):
    """The input is valid, but doing it would lose or damage something; nothing was changed."""


class CommandError(LandfallError):
    """A program ended with an error or could not be started."""


class NotReadyError(LandfallError):
    """Something did not become ready within its time limit; ``found`` is the last state seen."""


class UnreachableError(LandfallError):
    """A server (depot, API, upstream) did not answer."""


class ProblemsError(LandfallError):
    """Several errors that were found together, reported together; what is the same is said once."""

    def __init__(self, what: str, problems: Sequence[LandfallError]) -> None:
        super().__init__(what)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        said = Counter(str(problem) for problem in self.problems)
        lines = (f"- {text}" + (f" ({n} times)" if n > 1 else "") for text, n in said.items())
        return "\n".join([f"{self.what} ({len(self.problems)}):", *lines])
