# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out which run this is, asks the operator host for the lock, and explains a refusal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePath
from typing import Any, Optional

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import controller, lock


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        # A task is executed in a worker process, whose parent is the run itself.
        holder = controller.current(os.getppid())
        arguments = {
            **self._task.args,
            "purpose": self._task.args.get("purpose") or _purpose(),
            "holder": asdict(holder),
        }
        result = self._ask(arguments, task_vars)
        if result.get("failed") or arguments.get("state") == "released":
            return result
        reason = ""
        if result["lock"]["verdict"] == lock.HELD:
            present = _record(result["lock"]["record"])
            reason = lock.ended(present.holder, holder, controller.started)
            if reason:
                arguments["break_run"] = present.holder.run_id
                result = self._ask(arguments, task_vars)
        if result.get("failed"):
            return result
        if result["lock"]["verdict"] == lock.HELD:
            self._refuse(_record(result["lock"]["record"]))
        if result["lock"]["verdict"] == lock.TAKEN_OVER:
            self._notice(reason, _record(result["lock"]["previous"]))
        return result

    def _ask(
        self, arguments: Mapping[str, Any], task_vars: Optional[dict[str, Any]]
    ) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="landfall.platform.site_lock",
            module_args=dict(arguments),
            task_vars=task_vars,
        )
        return result

    def _notice(self, reason: str, record: lock.Record) -> None:
        self._display.warning(
            f"The site's lock was taken over from {lock.describe(record)}"
            + (f"; {reason}" if reason else "")
        )

    def _refuse(self, record: lock.Record) -> None:
        error: LandfallError = RefusedError(
            "another run is at work on this site",
            found=lock.describe(record),
            remedy="wait for it; it may be broken, if nobody is at work, with "
            f"-e site_lock_break={record.holder.run_id}",
        )
        if not self._task.check_mode:
            raise AnsibleActionFail(str(error))
        self._display.warning(str(error))


def _record(params: Mapping[str, Any]) -> lock.Record:
    return lock.Record(
        lock.Holder.from_params(params["holder"]),
        str(params["purpose"]),
        float(params["since"]),
        float(params["expires"]),
    )


def _purpose() -> str:
    """The names of the playbooks on the command line."""
    playbooks = context.CLIARGS.get("args") or ()
    return ", ".join(PurePath(str(playbook)).name for playbook in playbooks)
