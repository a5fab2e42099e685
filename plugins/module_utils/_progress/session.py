# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows a run: keeps what happens, shows it, and records it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Optional

from . import estimate, records
from .output import Output
from .run import BAD, CHANGED, IGNORED, Run, Step
from .words import problems, sentence, summary

# Of an error in the record; the run has shown the whole.
_LONGEST = 4000


class Session:
    """One run, from its first play to its summary.

    Args:
        run: what is known of it.
        output: shows it.
        record: writes it down.
        playbook: name of the playbook.
        kind: what tells kinds of runs apart, for the estimate.
        now: seconds since the run's start.
    """

    def __init__(
        self,
        run: Run,
        output: Output,
        record: records.Record,
        playbook: str,
        kind: Mapping[str, Any],
        now: Callable[[], float],
    ) -> None:
        self.run = run
        self._output = output
        self._record = record
        self._playbook = playbook
        self._kind = dict(kind)
        self._now = now
        self._state: Optional[Path] = None
        self._earlier: list[estimate.Earlier] = []
        self._shown: Optional[Step] = None
        self._errors: dict[tuple[str, str], str] = {}

    @property
    def kept(self) -> bool:
        """Tell whether it is known where the record is kept."""
        return self._state is not None

    def keep_in(self, state: Path, stamp: str) -> None:
        """Say where the record is kept, once that is known; earlier runs are found there, too."""
        if self._state is None:
            self._state = state
            self._earlier = records.earlier(state, self._playbook, self._kind)
            self._record.open(state, f"{self._playbook}.{stamp}")

    def left(self) -> Optional[float]:
        """Return how many seconds the run will probably still take."""
        step = self.run.step
        if step is None:
            return None
        return estimate.remaining(self._earlier, step.key, self._now() - step.begin)

    def begin_play(self, name: str) -> None:
        """Go on with a play."""
        self._finish()
        self.run.begin_play(name)
        self._record.write({"event": "play", "t": self._time(), "play": name})
        self._output.play(self.run)

    def begin_step(self, identity: str, name: str) -> None:
        """Go on with a task."""
        if self.run.knows(identity):
            return
        self._finish()
        self._shown = step = self.run.begin_step(identity, name, self._now())
        self._record.write(
            {"event": "step", "t": self._time(), "play": step.play, "step": step.name}
        )
        self._record.flush()
        self._output.step(step)

    def begin_host(self, host: str, name: str) -> None:
        """Note that a host begins with a task."""
        self.run.begin_host(host, name, self._now())

    def end_host(
        self, identity: str, name: str, host: str, status: str, changes: Sequence[str] = ()
    ) -> Step:
        """Note how a task ended on a host."""
        self.begin_step(identity, name)
        step = self.run.end_host(identity, host, status, self._now(), changes)
        event = {"event": "result", "t": self._time(), "step": step.name, "host": host}
        event["status"] = status
        if status == CHANGED and changes:
            event["changes"] = list(changes)
        self._record.write(event)
        return step

    def error(
        self, identity: str, name: str, host: str, status: str, message: str, more: str = ""
    ) -> None:
        """Note and show an error; the same one of several hosts is shown once."""
        step = self.end_host(identity, name, host, status)
        first = self._errors.setdefault((step.title, message), host)
        if first != host:
            self._output.again(host, first, step, status)
        else:
            self._output.error(host, step, status, message, more)
        for problem in problems(message[:_LONGEST]):
            self._record.write(
                {
                    "event": "error",
                    "t": self._time(),
                    "host": host,
                    "step": step.name,
                    **asdict(problem),
                }
            )
        self._record.flush()

    def warn(self, text: str) -> None:
        """Note a warning for the summary."""
        if self.run.warn(text):
            self._record.write({"event": "warning", "t": self._time(), "text": text})

    def say(self, lines: Sequence[str]) -> None:
        """Show what the playbook says."""
        self._output.say(lines)

    def retry(self, host: str, left: int) -> None:
        """Show that a step is tried again."""
        self._output.retry(host, left)

    def end(self, summaries: Mapping[str, Mapping[str, int]]) -> list[tuple[str, list[str]]]:
        """Close the record and return the summary, its last part without a title.

        Args:
            summaries: Ansible's counts by host.
        """
        self._finish()
        seconds = self._now()
        bad = any(one["failures"] or one["unreachable"] for one in summaries.values())
        self._record.write(
            {
                "event": "end",
                "t": self._time(),
                "ok": not bad,
                "kind": self._kind,
                "seconds": round(seconds, 3),
                "hosts": {host: dict(one) for host, one in summaries.items()},
                "steps": [_recorded(step) for step in self.run.steps],
            }
        )
        self._record.close()
        if self._state:
            records.prune(self._state, self._playbook)
        where = str(self._record.path or "")
        parts = summary(self.run, where)
        return [*parts, ("", [sentence(summaries, seconds, check=self.run.check)])]

    def _finish(self) -> None:
        """Show how the step that was shown last ended."""
        if self._shown:
            step, self._shown = self._shown, None
            self._output.done(step)

    def _time(self) -> float:
        return round(self._now(), 3)


def _recorded(step: Step) -> dict[str, Any]:
    return {
        "play": step.play,
        "step": step.name,
        "number": step.number,
        "begin": round(step.begin, 3),
        "seconds": round(step.seconds, 3),
        "hosts": len(step.hosts),
        "changed": len(step.having(CHANGED)),
        "failed": len(step.having(*BAD)),
        "ignored": len(step.having(IGNORED)),
    }
