# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Heat stack: what it shall be, what Heat has of it, and the calls that lie between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol

from .._core.errors import LandfallError


@dataclass(frozen=True)
class Content:
    """All that a stack is made of.

    Attributes:
        template: the template as plain data.
        environment: Heat's environment, with the parameters in ``parameters``.
        files: texts that template and environment refer to, by name.
    """

    template: Mapping[str, Any]
    environment: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stack:
    """A stack that is there; ``state`` is its last action and how that went: CREATE_COMPLETE."""

    id: str
    name: str
    state: str
    reason: str = ""

    @property
    def busy(self) -> bool:
        """Whether Heat is at work on it."""
        return self.state.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        """Whether its last action failed."""
        return self.state.endswith("_FAILED")


@dataclass(frozen=True)
class Resource:
    """A resource of a stack; ``physical`` is its id in the service that has it."""

    name: str
    type: str
    state: str
    reason: str = ""
    physical: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is there and its last action succeeded."""
        return bool(self.physical) and self.state.endswith("_COMPLETE")


@dataclass(frozen=True)
class Event:
    """Something that Heat did; ``own`` says that it concerns the stack as a whole."""

    id: str
    resource: str
    state: str
    reason: str
    own: bool


class HeatError(LandfallError):
    """Heat refused a request; ``status`` is the HTTP status code."""

    def __init__(self, what: str, *, status: int, on: str = "", found: str = "") -> None:
        super().__init__(what, on=on, found=found)
        self.status = status


class Heat(Protocol):
    """A connection to Heat, for one project.

    Every method raises HeatError when Heat refuses, UnreachableError when it does not answer.
    """

    def find(self, name: str) -> Optional[Stack]:
        """Return a stack by its name, None when there is none."""

    def template(self, stack: Stack) -> dict[str, Any]:
        """Return its template."""

    def environment(self, stack: Stack) -> dict[str, Any]:
        """Return its environment."""

    def files(self, stack: Stack) -> dict[str, str]:
        """Return its files."""

    def outputs(self, stack: Stack) -> dict[str, Any]:
        """Return its outputs."""

    def preview_create(self, name: str, content: Content) -> Sequence[Resource]:
        """Return what creating it would make."""

    def preview_update(self, stack: Stack, content: Content) -> Mapping[str, Sequence[Resource]]:
        """Return what an update would do: added, updated, replaced, deleted, unchanged."""

    def create(self, name: str, content: Content, minutes: int, adopt: str = "") -> Stack:
        """Begin to create it, or to adopt resources that are there, from an abandoned stack."""

    def update(self, stack: Stack, content: Content, minutes: int) -> None:
        """Begin to update it."""

    def delete(self, stack: Stack) -> None:
        """Begin to delete it."""

    def mark_unhealthy(self, stack: Stack, resource: str, reason: str) -> None:
        """Let the next update make a resource anew."""

    def events(self, stack: Stack, after: str) -> Sequence[Event]:
        """Return what happened after an event, oldest first; everything without one."""

    def last_event(self, stack: Stack) -> str:
        """Return the id of the newest event, empty if there is none."""

    def resources(self, stack: Stack) -> Sequence[Resource]:
        """Return its resources."""

    def fault(self, server: str) -> str:
        """Return what Nova says went wrong with a server, empty if it says nothing."""
