# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches in the logs of a site and shows what it finds; changes nothing."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, Optional

from ansible import constants
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._logs import search, table
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import Door
from ansible_collections.landfall.platform.plugins.module_utils._logs.query import Search
from ansible_collections.landfall.platform.plugins.plugin_utils.log_door import DOOR_SPEC, door

SPEC: dict[str, Any] = {
    **DOOR_SPEC,
    **{
        name: {"type": "str", "default": ""}
        for name in ("stack", "component", "environment", "host", "level", "text", "until")
    },
    "since": {"type": "str", "default": "1h"},
    "limit": {"type": "int", "default": 100},
    "follow": {"type": "bool", "default": False},
    "follow_seconds": {"type": "float", "default": 0.0},
    "format": {"type": "str", "choices": ["table", "json"], "default": "table"},
}
PAUSE_S = 1.0
_CONSTANTS: Any = constants


class ActionModule(ActionBase):
    """One search, and on demand what comes afterwards."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(SPEC)  # type: ignore[no-untyped-call]
        try:
            wanted = Search.from_params(params, datetime.now(timezone.utc))
            store = door(params)
            found = search.find(store, wanted)
            view = View(self._display, table.Table(_width()), params["format"])
            view.show(found.records)
            if params["follow"]:
                self._follow(store, wanted, found, view, params["follow_seconds"])
            elif params["format"] == "table":
                view.say(table.summary(len(found.records), found.total, wanted.described()))
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}
        records = [dict(one) for one in found.records]
        return {"changed": False, "records": records, "total": found.total}

    def _follow(
        self, store: Door, wanted: Search, found: search.Found, view: View, seconds: float
    ) -> None:
        follower = search.Follower(store, wanted)
        follower.know(found.records)
        search.follow(follower, view.show, _ticks(seconds), self._display.warning)


class View:
    """Writes records where people see them at once.

    Args:
        display: Ansible's.
        rows: keeps the columns in their places.
        form: ``table`` or ``json``.
    """

    def __init__(self, display: Any, rows: table.Table, form: str) -> None:
        self._display = display
        self._rows = rows
        self._form = form

    def show(self, records: Iterable[search.Record]) -> None:
        """Write records that are in the order of time."""
        known = list(records)
        lines = self._rows.lines(known) if self._form == "table" else table.documents(known)
        for line in lines:
            self._display.display(line.text, color=_colour(line.level))

    def say(self, text: str) -> None:
        """Write a line that is no record."""
        self._display.display(text, color=_CONSTANTS.COLOR_VERBOSE)


def _colour(level: str) -> Optional[str]:
    known = {
        "critical": _CONSTANTS.COLOR_ERROR,
        "error": _CONSTANTS.COLOR_ERROR,
        "warning": _CONSTANTS.COLOR_WARN,
        "debug": _CONSTANTS.COLOR_DEBUG,
        "trace": _CONSTANTS.COLOR_DEBUG,
        "day": _CONSTANTS.COLOR_VERBOSE,
    }
    found: Optional[str] = known.get(level)
    return found


def _width() -> int:
    """Return the columns of the terminal; 0 where the output goes somewhere else."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def _ticks(seconds: float) -> Iterator[datetime]:
    """Yield the time every second, for so long; for ever when that is 0."""
    end = time.monotonic() + seconds
    while not seconds or time.monotonic() < end:
        time.sleep(PAUSE_S)
        yield datetime.now(timezone.utc)
