# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes an environment on the fly, deploys a stack in it, or removes it all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._core.private import write_private
from ansible_collections.landfall.platform.plugins.module_utils._kube.transport import (
    read_kubeconfig,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock
from ansible_collections.landfall.platform.plugins.module_utils._release import environment
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks

ARGUMENT_SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "raw", "required": True},
    "name": {"type": "str", "required": True},
    "environment": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": ""},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "path": {"type": "path", "required": True},
    "hours": {"type": "int", "default": 8},
    "quota": {"type": "dict", "default": {}},
    "limits": {"type": "dict", "default": {}},
    "requests": {"type": "dict", "default": {}},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
}
# A token is made anew when less than this part of its time is left.
_FRESH = 0.5


class ActionModule(ActionBase):
    """The namespace with its limits and credentials; the stack itself is deployed as usual."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        try:
            plan, more = self._act(params)
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}
        return {**stacks.report(plan, self._task.diff), **more}

    def _act(self, params: Mapping[str, Any]) -> tuple[Plan[Change], dict[str, Any]]:
        target = _target(params)
        ways = Ways(params["wait"], params["timeout"], bool(self._task.check_mode))
        path = Path(params["path"])
        with stacks.connect(params["kubeconfig"], may_be_missing=False) as api:
            if params["state"] == "absent":
                plan = environment.remove(api, target, ways, SystemClock())
                if path.exists():
                    plan = Plan((*plan, Change(f"file {path}", "remove")))
                    if not ways.check:
                        path.unlink()
                return plan, {"namespace": target.namespace}
            limits = environment.Limits(
                *(
                    {k: str(v) for k, v in params[n].items()}
                    for n in ("quota", "limits", "requests")
                )
            )
            plan = environment.prepare(api, target, limits, ways, SystemClock())
            credentials = self._credentials(api, params, target, path)
            return Plan((*plan, *credentials)), {
                "namespace": target.namespace,
                "kubeconfig": str(path),
            }

    def _credentials(
        self, api: Any, params: Mapping[str, Any], target: Target, path: Path
    ) -> Plan[Change]:
        """Write a kubeconfig unless the present one is good for long enough."""
        cluster = read_kubeconfig(params["kubeconfig"])[0]["clusters"][0]["cluster"]
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        seconds = params["hours"] * 3600
        if environment.remaining(present, cluster["server"]) > seconds * _FRESH:
            return Plan()
        if not self._task.check_mode:
            token, _ = api.token(target.namespace, environment.ACCOUNT, seconds)
            write_private(path, environment.kubeconfig(cluster, target, token))
        return Plan((Change(f"file {path}", "update" if present else "create", secret=True),))


def _target(params: Mapping[str, Any]) -> Target:
    """Return the environment that is meant.

    Raises:
        InvalidInputError: name or environment are missing.
    """
    for option in ("name", "environment"):
        if not params[option]:
            raise InvalidInputError(
                "an environment on the fly needs a stack and a name of its own",
                on=f"stack_{option}",
                remedy=f"say -e stack_{option}=NAME",
            )
    namespace = params["namespace"] or f"{params['name']}-{params['environment']}"
    return Target(params["name"], params["environment"], namespace)
