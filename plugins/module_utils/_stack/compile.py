# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a stack in an environment to the Kubernetes objects that it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import LandfallError
from .container_objects import DEFAULT_REQUESTS, is_restricted
from .context import Context
from .model import External, Foreign, Pods
from .naming import ROUTES_LABEL, Object, labels, metadata
from .network import routes, services
from .policies import policy
from .proxy import external
from .secrets import REVISION, Settled
from .settings import Instance, Quota
from .uses import order
from .workloads import account, configuration, kind, workload

_SECURITY = "pod-security.kubernetes.io"


def compile_stack(
    instance: Instance, secrets: Mapping[str, Settled], addresses: Mapping[str, str] = {}
) -> list[Object]:
    """Return all objects of a stack, what is used before what uses it.

    Args:
        instance: a stack in an environment.
        secrets: the settled values of all secrets that the stack declares.
        addresses: component to its external address, of those that ``needed_addresses`` names.

    Raises:
        NotReadyError: an address that is needed is missing; ``predicted_addresses`` makes some.
        LandfallError: a chart, kustomization or manifest was not rendered (see ``render``).
    """
    context = Context(instance, secrets, addresses)
    objects = [_namespace(instance), *_quota(instance)]
    objects += [_secret(instance, name, settled) for name, settled in secrets.items()]
    objects += [
        kind("v1", "ConfigMap", metadata(instance, name), data=dict(data))
        for name, data in context.configs.items()
    ]
    for name in order(instance.stack):
        objects += _component(context, name)
    return [*objects, *routes(context)]


def _namespace(instance: Instance) -> Object:
    marks = {f"{_SECURITY}/enforce": "baseline"}
    components = instance.stack.components.values()
    if not any(isinstance(one, Foreign) for one in components) and all(
        is_restricted(one) for one in components if isinstance(one, Pods)
    ):
        marks[f"{_SECURITY}/warn"] = "restricted"
    if instance.stack.expose:
        marks[ROUTES_LABEL] = "true"
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": instance.namespace,
            "labels": {
                **labels(instance),
                **marks,
                "landfall.dev/stack": instance.stack.name,
                "landfall.dev/environment": instance.environment,
            },
        },
    }


def _quota(instance: Instance) -> list[Object]:
    """Return the namespace's limits, and requests for containers of charts that have none."""
    quota = instance.quota
    if quota is None:
        return []
    hard = _hard(quota)
    limits = [{"type": "Container", "defaultRequest": dict(DEFAULT_REQUESTS)}]
    return [
        kind("v1", "ResourceQuota", metadata(instance, "stack"), spec={"hard": hard}),
        kind("v1", "LimitRange", metadata(instance, "stack"), spec={"limits": limits}),
    ]


def _hard(quota: Quota) -> dict[str, Any]:
    found = {
        "requests.cpu": quota.cpu,
        "requests.memory": quota.memory,
        "pods": None if quota.pods is None else str(quota.pods),
        "requests.storage": quota.storage,
    }
    return {name: value for name, value in found.items() if value}


def _secret(instance: Instance, name: str, settled: Settled) -> Object:
    meta = metadata(instance, name)
    meta["annotations"] = {REVISION: settled.revision}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta,
        "type": "Opaque",
        "stringData": dict(settled.values),
    }


def _component(context: Context, name: str) -> list[Object]:
    component = context.component(name)
    if isinstance(component, Pods):
        return [
            *account(context, name, component),
            *configuration(context, name, component),
            *services(context, name),
            policy(context, name),
            *workload(context, name, component),
        ]
    if isinstance(component, External):
        found = external(context, name, component)
        return [*found, policy(context, name)] if component.proxy else found
    if name not in context.instance.rendered:
        raise LandfallError("a component was not rendered", on=f"components.{name}")
    return list(context.instance.rendered[name])
