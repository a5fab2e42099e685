# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goes back to an earlier release of a stack."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._release.model import plain
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import roll_back
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks

ARGUMENT_SPEC: dict[str, Any] = {**stacks.ACT_SPEC, "revision": {"type": "int"}}


class ActionModule(ActionBase):
    """The record holds all that is needed; neither stack nor inventory is read."""

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
            lambda context: {"release": plain(roll_back(context, params["revision"])[1])},
        )
