# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the SSH host keys of a stack's servers, from the controller."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._heat.client import HeatClient
from ansible_collections.landfall.platform.plugins.module_utils._heat.hostkeys import (
    KeyChange,
    record_keys,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.hosts import Hosts
from ansible_collections.landfall.platform.plugins.module_utils._heat.servers import NovaServers
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock

ARGUMENT_SPEC: dict[str, Any] = {
    "stack": {"type": "str", "required": True},
    "cloud": {"type": "str", "default": ""},
    "region": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 300},
}


class ActionModule(ActionBase):
    """One call for all servers of a stack."""

    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]  # type: ignore[no-untyped-call]
        try:
            plan = self._record(params)
        except LandfallError as error:
            return {"failed": True, "msg": str(error)}
        return {"changed": bool(plan), "changes": plan.summary(), "diff": plan.diff()}

    def _record(self, params: dict[str, Any]) -> Plan[KeyChange]:
        connection = connect(params["cloud"], params["region"])
        heat = HeatClient(connection)
        stack = heat.find(params["stack"])
        if stack is None:
            return Plan()
        hosts = Hosts.from_outputs(stack.name, heat.outputs(stack)).hosts
        return record_keys(
            NovaServers(connection),
            hosts,
            check=bool(self._task.check_mode),
            timeout=params["timeout"],
            clock=SystemClock(),
        )
