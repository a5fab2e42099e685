# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys a site's stacks from the controller: all are checked before the first is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import ApplyResult
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Options,
    deploy,
    predict,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import (
    GatewayAsker,
    urls,
)
from ansible_collections.landfall.platform.plugins.plugin_utils.template import Renderer

ARGUMENT_SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "raw", "required": True},
    "stacks": {"type": "list", "elements": "dict", "required": True},
    "directory": {"type": "path", "default": "stacks"},
    "environment": {"type": "str", "required": True},
    "gateway_address": {"type": "str", "required": True},
    "gateway_ports": {"type": "dict", "default": {"http": 80, "https": 443}},
    "ca_certificate": {"type": "str", "default": ""},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
    "force": {"type": "bool", "default": False},
}
Decided = Callable[[ApplyResult], None]


class ActionModule(ActionBase):
    """One call for all stacks."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        done: dict[str, tuple[Instance, ApplyResult]] = {}
        try:
            self._deploy_all(params, task_vars or {}, done)
        except LandfallError as error:
            # What was applied before the error is reported, too.
            return {**self._report(done), "failed": True, "msg": str(error)}
        return self._report(done)

    def _deploy_all(
        self,
        params: dict[str, Any],
        variables: dict[str, Any],
        done: dict[str, tuple[Instance, ApplyResult]],
    ) -> None:
        catalogue = Renderer(self, variables).load_catalogue
        directory = Path(self._loader.path_dwim(params["directory"]))
        loader = Loader(directory, params["environment"], lambda: catalogue()["images"])
        instances = loader.all(params["stacks"])
        problems: list[LandfallError] = []
        with self._connect(params["kubeconfig"]) as api:
            for one in instances:

                def decided(result: ApplyResult, one: Instance = one) -> None:
                    done[one.namespace] = (one, result)

                try:
                    self._deploy(api, one, params, decided)
                except LandfallError as error:
                    problems.append(error)  # One stack that fails does not hold up the others.
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise ProblemsError("stacks failed", problems)

    def _connect(self, kubeconfig: Any) -> Any:
        """Return a connection, none in check mode on a site that has no cluster yet."""
        is_path = not isinstance(kubeconfig, Mapping)
        if self._task.check_mode and is_path and not Path(str(kubeconfig)).exists():
            return nullcontext()
        return KubeClient.connect(kubeconfig)

    def _deploy(self, api: Any, one: Instance, params: dict[str, Any], decided: Decided) -> None:
        if api is None:
            decided(predict(one))
            return
        ports = {scheme: int(port) for scheme, port in params["gateway_ports"].items()}
        deploy(
            api,
            one,
            Options(
                wait=params["wait"],
                timeout=params["timeout"],
                check=bool(self._task.check_mode),
                force=params["force"],
            ),
            GatewayAsker(params["gateway_address"], params["ca_certificate"], ports),
            SystemClock(),
            decided,
        )

    def _report(self, done: Mapping[str, tuple[Instance, ApplyResult]]) -> dict[str, Any]:
        results = [result for _, result in done.values()]
        report: dict[str, Any] = {
            "changed": any(bool(result.plan) for result in results),
            "changes": [line for result in results for line in result.plan.summary()],
            "stacks": [_stack(one, result) for one, result in done.values()],
        }
        if self._task.diff:
            report["diff"] = [part for result in results for part in result.plan.diff()]
        return report


def _stack(one: Instance, result: ApplyResult) -> dict[str, Any]:
    return {
        "name": one.stack.name,
        "environment": one.environment,
        "namespace": one.namespace,
        "urls": urls(one),
        "images": one.images,
        "changed": bool(result.plan),
    }
