# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins for stacks share: the connection, who acts, and which stack is meant."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Optional

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock
from ansible_collections.landfall.platform.plugins.module_utils._release import target as targets
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import Context
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import Author
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from ansible_collections.landfall.platform.plugins.module_utils._site import controller
from ansible_collections.landfall.platform.plugins.module_utils._stack.vault import (
    NoVault,
    Vault,
    VaultSettings,
)

# Options that name one stack in the cluster, and how to act on it.
TARGET_SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "raw", "required": True},
    "name": {"type": "str", "required": True},
    "environment": {"type": "str", "required": True},
    "site": {"type": "str", "default": ""},
}
ACT_SPEC: dict[str, Any] = {
    **TARGET_SPEC,
    "run_id": {"type": "str", "default": ""},
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
}


def connect(kubeconfig: Any, *, may_be_missing: bool) -> AbstractContextManager[Any]:
    """Return a connection; none when the file is missing and may be.

    Args:
        kubeconfig: a path, or the content.
        may_be_missing: in check mode, on a site that has no cluster yet.
    """
    is_path = not isinstance(kubeconfig, Mapping)
    if may_be_missing and is_path and not Path(str(kubeconfig)).exists():
        return nullcontext()
    return KubeClient.connect(kubeconfig)


def vault(params: Mapping[str, Any]) -> Vault:
    """Return where secrets are read that are kept in HashiCorp Vault; ``hvac`` only when needed."""
    settings = VaultSettings.from_params(params)
    if not settings.address:
        return NoVault()
    from ansible_collections.landfall.platform.plugins.module_utils._stack.hashicorp import (
        HashiCorpVault,
    )

    return HashiCorpVault(settings)


def author(run_id: str) -> Author:
    """Return who runs this: user and host of the controller, and the job if there is one."""
    # A task is executed in a worker process, whose parent is the run itself.
    holder = controller.current(os.getppid())
    return Author(f"{holder.user}@{holder.host}", run_id)


def chosen(api: Any, params: Mapping[str, Any]) -> Target:
    """Return the stack that the options name.

    Raises:
        InvalidInputError: none is named, or the cluster has no such one.
    """
    among = targets.present(api)
    if not params["name"]:
        raise InvalidInputError(
            "no stack is named",
            on="stack_name",
            expected="one of " + ", ".join(sorted({one.stack for one in among}))
            if among
            else "a stack",
            remedy="say -e stack_name=NAME",
        )
    environment = params["environment"]
    return targets.choose(among, params["name"], environment, params["site"] or environment)


def act(
    task: Any,
    params: Mapping[str, Any],
    operate: Callable[[Context], Mapping[str, Any]],
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Return the result of one operation on a stack of the cluster.

    Args:
        task: the task, for check and diff mode.
        params: options of ``ACT_SPEC``.
        operate: does it and returns what the result has besides changes and namespace.
        check: looks at the options before the cluster is asked.
    """
    decided: list[Plan[Change]] = []
    try:
        check()
        with connect(params["kubeconfig"], may_be_missing=False) as api:
            target = chosen(api, params)
            ways = Ways(params["wait"], params["timeout"], bool(task.check_mode))
            who = author(params["run_id"])
            more = operate(Context(api, target, ways, SystemClock(), who, decided.append))
    except LandfallError as error:
        plan = decided[-1] if decided else None
        return {**report(plan, task.diff), "failed": True, "msg": str(error)}
    return {**report(decided[-1], task.diff), "namespace": target.namespace, **more}


def report(plan: Optional[Plan[Change]], diff: bool) -> dict[str, Any]:
    """Return the part of a result that all of these actions have."""
    plan = plan or Plan()
    found: dict[str, Any] = {"changed": bool(plan), "changes": plan.summary()}
    if diff:
        found["diff"] = plan.diff()
    return found
