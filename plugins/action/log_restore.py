# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings logs back from a snapshot of the store, from the controller."""

from __future__ import annotations

import time
from typing import Any, Optional

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._logs import restore
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import Door
from ansible_collections.landfall.platform.plugins.plugin_utils.log_door import DOOR_SPEC, door

SPEC: dict[str, Any] = {
    **DOOR_SPEC,
    **{name: {"type": "str", "default": ""} for name in ("snapshot", "stack", "environment")},
    "timeout": {"type": "float", "default": 1800.0},
}
_PAUSE_S = 1.0


class ActionModule(ActionBase):
    """Reads, plans, asks for what is missing, and waits until it is there."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(SPEC)  # type: ignore[no-untyped-call]
        asked = restore.Wanted(params["snapshot"], params["environment"], params["stack"])
        try:
            store = door(params)
            wanted = restore.plan(asked, restore.read(store))
            if not self._task.check_mode:
                restore.apply(store, wanted)
                _wait(store, wanted, params["timeout"])
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}
        return {"changed": bool(wanted), "changes": wanted.summary(), "diff": wanted.diff()}


def _wait(store: Door, wanted: Plan[restore.Part], timeout: float) -> None:
    """Wait until all records can be found.

    Raises:
        UnreachableError: they cannot after ``timeout`` seconds.
    """
    end = time.monotonic() + timeout
    while left := restore.missing(store, wanted):
        if time.monotonic() > end:
            raise UnreachableError(
                "not everything has come back from the snapshot",
                on=", ".join(left),
                expected=f"whole after {timeout:.0f} s",
                found="not whole",
                remedy="it goes on by itself; see whether the store's disks have room",
            )
        time.sleep(_PAUSE_S)
