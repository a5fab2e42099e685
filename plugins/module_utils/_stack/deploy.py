# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring one stack into the cluster: secrets, objects, and the checks that show it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from .._kube.api import Api
from .._kube.apply import ApplyResult, apply_objects, predict_objects
from .._kube.concurrent import each
from .._kube.objects import Gvk, Key
from .compile import compile_stack
from .secrets import settle
from .settings import Instance
from .verify import Asker, Clock, requests, verify

_SECRET = Gvk("", "v1", "Secret")


@dataclass(frozen=True)
class Options:
    """How to deploy: wait for readiness for ``timeout`` seconds, only predict, take over."""

    wait: bool = True
    timeout: float = 300.0
    check: bool = False
    force: bool = False


def present_secrets(api: Api, instance: Instance) -> dict[str, Optional[Mapping[str, Any]]]:
    """Return the stack's Secrets as the cluster has them, None for those that it has not."""
    resource = api.resource(_SECRET)
    names = list(instance.stack.secrets)
    if resource is None:
        return dict.fromkeys(names)
    live = each(
        "secrets cannot be read",
        lambda name: api.get(resource, Key("", "Secret", instance.namespace, name)),
        names,
    )
    return dict(zip(names, live))


def predict(instance: Instance) -> ApplyResult:
    """Return what deploying to a cluster that does not exist yet would do."""
    return predict_objects(instance.owner, compile_stack(instance, settle(instance, {})))


def deploy(
    api: Api,
    instance: Instance,
    options: Options,
    ask: Asker,
    clock: Clock,
    decided: Callable[[ApplyResult], None],
) -> ApplyResult:
    """Bring one stack into the cluster and check that it serves.

    Args:
        api: the connection.
        instance: the stack in its environment.
        options: how.
        ask: sends the checks' requests.
        clock: the time.
        decided: called with the changes before anything is applied.

    Raises:
        LandfallError: see ``_kube.apply.apply_objects`` and ``verify``.
    """
    settled = settle(instance, present_secrets(api, instance))
    result = apply_objects(
        api,
        instance.owner,
        compile_stack(instance, settled),
        wait=options.wait,
        timeout=options.timeout,
        check=options.check,
        force=options.force,
        clock=clock,
        decided=decided,
    )
    if options.wait and not options.check:
        verify(requests(instance), ask, clock)
    return result
