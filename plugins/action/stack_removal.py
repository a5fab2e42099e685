# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes a stack from the cluster, and says what is kept."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._release.removal import remove_stack
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks

ARGUMENT_SPEC: dict[str, Any] = {
    **stacks.ACT_SPEC,
    "claims": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """What the cluster has is removed; neither stack nor inventory is read."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        return stacks.act(
            self._task,
            params,
            lambda context: {"kept": list(remove_stack(context, params["claims"]).kept)},
        )
