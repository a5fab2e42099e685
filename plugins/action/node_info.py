# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a host, and at the controller's clock before and after."""

from __future__ import annotations

import time
from typing import Any, Optional

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.plugin_utils.reach import explained


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        before = time.time()
        with explained(self, task_vars or {}):
            result: dict[str, Any] = self._execute_module(
                module_name="landfall.platform.node_info", task_vars=task_vars
            )
        times = {"controller_before": before, "controller_after": time.time()}
        address = self._task.args.get("address", "")
        return {**result, **times, "address": address}
