# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the tasks of each host; notes when plays ended, what tasks and showing them took."""

from __future__ import annotations

import functools
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.landfall.platform.plugins.callback import progress

DOCUMENTATION = """
name: task_counts
type: aggregate
short_description: Writes tasks of hosts, and times of plays and tasks, to LANDFALL_TASK_COUNTS
"""


class CallbackModule(CallbackBase):
    """Ansible's entry to this file."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_counts"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._begin = time.monotonic()
        self._tasks: Counter[str] = Counter()
        self._moments: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._play = ""
        self._started = self._begin
        self._showing = 0.0
        for name, function in list(vars(progress.CallbackModule).items()):
            if name.startswith("v2_"):
                setattr(progress.CallbackModule, name, self._timed(function))

    def _timed(self, function: Callable[..., None]) -> Callable[..., None]:
        """Return what counts the CPU seconds of a method of the callback that shows the run."""

        @functools.wraps(function)
        def timed(*args: Any, **options: Any) -> None:
            begin = time.thread_time()
            try:
                function(*args, **options)
            finally:
                self._showing += time.thread_time() - begin

        return timed

    def _count(self, result: Any) -> None:
        now = time.monotonic()
        self._tasks[result.host.get_name()] += 1
        self._moments[self._play] = now - self._begin
        self._seconds[result.task_name] = now - self._started

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember which play it is."""
        self._play = play.get_name()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Note when the task began."""
        self._started = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count a task that ran."""
        self._count(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Count a task that failed."""
        self._count(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Count a task that was skipped."""
        self._count(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write what was counted."""
        found = {
            "tasks": self._tasks,
            "moments": self._moments,
            "seconds": self._seconds,
            "showing": self._showing,
        }
        Path(os.environ["LANDFALL_TASK_COUNTS"]).write_text(json.dumps(found), encoding="utf-8")
