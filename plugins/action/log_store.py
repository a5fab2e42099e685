# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the store of the logs what logs are, from the controller."""

from __future__ import annotations

import time
from typing import Any, Optional

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs import provision
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import Door
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Settings
from ansible_collections.landfall.platform.plugins.plugin_utils.log_door import DOOR_SPEC, door

SPEC: dict[str, Any] = {
    **DOOR_SPEC,
    "logging": {"type": "dict", "required": True},
    "timeout": {"type": "float", "default": 60.0},
}
_PAUSE_S = 0.5


class ActionModule(ActionBase):
    """Reads, plans, and sends what differs."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(SPEC)  # type: ignore[no-untyped-call]
        try:
            store = door(params)
            wanted = provision.plan(
                Settings.from_params(params["logging"]), self._actual(store, params["timeout"])
            )
            if not self._task.check_mode:
                provision.apply(store, wanted)
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}
        return {"changed": bool(wanted), "changes": wanted.summary(), "diff": wanted.diff()}

    def _actual(self, store: Door, timeout: float) -> provision.Actual:
        """Return what the store knows; in check mode one that is still to come knows nothing."""
        end = time.monotonic() + timeout
        while True:
            try:
                return provision.read(store)
            except UnreachableError:  # noqa: PERF203 (it waits)
                if self._task.check_mode:
                    return provision.Actual()
                # A Service leads to a pod only a moment after that is ready.
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE_S)
