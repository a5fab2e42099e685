# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys a site's stacks from the controller: all are checked before the first is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.names import hint
from ansible_collections.landfall.platform.plugins.module_utils._kube.concurrent import each
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock
from ansible_collections.landfall.platform.plugins.module_utils._release.model import History
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import Merged
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Decided,
    Deployed,
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
from ansible_collections.landfall.platform.plugins.plugin_utils import promoted, stacks
from ansible_collections.landfall.platform.plugins.plugin_utils.template import Renderer

ARGUMENT_SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "raw", "required": True},
    "stacks": {"type": "list", "elements": "dict", "required": True},
    "directory": {"type": "path", "default": "stacks"},
    "environment": {"type": "str", "required": True},
    "name": {"type": "str", "default": ""},
    "gateway_address": {"type": "str", "required": True},
    "gateway_ports": {"type": "dict", "default": {"http": 80, "https": 443}},
    "ca_certificate": {"type": "str", "default": ""},
    "vault": {"type": "dict", "default": {}, "no_log": False},
    "promoted": {"type": "dict", "default": {}},
    "run_id": {"type": "str", "default": ""},
    "at_once": {"type": "int", "default": 8},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
    "force": {"type": "bool", "default": False},
}


@dataclass
class _Job:
    """One stack: what is to be deployed, and what became of it."""

    instance: Instance
    merged: Merged
    result: Optional[Deployed] = None


class ActionModule(ActionBase):
    """One call for all stacks."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        jobs: list[_Job] = []
        try:
            self._deploy_all(params, task_vars or {}, jobs)
        except LandfallError as error:
            # What was applied before the error is reported, too.
            return {**self._report(jobs), "failed": True, "msg": str(error)}
        return self._report(jobs)

    def _deploy_all(
        self, params: dict[str, Any], variables: dict[str, Any], jobs: list[_Job]
    ) -> None:
        catalogue = Renderer(self, variables).load_catalogue
        directory = Path(self._loader.path_dwim(params["directory"]))
        loader = Loader(directory, params["environment"], lambda: catalogue()["images"])
        entries = promoted.Entries(
            loader, directory, params["stacks"], params["environment"], params["promoted"]
        )
        missing = bool(self._task.check_mode)
        first = entries.load()
        try:
            connection = stacks.connect(params["kubeconfig"], may_be_missing=missing)
        except LandfallError:
            first.check()
            raise
        with connection as api:
            histories: dict[str, History] = {}
            if api is not None and params["stacks"]:
                histories = ReleaseStore(api).histories()
            final = entries.load(histories) if entries.keep_anything(histories) else first
            found = [_Job(*pair) for pair in zip(final.check(), final.merged)]
            jobs += _named(found, params["name"])
            self._run(api, jobs, histories, params)

    def _run(
        self, api: Any, jobs: Sequence[_Job], histories: Mapping[str, History], params: Any
    ) -> None:
        """Deploy all stacks, some at once; one that fails does not hold up the others."""
        options = self._options(params)
        ports = {scheme: int(port) for scheme, port in params["gateway_ports"].items()}
        ask = GatewayAsker(params["gateway_address"], params["ca_certificate"], ports)

        def one(job: _Job) -> None:
            def decided(result: Deployed) -> None:
                job.result = result

            history = histories.get(job.instance.namespace, History())
            _deploy(api, job, options, ask, decided, history)

        each("stacks failed", one, jobs, workers=params["at_once"])

    def _options(self, params: Mapping[str, Any]) -> Options:
        return Options(
            wait=params["wait"],
            timeout=params["timeout"],
            check=bool(self._task.check_mode),
            force=params["force"],
            vault=stacks.vault(params["vault"]),
            author=stacks.author(params["run_id"]),
        )

    def _report(self, jobs: Sequence[_Job]) -> dict[str, Any]:
        done = [(job, job.result) for job in jobs if job.result]
        notes = [note for job, result in done for note in (*result.notes, *_kept(job))]
        report: dict[str, Any] = {
            "changed": any(bool(result.plan) for _, result in done),
            "changes": [line for _, result in done for line in result.plan.summary()],
            "stacks": [_stack(job.instance, result) for job, result in done],
        }
        if notes:
            report["warnings"] = notes
        if self._task.diff:
            report["diff"] = [part for _, result in done for part in result.plan.diff()]
        return report


def _named(jobs: Sequence[_Job], name: str) -> list[_Job]:
    """Return the stacks of a name, or with a namespace; all when no name is given.

    Raises:
        InvalidInputError: the inventory has no such stack.
    """
    names = {n for job in jobs for n in (job.instance.stack.name, job.instance.namespace)}
    if name and name not in names:
        raise InvalidInputError(
            "the inventory has no such stack",
            on=f"stack_name={name}",
            remedy=hint(name, names),
        )
    wanted = {name} if name else names
    return [job for job in jobs if {job.instance.stack.name, job.instance.namespace} & wanted]


def _deploy(
    api: Any, job: _Job, options: Options, ask: GatewayAsker, decided: Decided, history: History
) -> None:
    if api is None:
        decided(predict(job.instance, job.merged.pins))
        return
    own = options.with_promotion(job.merged.pins, job.merged.source)
    deploy(api, job.instance, own, ask, SystemClock(), decided, history)


def _kept(job: _Job) -> list[str]:
    if not job.merged.kept:
        return []
    return [
        f"{job.instance.namespace}: keeps the images that were promoted from {job.merged.source}, "
        "although the inventory does not name them (stack_promoted)"
    ]


def _stack(one: Instance, result: Deployed) -> dict[str, Any]:
    return {
        "name": one.stack.name,
        "environment": one.environment,
        "namespace": one.namespace,
        "urls": urls(one),
        "images": one.images,
        "changed": bool(result.plan),
        "revision": result.release.revision if result.release else None,
    }
