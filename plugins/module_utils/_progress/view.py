# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live view on a terminal, drawn with rich: phase, time, estimate, and what each host is at."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Optional

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .estimate import share
from .run import CHANGED, FAILED, IGNORED, SKIPPED, UNREACHABLE, Activity, Run, short
from .words import duration

# Twice a second costs less than a hundredth of a processor.
_INTERVAL_S = 0.5
# Lines that belong to others: the header, the footer, and some of what was written before.
_OTHER_LINES = 8
_FEWEST_ROWS, _MOST_ROWS = 3, 16
_WORDS = {
    FAILED: ("failed", "red"),
    UNREACHABLE: ("did not answer", "red"),
    CHANGED: ("changed", "yellow"),
    IGNORED: ("ignored", "dim"),
    SKIPPED: ("not concerned", "dim"),
}


def render(
    run: Run, title: str, now: float, left: Optional[float], size: tuple[int, int]
) -> RenderableType:
    """Return the view.

    Args:
        run: what is known of the run.
        title: what is run.
        now: seconds since its start.
        left: seconds that it will probably still take.
        size: columns and lines of the terminal.
    """
    width, height = size
    rows = max(_FEWEST_ROWS, min(_MOST_ROWS, height - _OTHER_LINES))
    shown = sorted(run.hosts.items(), key=_rank)[:rows]
    return Group(
        Text(),
        _header(run, title),
        _time(now, left, width),
        _hosts(shown, now),
        _footer(run, len(shown)),
    )


def _header(run: Run, title: str) -> RenderableType:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(title, style="bold")
    text.append(f"  {run.play}", style="bold cyan")
    if run.plays:
        text.append(f"  {run.play_number} of {run.plays}", style="dim")
    if run.check:
        text.append("  check mode: nothing is changed", style="yellow")
    return text


def _time(now: float, left: Optional[float], width: int) -> RenderableType:
    done = share(now, left)
    length = max(10, min(40, width // 3))
    bar = ProgressBar(
        total=1.0,
        completed=done or 0.0,
        pulse=done is None,
        animation_time=now,
        width=length,
        complete_style="cyan",
        pulse_style="cyan",
    )
    words = duration(now)
    if left is not None:
        words += f", about {duration(left)} left" if left >= 1 else ", almost done"
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=length)
    grid.add_row(bar, Text(words))
    return grid


def _rank(item: tuple[str, Activity]) -> tuple[int, float, str]:
    """Order hosts: what is lost, what is at work (the longest first), then the others."""
    name, activity = item
    if activity.bad:
        return 0, 0.0, name
    if not activity.status:
        return 1, activity.since, name
    return 2, 0.0, name


def _hosts(shown: list[tuple[str, Activity]], now: float) -> RenderableType:
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    for name, activity in shown:
        word, style = _WORDS.get(activity.bad or activity.status, ("done", "green"))
        if not activity.status and not activity.bad:
            word, style = duration(now - activity.since), "cyan"
        host = Text(name, style="bold" if not activity.status else "")
        grid.add_row(host, Text(short(activity.step)), Text(word, style=style))
    return grid


def _footer(run: Run, shown: int) -> RenderableType:
    hosts = run.hosts.values()
    counts = (
        (len(run.hosts) - shown, "more"),
        (sum(not one.status and not one.bad for one in hosts), "at work"),
        (sum(bool(one.changed) for one in hosts), "changed"),
        (sum(bool(one.bad) for one in hosts), "lost"),
        (len(run.warnings), "warnings"),
    )
    parts = [f"{number} {word}" for number, word in counts if number]
    return Text(", ".join(parts), style="dim", no_wrap=True)


class LiveView:
    """Draws the view until it is stopped.

    Ansible forks while it holds its display's lock; so whatever writes from another thread must
    hold it, too, or the fork would have a lock that nobody gives back.

    Args:
        lock: the lock of Ansible's display.
        draw: returns the view for a number of columns and lines.
        file: the terminal.
    """

    def __init__(
        self,
        lock: Any,
        draw: Callable[[tuple[int, int]], RenderableType],
        file: Optional[IO[str]] = None,
    ) -> None:
        self._lock = lock
        self._draw = draw
        self._console = Console(file=file or sys.stdout, highlight=False)
        self._live: Optional[Live] = None
        self._end = threading.Event()

    def start(self) -> None:
        """Begin, unless it has begun."""
        with self._lock:
            if self._live:
                return
            self._live = Live(
                self._drawn(), console=self._console, auto_refresh=False, transient=True
            )
            self._live.start()
        self._end = threading.Event()
        threading.Thread(target=self._run, args=(self._end,), daemon=True).start()

    def stop(self) -> None:
        """Remove the view; lines that were written stay."""
        self._end.set()
        with self._lock:
            live, self._live = self._live, None
            if live:
                live.stop()

    def _run(self, end: threading.Event) -> None:
        while not end.wait(_INTERVAL_S):
            with self._lock:
                if self._live and not end.is_set():
                    self._live.update(self._drawn(), refresh=True)

    def _drawn(self) -> RenderableType:
        size = self._console.size
        return self._draw((size.width, size.height))
