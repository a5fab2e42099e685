# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a small file in a cache on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.private import write_private


class ActionModule(ActionBase):
    """Writes it itself: ``copy`` to localhost starts two modules and takes a second."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            {
                "path": {"type": "path", "required": True},
                "content": {"type": "str", "required": True, "no_log": True},
            }
        )
        if not self._task.check_mode:
            write_private(Path(args["path"]), args["content"])
        return {**result, "changed": False, "path": args["path"]}
