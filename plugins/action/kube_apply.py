# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders on the controller, then applies to the API server from the controller."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube import artifact
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import (
    ApplyResult,
    apply_objects,
    predict_objects,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.manifest import (
    Placed,
    Source,
    read_all,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from ansible_collections.landfall.platform.plugins.plugin_utils.template import Renderer

ARGUMENT_SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "raw", "required": True},
    "owner": {"type": "str", "required": True},
    "templates": {"type": "list", "elements": "str", "default": []},
    "objects": {"type": "list", "elements": "dict", "default": []},
    "artifacts": {"type": "list", "elements": "str", "default": []},
    "artifact_index": {"type": "dict", "default": {}},
    "artifact_ca": {"type": "str", "default": ""},
    "prune": {"type": "bool", "default": True},
    "prune_data": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
    "force": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """One call for all objects of one owner."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]  # type: ignore[no-untyped-call]
        decided: list[ApplyResult] = []
        try:
            return self._report(self._apply(params, task_vars or {}, decided.append))
        except LandfallError as error:
            # What was applied before the error is reported too; without a decision, nothing was.
            report: dict[str, Any] = self._report(decided[-1]) if decided else {}
            report.pop("objects", None)
            return {**report, "failed": True, "msg": str(error)}

    def _apply(
        self,
        params: dict[str, Any],
        variables: dict[str, Any],
        decided: Callable[[ApplyResult], None],
    ) -> ApplyResult:
        check = bool(self._task.check_mode)
        placed = self._placed(params, variables, check)
        objects = check_objects(placed)
        kubeconfig = params["kubeconfig"]
        if check and not isinstance(kubeconfig, Mapping) and not Path(str(kubeconfig)).exists():
            return predict_objects(params["owner"], objects)
        with KubeClient.connect(kubeconfig) as api:
            return apply_objects(
                api,
                params["owner"],
                objects,
                prune=params["prune"],
                wait=params["wait"],
                timeout=params["timeout"],
                check=check,
                force=params["force"],
                prune_data=params["prune_data"],
                decided=decided,
            )

    def _placed(
        self, params: dict[str, Any], variables: dict[str, Any], check: bool
    ) -> list[Placed]:
        renderer = Renderer(self, variables)
        index = params["artifact_index"]
        # On a virgin site there is no depot yet that could be read.
        names = params["artifacts"] if index or not check else []
        sources = artifact.sources(names, index, params["artifact_ca"])
        sources += [
            Source(name, lambda n=name: renderer.template(n, "kube_apply"))  # type: ignore[misc]
            for name in params["templates"]
        ]
        objects = [_plain(obj, f"objects[{i}]") for i, obj in enumerate(params["objects"])]
        return [*read_all(sources), *objects]

    def _report(self, result: ApplyResult) -> dict[str, Any]:
        report: dict[str, Any] = {
            "changed": bool(result.plan),
            "changes": result.plan.summary(),
            "objects": [dict(obj) for obj in result.objects],
            "kept": list(result.kept),
        }
        if self._task.diff:
            report["diff"] = result.plan.diff()
        return report


def _plain(obj: Mapping[str, Any], where: str) -> Placed:
    """Return an object of a playbook without what Ansible notes on its values."""
    try:
        return json.loads(json.dumps(obj)), where
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            "an object is not JSON",
            on=where,
            found=str(error),
            remedy="put values that are no text, number or truth value in quotes",
        ) from None
