# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Heat from the controller; the decisions are in module_utils/_heat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.census import census
from ansible_collections.landfall.platform.plugins.module_utils._heat.client import HeatClient
from ansible_collections.landfall.platform.plugins.module_utils._heat.compare import content_from
from ansible_collections.landfall.platform.plugins.module_utils._heat.engine import (
    Engine,
    Options,
    Outcome,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect
from ansible_collections.landfall.platform.plugins.module_utils._heat.survey import survey
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "cloud": {"type": "str", "default": ""},
    "region": {"type": "str", "default": ""},
    "template": {"type": "raw"},
    "parameters": {"type": "dict", "default": {}},
    "environment": {"type": "dict", "default": {}},
    "files": {"type": "dict", "default": {}},
    "removable": {"type": "list", "elements": "str", "default": []},
    "replace": {"type": "list", "elements": "str", "default": []},
    "members": {"type": "list", "elements": "str", "default": []},
    "adopt": {"type": "path"},
    "stalled": {"type": "int", "default": 300},
    "timeout": {"type": "int", "default": 60},
}


class ActionModule(ActionBase):
    """One call for all of a site's infrastructure."""

    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]  # type: ignore[no-untyped-call]
        decided: list[Outcome] = []
        try:
            return self._act(params, decided)
        except LandfallError as error:
            # What was begun before the error is reported too; without a decision, nothing was.
            report = self._report(decided[-1]) if decided else {}
            return {**report, "failed": True, "msg": str(error)}

    def _act(self, params: dict[str, Any], decided: list[Outcome]) -> dict[str, Any]:
        options = Options(
            check=bool(self._task.check_mode),
            minutes=params["timeout"],
            removable=frozenset(params["removable"]),
            replace=frozenset(params["replace"]),
            members=frozenset(params["members"]),
            adopt=_read(params["adopt"]) if params["adopt"] else "",
            stalled=params["stalled"],
        )
        connection = connect(params["cloud"], params["region"])
        heat = HeatClient(connection)
        engine = Engine(
            heat,
            lambda needs: survey(connection, needs),
            options,
            SystemClock(),
            decided.append,
            lambda networks: census(connection, networks),
        )
        if params["state"] == "absent":
            outcome = engine.absent(params["name"])
        else:
            content = content_from(
                params["template"], params["parameters"], params["environment"], params["files"]
            )
            outcome = engine.present(params["name"], content)
        return {**self._report(outcome), "calls": heat.calls}

    def _report(self, outcome: Outcome) -> dict[str, Any]:
        report: dict[str, Any] = {
            "changed": bool(outcome.plan),
            "changes": outcome.plan.summary(),
            "leaving": list(outcome.leaving),
            "kept": list(outcome.kept),
            "stack": {"id": outcome.stack.id, "state": outcome.stack.state}
            if outcome.stack
            else {},
        }
        if self._task.diff:
            report["diff"] = outcome.plan.diff()
        return report


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            "the abandoned stack's data cannot be read", on=path, found=str(error)
        ) from None
