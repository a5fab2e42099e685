# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees what a node is; a node that does not answer may be an answer as well."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

MODULE = "landfall.platform.kubeadm_info"


class ActionModule(ActionBase):
    """Runs the module; with ``may_be_silent`` an unreachable node gives no observation.

    ``ignore_unreachable`` would not do: an unreachable host ends the play after a run_once task.
    """

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = dict(self._task.args)
        silence = self._templar.template(args.get("may_be_silent", False))
        try:
            done: dict[str, Any] = self._execute_module(
                module_name=MODULE, module_args=args, task_vars=task_vars or {}
            )
        except AnsibleConnectionFailure as error:
            if silence is not True:
                raise
            return {**result, "changed": False, "silent": str(error)}
        return {**result, **done}
