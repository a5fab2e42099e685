# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has done so far: its steps, what each host is at, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

OK, CHANGED, SKIPPED, IGNORED = "ok", "changed", "skipped", "ignored"
FAILED, UNREACHABLE = "failed", "unreachable"
BAD = (FAILED, UNREACHABLE)


def short(name: str) -> str:
    """Return a task's name without its role's, which says no more than the play's."""
    return name.partition(" : ")[2] or name


@dataclass
class Step:
    """One task of a play, on all hosts that it concerns.

    Attributes:
        play: name of the play.
        name: name of the task.
        number: counts the steps of one play that have the same name.
        begin: seconds since the run's start.
        end: when the last host was done; ``begin`` as long as none is.
        hosts: how it ended on each host.
    """

    play: str
    name: str
    number: int
    begin: float
    end: float
    hosts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, int]:
        """Find the same step in another run."""
        return self.play, self.name, self.number

    @property
    def title(self) -> str:
        """Name the step for people."""
        return f"{self.play} · {short(self.name)}" if self.play else short(self.name)

    @property
    def seconds(self) -> float:
        """How long it took so far."""
        return self.end - self.begin

    def having(self, *statuses: str) -> list[str]:
        """Return the hosts on which it ended so."""
        return [host for host, status in self.hosts.items() if status in statuses]


@dataclass
class Activity:
    """What a host is at, or was at last.

    Attributes:
        step: the step's name.
        since: when it began there, or ended, in seconds since the run's start.
        status: how it ended; empty while it runs.
        changed: number of steps that changed something on the host.
        bad: how the host was lost; empty when it was not.
    """

    step: str = ""
    since: float = 0.0
    status: str = ""
    changed: int = 0
    bad: str = ""


@dataclass(frozen=True)
class Difference:
    """Something that changed, on some hosts.

    Attributes:
        text: what, in words: ``update file /etc/hosts``.
        step: the step that did it.
        hosts: where.
    """

    text: str
    step: str
    hosts: tuple[str, ...]


def changes_in(result: Mapping[str, Any]) -> list[str]:
    """Return what a result says that it changed, that of its loop's items included."""
    found = [str(line) for line in _texts(result.get("changes"))]
    for item in result.get("results") or ():
        if isinstance(item, Mapping) and item.get("changed"):
            found += [str(line) for line in _texts(item.get("changes"))]
    return found


def _texts(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else ()


class Run:
    """A run, as its events tell it. All times are seconds since its start.

    Args:
        check: nothing is changed, only predicted.
        plays: number of plays that it has.
    """

    def __init__(self, *, check: bool = False, plays: int = 0) -> None:
        self.check = check
        self.plays = plays
        self.play = ""
        self.play_number = 0
        self.steps: list[Step] = []
        self.hosts: dict[str, Activity] = {}
        self.warnings: list[str] = []
        self._open: dict[str, Step] = {}
        self._differences: dict[tuple[str, str], list[str]] = {}

    def begin_play(self, name: str) -> None:
        """Note the beginning of a play."""
        self.play = name
        self.play_number += 1

    def begin_step(self, identity: str, name: str, now: float) -> Step:
        """Note the beginning of a task."""
        alike = sum(step.play == self.play and step.name == name for step in self.steps)
        step = Step(self.play, name, alike, now, now)
        self.steps.append(step)
        self._open[identity] = step
        return step

    def begin_host(self, host: str, name: str, now: float) -> None:
        """Note that a host begins with a task."""
        activity = self.hosts.setdefault(host, Activity())
        activity.step, activity.since, activity.status = name, now, ""

    def knows(self, identity: str) -> bool:
        """Tell whether a task has begun, on whatever host."""
        return identity in self._open

    def end_host(
        self, identity: str, host: str, status: str, now: float, changes: Iterable[str] = ()
    ) -> Step:
        """Note how a task that has begun ended on a host, and what it says that it changed."""
        step = self._open[identity]
        step.end, step.hosts[host] = now, status
        activity = self.hosts.setdefault(host, Activity())
        activity.step, activity.since, activity.status = step.name, now, status
        if status in BAD:
            activity.bad = status
        if status == CHANGED:
            activity.changed += 1
            for text in list(changes) or [""]:
                self._differences.setdefault((text, step.title), []).append(host)
        return step

    def warn(self, text: str) -> bool:
        """Note a warning; False when it was known."""
        if text in self.warnings:
            return False
        self.warnings.append(text)
        return True

    @property
    def step(self) -> Optional[Step]:
        """The newest step."""
        return self.steps[-1] if self.steps else None

    @property
    def differences(self) -> list[Difference]:
        """What changed, in the order of the steps; steps that say nothing have no text."""
        return [
            Difference(text, step, tuple(dict.fromkeys(hosts)))
            for (text, step), hosts in self._differences.items()
        ]
