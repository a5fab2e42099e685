# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes an environment on the fly, removes one, or removes all that have expired."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
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
from ansible_collections.landfall.platform.plugins.module_utils._release import (
    credentials,
    environment,
    sweep,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks

ARGUMENT_SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "raw", "required": True},
    "name": {"type": "str", "default": ""},
    "environment": {"type": "str", "default": ""},
    "namespace": {"type": "str", "default": ""},
    "state": {"type": "str", "choices": ["present", "absent", "swept"], "default": "present"},
    "path": {"type": "path", "required": True},
    "hours": {"type": "int", "default": 8},
    "quota": {"type": "dict", "default": {}},
    "limits": {"type": "dict", "default": {}},
    "requests": {"type": "dict", "default": {}},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
}
# A token is made anew when less than half of its time is left, in seconds for each hour.
_HALF_S = 3600 / 2


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
        if params["state"] == "swept":
            return self._sweep(params)
        try:
            plan, more = self._act(params)
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}
        return {**stacks.report(plan, self._task.diff), **more}

    def _act(self, params: Mapping[str, Any]) -> tuple[Plan[Change], dict[str, Any]]:
        target = _target(params)
        ways = _ways(params, self._task)
        path = Path(params["path"])
        with stacks.connect(params["kubeconfig"], may_be_missing=False) as api:
            if params["state"] == "absent":
                plan = environment.remove(api, target, ways, SystemClock())
                files = [path] if path.exists() else []
                gone = _removed(files, check=ways.check)
                return Plan((*plan, *gone)), {"namespace": target.namespace}
            plan = self._make(api, params, target, ways)
            return plan, {"namespace": target.namespace, "kubeconfig": str(path)}

    def _make(
        self, api: Any, params: Mapping[str, Any], target: Target, ways: Ways
    ) -> Plan[Change]:
        """Make the environment; with new credentials it is kept as long as they are valid."""
        path, hours = Path(params["path"]), int(params["hours"])
        cluster = read_kubeconfig(params["kubeconfig"])[0]["clusters"][0]["cluster"]
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        left = credentials.remaining(present, cluster["server"])
        stay = environment.Stay(environment.in_hours(hours, time.time()), left <= hours * _HALF_S)
        plan = environment.prepare(api, target, _limits(params), stay, ways, SystemClock())
        # What was made for a namespace of this name that is gone is worth nothing.
        is_new = any(one.target == _name(target) and one.action == "create" for one in plan)
        if not stay.renewed and not is_new:
            return plan
        if not ways.check:
            token, _ = api.token(target.namespace, environment.ACCOUNT, hours * 3600)
            write_private(path, credentials.kubeconfig(cluster, target, token))
        return Plan((*plan, Change(f"file {path}", "update" if present else "create", secret=True)))

    def _sweep(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Remove what has expired; what was decided is reported also when that fails."""
        decided: list[sweep.Sweep] = []
        files: list[Change] = []
        more: dict[str, Any] = {}
        ways, folder = _ways(params, self._task), Path(params["path"]).parent
        try:
            with stacks.connect(params["kubeconfig"], may_be_missing=False) as api:
                stack = params["name"]
                sweep.sweep(api, ways, SystemClock(), time.time(), decided.append, stack)
            found = [_kubeconfig_of(folder, one.target) for one in decided[0].expired]
            files = _removed([path for path in found if path], check=ways.check)
        except LandfallError as error:
            more = {"failed": True, "msg": str(error)}
        expired = decided[0].expired if decided else ()
        plan = Plan((*(decided[0].plan if decided else ()), *files))
        return {
            **stacks.report(plan, self._task.diff),
            "removed": [one.plain() for one in expired],
            "kept": [one.plain() for one in decided[0].kept] if decided else [],
            **more,
        }


def _name(target: Target) -> str:
    return f"Namespace {target.namespace}"


def _ways(params: Mapping[str, Any], task: Any) -> Ways:
    return Ways(params["wait"], params["timeout"], bool(task.check_mode))


def _limits(params: Mapping[str, Any]) -> environment.Limits:
    names = ("quota", "limits", "requests")
    return environment.Limits(*({k: str(v) for k, v in params[n].items()} for n in names))


def _removed(files: Iterable[Path], *, check: bool) -> list[Change]:
    found = list(files)
    for path in () if check else found:
        path.unlink()
    return [Change(f"file {path}", "remove") for path in found]


def _kubeconfig_of(folder: Path, target: Target) -> Path | None:
    """Return the kubeconfig that this controller has for an environment, if it has one."""
    path = folder / f"{target.stack}-{target.environment}.kubeconfig"
    there = path.is_file() and credentials.is_for(
        path.read_text(encoding="utf-8"), target.namespace
    )
    return path if there else None


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
