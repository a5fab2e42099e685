# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the cloud from the controller; the decisions are in module_utils/_cloud."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._cloud.leftovers import (
    Outcome,
    Remover,
    allow,
    plan_balancers,
    plan_volumes,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.made import Project
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    "kind": {"type": "str", "choices": ["balancers", "volumes"], "required": True},
    "cloud": {"type": "str", "default": ""},
    "region": {"type": "str", "default": ""},
    "cluster": {"type": "str", "required": True},
    "retain": {"type": "bool", "default": False},
    "removable": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 300},
}


class ActionModule(ActionBase):
    """One call for all of one kind that a cluster had the cloud make."""

    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]  # type: ignore[no-untyped-call]
        decided: list[Outcome] = []
        try:
            self._remove(params, decided)
        except LandfallError as error:
            # What was begun before the error is reported too; without a decision, nothing was.
            report = self._report(decided[-1]) if decided else {}
            return {**report, "failed": True, "msg": str(error)}
        return self._report(decided[-1])

    def _remove(self, params: dict[str, Any], decided: list[Outcome]) -> None:
        project, cluster = Project(connect(params["cloud"], params["region"])), params["cluster"]

        def look() -> Outcome:
            if params["kind"] == "balancers":
                return plan_balancers(cluster, project)
            return plan_volumes(cluster, project, retain=params["retain"])

        outcome = look()
        allow(outcome, cluster, frozenset(params["removable"]))
        decided.append(outcome)
        if outcome.plan and not self._task.check_mode:
            Remover(project, look, SystemClock(), params["timeout"]).remove()

    def _report(self, outcome: Outcome) -> dict[str, Any]:
        report: dict[str, Any] = {
            "changed": bool(outcome.plan),
            "changes": outcome.plan.summary(),
            "kept": list(outcome.kept),
        }
        if self._task.diff:
            report["diff"] = outcome.plan.diff()
        return report
