# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for Heat: follow the stack's events, with calls that get rarer the longer it takes.

Heat cannot be asked to answer later. So a pause is a part of the time that has passed: the number
of calls grows with its logarithm, and no more than that part is lost at the end. When nothing has
happened for a while the stack itself is looked at: an engine that died leaves no event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .._core.errors import LandfallError, NotReadyError, ProblemsError
from .._kube.wait import Clock
from .stack import Event, Heat, HeatError, Resource, Stack

FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 15.0
PART = 0.1
QUIET_S = 30.0
GONE = 404


class StackFailedError(LandfallError):
    """Heat could not do what was asked."""


class Follower:
    """Follows one stack.

    Args:
        heat: the connection.
        stack: the stack.
        last: id of the event before those that matter; empty for all of them.
        timeout: seconds without any event after which waiting ends.
    """

    def __init__(self, heat: Heat, stack: Stack, last: str, timeout: float, clock: Clock) -> None:
        self._heat = heat
        self._stack = stack
        self._timeout = timeout
        self._clock = clock
        self._last = last
        self._seen = ""

    def end(self) -> Stack:
        """Wait until Heat is done and return the stack as it then is.

        Raises:
            NotReadyError: nothing happened for too long.
        """
        start = moved = looked = self._clock.now()
        ended = False
        while True:
            events = self._events(self._last)
            now = self._clock.now()
            if events:
                self._last, moved, looked = events[-1].id, now, now
                self._seen = f"{events[-1].resource}: {events[-1].state} {events[-1].reason}"
            ended = ended or any(_ends(event) for event in events)
            if ended or now - looked >= QUIET_S:
                looked = now
                found = self._look()
                if not found.busy:
                    return found
            if now - moved >= self._timeout:
                raise self._late()
            self._clock.sleep(min(LAST_PAUSE_S, max(FIRST_PAUSE_S, (now - start) * PART)))

    def _events(self, after: str) -> Sequence[Event]:
        try:
            return self._heat.events(self._stack, after)
        except HeatError as error:
            if error.status != GONE:
                raise
            # The stack is gone, or an event that Heat has thrown away: look at the stack.
            return [Event(after, self._stack.name, "_COMPLETE", "", own=True)]

    def _look(self) -> Stack:
        found = self._heat.find(self._stack.name)
        if found is None or found.id != self._stack.id:
            return Stack(self._stack.id, self._stack.name, "DELETE_COMPLETE")
        return found

    def _late(self) -> NotReadyError:
        return NotReadyError(
            "Heat does not get any further",
            on=f"stack {self._stack.name}",
            expected=f"an event within {self._timeout:.0f} s",
            found=self._seen or "no event at all",
            remedy="see whether Heat's engines run; repeat the run, which goes on from there",
        )


def _ends(event: Event) -> bool:
    return event.own and event.state.endswith(("_COMPLETE", "_FAILED"))


def failure(
    stack: Stack, resources: Iterable[Resource], fault: Callable[[str], str]
) -> LandfallError:
    """Return the error about a stack that failed: each resource with its reason and Nova's."""
    problems: list[LandfallError] = []
    for each in resources:
        if not each.state.endswith("_FAILED"):
            continue
        reasons = [each.reason]
        if each.type == "OS::Nova::Server" and each.physical:
            reasons.append(fault(each.physical))
        found = "; Nova: ".join(text for text in reasons if text)
        problems.append(
            StackFailedError(
                each.state.lower().replace("_", " "), on=f"{each.type} {each.name}", found=found
            )
        )
    remedy = "remove the cause and repeat the run: it repairs the stack"
    if not problems:
        return StackFailedError(
            "the stack failed",
            on=f"stack {stack.name}",
            expected="a state that ends in _COMPLETE",
            found=f"{stack.state}: {stack.reason}",
            remedy=remedy,
        )
    return ProblemsError(f"stack {stack.name} is {stack.state}; {remedy}", problems)
