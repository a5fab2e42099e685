# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scales a component of a stack, replaces its pods, or runs it as a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import (
    Context,
    refresh,
    run_job,
    scale,
)
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks

DECLARED = "declared"
ARGUMENT_SPEC: dict[str, Any] = {
    **stacks.ACT_SPEC,
    "component": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "choices": ["scaled", "refreshed", "run"], "required": True},
    "replicas": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    """One operation on what is in the cluster."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        return stacks.act(
            self._task, params, lambda context: _act(context, params), lambda: _check(params)
        )


def _act(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    if params["state"] == "refreshed":
        refresh(context, params["component"])
    elif params["state"] == "run":
        run_job(context, params["component"][0])
    else:
        wanted = params["replicas"]
        scale(context, params["component"][0], None if wanted == DECLARED else int(wanted))
    return {}


def _check(params: Mapping[str, Any]) -> None:
    """Check that an operation has what it needs.

    Raises:
        InvalidInputError: it has not.
    """
    if params["state"] == "refreshed":
        return
    if len(params["component"]) != 1:
        raise InvalidInputError(
            "one component is needed",
            on="stack_component",
            found=", ".join(params["component"]) or "none",
            remedy="say -e stack_component=NAME",
        )
    number = params["replicas"]
    if params["state"] == "scaled" and number != DECLARED and not _is_number(number):
        raise InvalidInputError(
            "a number of replicas is needed",
            on="stack_replicas",
            expected=f"a whole number from 0 to 1000, or {DECLARED}",
            found=number or "nothing",
            remedy="say -e stack_replicas=NUMBER",
        )


def _is_number(text: str) -> bool:
    return text.isdecimal() and int(text) <= 1000
