# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in words: what it changed, what it took, and what went wrong, with the remedy first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .run import Difference, Run, Step

# More than these are counted by what kind of thing they are.
MOST_CHANGES = 15
SLOWEST = 5
_NAMED = 4
_PARTS = re.compile(r"; (expected|found|remedy): ")


@dataclass(frozen=True)
class Problem:
    """An error in its parts, as the project's errors have them; others have only the first."""

    what: str
    expected: str = ""
    found: str = ""
    remedy: str = ""

    def lines(self) -> list[str]:
        """Return it for people, what to do first."""
        parts = (
            ("what to do", self.remedy),
            ("", self.what),
            ("expected", self.expected),
            ("found", self.found),
        )
        return [f"{label}: {text}" if label else text for label, text in parts if text]


def problems(message: str) -> list[Problem]:
    """Return the errors that a message holds.

    The first line of a message with several errors introduces them; what belongs to one error is
    everything up to the next one.
    """
    head, *rest = re.split(r"\n- (?=\S)", message.strip())
    if not rest:
        return [_parts(head)]
    return [Problem(head), *map(_parts, rest)]


def _parts(text: str) -> Problem:
    what, *rest = _PARTS.split(text)
    found = dict(zip(rest[::2], rest[1::2]))
    return Problem(what.strip(), **{name: value.strip() for name, value in found.items()})


def duration(seconds: float) -> str:
    """Return a time for people: ``4.2 s``, ``1:05``, ``1:00:05``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def names(hosts: Iterable[str]) -> str:
    """Return hosts for people; of many, the first and how many more."""
    listed = sorted(hosts)
    if len(listed) <= _NAMED + 1:
        return ", ".join(listed)
    return ", ".join(listed[:_NAMED]) + f" and {len(listed) - _NAMED} more"


def sentence(summaries: Mapping[str, Mapping[str, int]], seconds: float, *, check: bool) -> str:
    """Return the outcome of a run in words.

    Args:
        summaries: Ansible's counts (changed, failures, unreachable, …) by host.
        seconds: how long the run took.
        check: it was a run in check mode.
    """
    parts = []
    for key, words in (("unreachable", "did not answer"), ("failures", "failed")):
        hosts = sorted(name for name, counts in summaries.items() if counts[key])
        if hosts:
            parts.append(f"{', '.join(hosts)} {words}")
    changes = {name: counts["changed"] for name, counts in summaries.items() if counts["changed"]}
    if changes:
        verb = "would change" if check else "changed"
        listed = ", ".join(f"{name} ({number})" for name, number in sorted(changes.items()))
        parts.append(f"steps that {verb} something: {listed}")
    elif not parts:
        parts.append("Nothing would change" if check else "Nothing changed")
    number = len(summaries)
    return f"{'; '.join(parts)}. {number} host{'' if number == 1 else 's'}, {seconds:.0f} s."


def changes(differences: Sequence[Difference]) -> list[str]:
    """Return what changed: one line each, or each step's with numbers when it is too much."""
    if len(differences) <= MOST_CHANGES:
        return [f"{one.text or one.step} ({names(one.hosts)})" for one in differences]
    steps: dict[str, list[Difference]] = {}
    for one in differences:
        steps.setdefault(one.step, []).append(one)
    return [_counted(step, found) for step, found in steps.items()]


def _counted(step: str, differences: Sequence[Difference]) -> str:
    """Return one step's changes by verb and kind: ``create file 12 times``."""
    kinds = Counter(" ".join(one.text.split()[:2]) for one in differences if one.text)
    hosts = {host for one in differences for host in one.hosts}
    listed = ", ".join(
        f"{kind} {number} times" if number > 1 else kind for kind, number in kinds.most_common()
    )
    return f"{step}{': ' if listed else ''}{listed} ({names(hosts)})"


def slowest(steps: Iterable[Step]) -> list[Step]:
    """Return the steps that took longest, of those that took a second or more."""
    long = [step for step in steps if step.seconds >= 1]
    return sorted(long, key=lambda step: -step.seconds)[:SLOWEST]


def summary(run: Run, where: str = "") -> list[tuple[str, list[str]]]:
    """Return the parts of the summary with their titles; what has nothing to say is left out.

    Args:
        run: the run at its end.
        where: the file that has all of it.
    """
    took = [f"{duration(step.seconds):>7}  {step.title}" for step in slowest(run.steps)]
    changed = changes(run.differences)
    title = "What would change" if run.check else "What changed"
    if where and len(run.differences) > MOST_CHANGES:
        changed.append(f"each of them: {where}")
    parts = [(title, changed), ("Slowest steps", took), ("Warnings", list(run.warnings))]
    return [(title, lines) for title, lines in parts if lines]
