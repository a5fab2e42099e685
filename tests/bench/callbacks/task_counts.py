# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts, for each host, the tasks of a run and those that called a module on the host."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_counts
type: aggregate
short_description: Counts tasks and remote module calls per host into LANDFALL_TASK_COUNTS
"""

CONTROLLER = {
    "bundle",
    "debug",
    "depot_info",
    "depot_push",
    "fail",
    "import_role",
    "include_role",
    "kube_apply",
    "kubeadm_plan",
    "preflight_check",
    "site_check",
    "stack",
    "validate_argument_spec",
}
"""Actions that work on the controller and send nothing to a host."""


class CallbackModule(CallbackBase):
    """Ansible's entry to this file."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_counts"

    def __init__(self) -> None:
        super().__init__()
        self._tasks: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()

    def _count(self, result: Any, *, skipped: bool = False) -> None:
        host = result.host.get_name()
        self._tasks[host] += 1
        if not skipped and result.task.action.rsplit(".", 1)[-1] not in CONTROLLER:
            self._calls[host] += 1

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count a task that ran."""
        self._count(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Count a task that failed."""
        self._count(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Count a task that was skipped."""
        self._count(result, skipped=True)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write the counts."""
        counts = {h: {"tasks": n, "calls": self._calls[h]} for h, n in self._tasks.items()}
        Path(os.environ["LANDFALL_TASK_COUNTS"]).write_text(json.dumps(counts), encoding="utf-8")
