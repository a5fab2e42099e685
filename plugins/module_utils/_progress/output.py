# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run shows: lines that stay, and for a terminal a view that is drawn anew below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Optional, Protocol

from .run import CHANGED, FAILED, IGNORED, SKIPPED, UNREACHABLE, Run, Step
from .words import Problem, duration, names, problems

# A step that changed nothing is worth a second line from here on.
_LONG_S = 5.0
GOOD, BAD, NOTE, PLAIN = "changed", "error", "skip", ""

Write = Callable[[str, str], None]
"""Shows a line; the second argument says what kind it is, for its colour."""


class View(Protocol):
    """What is drawn anew all the time."""

    def start(self) -> None:
        """Begin to draw."""

    def stop(self) -> None:
        """Remove what was drawn."""


class Output(Protocol):
    """Shows a run to people."""

    def play(self, run: Run) -> None:
        """Show the beginning of a play."""

    def step(self, step: Step) -> None:
        """Show the beginning of a step."""

    def done(self, step: Step) -> None:
        """Show how a step ended."""

    def error(self, host: str, step: Step, status: str, message: str, more: str) -> None:
        """Show an error of a host; ``more`` is the rest of its result."""

    def again(self, host: str, other: str, step: Step, status: str) -> None:
        """Show that a host has the error that another one had."""

    def say(self, lines: Sequence[str]) -> None:
        """Show what a playbook says."""

    def retry(self, host: str, left: int) -> None:
        """Show that a step is tried again."""


def _how(status: str) -> str:
    return "UNREACHABLE!" if status == UNREACHABLE else "FAILED!"


def _word(status: str) -> str:
    return "did not answer" if status == UNREACHABLE else "failed"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


class Lines:
    """For logs: a line for each step when it begins, and one when it did something.

    Args:
        write: shows a line.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._heading = ""

    def play(self, run: Run) -> None:
        """Keep the play's name and number until it has a step: it may concern no host."""
        number = f" ({run.play_number} of {run.plays})" if run.plays else ""
        self._heading = f"\n== {run.play}{number}"

    def step(self, step: Step) -> None:
        """Show the time since the run's start, and the step."""
        if self._heading:
            self._write(self._heading, PLAIN)
            self._heading = ""
        minutes, seconds = divmod(int(step.begin), 60)
        self._write(f"[{minutes:3}:{seconds:02}] {step.name}", PLAIN)

    def done(self, step: Step) -> None:
        """Show where it changed something or failed; nothing when there is nothing to say."""
        changed = step.having(CHANGED)
        lost = step.having(FAILED, UNREACHABLE)
        if not changed and not lost and step.seconds < _LONG_S:
            return
        parts = [
            f"{word}: {names(hosts)}"
            for word, hosts in (
                ("changed", changed),
                ("failed", lost),
                ("ignored", step.having(IGNORED)),
            )
            if hosts
        ]
        rest = len(step.hosts) - len(changed) - len(lost) - len(step.having(SKIPPED, IGNORED))
        if rest:
            parts.append(f"ok: {rest}")
        text = f"{'; '.join(parts)}{'; ' if parts else ''}{duration(step.seconds)}"
        self._write(f"         {text}", GOOD if changed else PLAIN)

    def error(self, host: str, step: Step, status: str, message: str, more: str) -> None:
        """Show the remedy, then the error in one line, as logs are searched for it."""
        self._write(f"fatal: [{host}]: {_how(status)} {step.name}", BAD)
        found = problems(message)
        if len(found) == 1 and found[0].remedy:
            self._write(f"  what to do: {found[0].remedy}", BAD)
        self._write(_indented(message.strip()), BAD)
        if more:
            self._write(_indented(more), BAD)

    def again(self, host: str, other: str, step: Step, status: str) -> None:
        """Show it in one line."""
        self._write(f"fatal: [{host}]: {_how(status)} {step.name}: the same as {other}", BAD)

    def say(self, lines: Sequence[str]) -> None:
        """Show it as it is."""
        for line in lines:
            self._write(_indented(line), PLAIN)

    def retry(self, host: str, left: int) -> None:
        """Show how often it will be tried again."""
        self._write(f"  {host}: not yet, tried {left} times more at most", NOTE)


class Terminal:
    """For a terminal: what a person wants to read later stays, the rest is in the view.

    Args:
        write: shows a line above the view.
        view: the view.
    """

    def __init__(self, write: Write, view: View) -> None:
        self._write = write
        self._view = view

    def play(self, run: Run) -> None:  # noqa: ARG002 - the view has it
        """Have the view there."""
        self._view.start()

    def step(self, step: Step) -> None:
        """Show nothing: the view has it."""

    def done(self, step: Step) -> None:
        """Show a step that changed something."""
        changed = step.having(CHANGED)
        if changed:
            text = f"{step.title}  {names(changed)}  {duration(step.seconds)}"
            self._write(f"changed  {text}", GOOD)

    def error(self, host: str, step: Step, status: str, message: str, more: str) -> None:
        """Show an error in its parts, the remedy first."""
        self._write(f"\n{host} {_word(status)}: {step.title}", BAD)
        for problem in problems(message):
            self._problem(problem)
        if more:
            self._write(_indented(more), PLAIN)
        self._write("", PLAIN)

    def _problem(self, problem: Problem) -> None:
        for number, line in enumerate(problem.lines()):
            first = number == 0 and bool(problem.remedy)
            self._write(_indented(line), GOOD if first else PLAIN)

    def again(self, host: str, other: str, step: Step, status: str) -> None:
        """Show it in one line."""
        self._write(f"{host} {_word(status)}: {step.title}: the same as {other}", BAD)

    def say(self, lines: Sequence[str]) -> None:
        """Show it as it is."""
        for line in lines:
            self._write(line, PLAIN)

    def retry(self, host: str, left: int) -> None:
        """Show nothing: the view says how long it takes."""


def said(value: object) -> Optional[list[str]]:
    """Return a message of a playbook as lines; None when it is not text."""
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, list) and all(isinstance(line, (str, int, float)) for line in value):
        return [str(line) for line in value]
    return None
