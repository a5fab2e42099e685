# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: the changes that lead from what is there to what is wanted.

Each area derives its own kinds of ``Change``, computes a ``Plan`` of them in a pure function, and
applies them in order in an adapter. Check mode is a plan that is not applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

HIDDEN = "(secret, not shown)"


@dataclass(frozen=True)
class Change:
    """One step of a plan.

    Attributes:
        target: the object that changes, with its kind: ``file /etc/hosts``, ``unit sshd.service``.
        action: one verb: create, update, remove, install, start, restart, reload, …
        before: the object's present content as text, for the diff; empty when it does not exist.
        after: the object's content afterwards, for the diff; empty when it is removed.
        secret: the content is never shown; the diff only says that it changes.
    """

    target: str
    action: str
    before: str = ""
    after: str = ""
    secret: bool = False

    def diff(self) -> dict[str, str]:
        """Return this change in the form that Ansible prints as a diff."""
        before, after = self.before, self.after
        if self.secret:
            before, after = before and HIDDEN, after and f"{HIDDEN} ({self.action})"
        elif not before and not after:
            after = f"{self.action}\n"
        return {
            "before_header": self.target,
            "after_header": f"{self.target} ({self.action})",
            "before": before,
            "after": after,
        }

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


C = TypeVar("C", bound=Change)


@dataclass(frozen=True)
class Plan(Generic[C]):
    """The changes to make, in the order to make them; false when there is nothing to do."""

    changes: tuple[C, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[C]:
        return iter(self.changes)

    def diff(self) -> list[dict[str, str]]:
        """Return all changes in the form that Ansible prints as a diff."""
        return [change.diff() for change in self.changes]

    def summary(self) -> list[str]:
        """Return one line of text for each change, for the result of a module."""
        return [str(change) for change in self.changes]
