# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Heat for tests: it keeps one stack, and is done after some questions for events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ansible_collections.landfall.platform.plugins.module_utils._heat.stack import (
    Content,
    Event,
    HeatError,
    Resource,
    Stack,
)


class Clock:
    """A clock that goes forward when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class FakeHeat:
    """Heat with one stack.

    Attributes:
        ends: state in which the next action ends; it goes on for ``lasts`` questions.
        previewed: answer to the next preview of an update; made by comparing names without it.
        broken: resources that fail, with the reason.
    """

    stack: Optional[Stack] = None
    content: Optional[Content] = None
    ends: str = "COMPLETE"
    lasts: int = 2
    previewed: Optional[Mapping[str, Sequence[Resource]]] = None
    broken: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    calls: list[str] = field(default_factory=list)
    asked: list[Content] = field(default_factory=list)
    adopted: str = ""

    def find(self, name: str) -> Optional[Stack]:
        self.calls.append("find")
        return self.stack

    def template(self, stack: Stack) -> dict[str, Any]:
        self.calls.append("template")
        return dict(self.content.template) if self.content else {}

    def environment(self, stack: Stack) -> dict[str, Any]:
        self.calls.append("environment")
        return dict(self.content.environment) if self.content else {}

    def files(self, stack: Stack) -> dict[str, str]:
        self.calls.append("files")
        return dict(self.content.files) if self.content else {}

    def outputs(self, stack: Stack) -> dict[str, Any]:
        return {}

    def preview_create(self, name: str, content: Content) -> Sequence[Resource]:
        self.calls.append("preview_create")
        return _resources(content, "")

    def preview_update(self, stack: Stack, content: Content) -> Mapping[str, Sequence[Resource]]:
        self.calls.append("preview_update")
        self.asked.append(content)
        if self.previewed is not None:
            return self.previewed
        assert self.content
        now = {one.name: one for one in _resources(self.content, "CREATE_COMPLETE")}
        then = {one.name: one for one in _resources(content, "")}
        return {
            "added": [one for name, one in then.items() if name not in now],
            "deleted": [one for name, one in now.items() if name not in then],
        }

    def create(self, name: str, content: Content, minutes: int, adopt: str = "") -> Stack:
        self.calls.append("create")
        self.stack, self.content = Stack("s1", name, "CREATE_IN_PROGRESS"), content
        self.adopted = adopt
        return self.stack

    def update(self, stack: Stack, content: Content, minutes: int) -> None:
        self.calls.append("update")
        self.stack, self.content = replace(stack, state="UPDATE_IN_PROGRESS"), content

    def delete(self, stack: Stack) -> None:
        self.calls.append("delete")
        self.stack = replace(stack, state="DELETE_IN_PROGRESS")

    def mark_unhealthy(self, stack: Stack, resource: str, reason: str) -> None:
        self.calls.append(f"mark {resource}")

    def events(self, stack: Stack, after: str) -> Sequence[Event]:
        self.calls.append("events")
        if self.silent:
            return []
        self.lasts -= 1
        if self.stack is None:
            raise HeatError("gone", status=404)
        if self.lasts >= 0:
            return [Event(f"e{self.lasts}", "worker1", self.stack.state, "at work", own=False)]
        return self._end()

    def last_event(self, stack: Stack) -> str:
        self.calls.append("last_event")
        return "e9"

    def resources(self, stack: Stack) -> Sequence[Resource]:
        self.calls.append("resources")
        assert self.content
        return [
            replace(one, state="CREATE_FAILED", reason=self.broken[one.name])
            if one.name in self.broken
            else one
            for one in _resources(self.content, "CREATE_COMPLETE")
        ]

    def fault(self, server: str) -> str:
        return f"No valid host for {server}"

    def _end(self) -> Sequence[Event]:
        assert self.stack
        action = self.stack.state.split("_", maxsplit=1)[0]
        state = f"{action}_{self.ends}"
        self.stack = None if state == "DELETE_COMPLETE" else replace(self.stack, state=state)
        return [Event("end", "qa", state, "", own=True)]


def _resources(content: Content, state: str) -> list[Resource]:
    return [
        Resource(name, str(each["type"]), state, "", f"id-{name}" if state else "")
        for name, each in content.template["resources"].items()
    ]
