# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments on the fly: a namespace with limits, and credentials for it alone."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

import yaml

from .._core.errors import RefusedError
from .._core.plan import Change, Plan
from .._kube.api import Api
from .._kube.apply import ApplyResult, apply_objects
from .._kube.objects import Gvk, Key, Object
from .._kube.prune import PARENT_NAMESPACE, manager_of
from .._kube.wait import Clock, Waiter
from .rollback import Ways
from .store import ENVIRONMENT, STACK
from .target import Target

MANAGER = "landfall-environment"
MARK = "landfall.dev/on-the-fly"
ACCOUNT = "ci"
_NAMESPACE = Gvk("", "v1", "Namespace")
_CONFIG_MAP = Gvk("", "v1", "ConfigMap")
_RBAC = "rbac.authorization.k8s.io"
_WORK = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_WORKED_WITH: Mapping[str, tuple[str, ...]] = {
    "": (
        "configmaps",
        "secrets",
        "services",
        "serviceaccounts",
        "persistentvolumeclaims",
        "pods",
        "pods/exec",
        "pods/portforward",
    ),
    "apps": (
        "deployments",
        "statefulsets",
        "daemonsets",
        "replicasets",
        "deployments/scale",
        "statefulsets/scale",
    ),
    "batch": ("jobs", "cronjobs"),
    "autoscaling": ("horizontalpodautoscalers",),
    "policy": ("poddisruptionbudgets",),
    "networking.k8s.io": ("networkpolicies", "ingresses"),
    "gateway.networking.k8s.io": ("httproutes",),
}


@dataclass(frozen=True)
class Limits:
    """What an environment may use.

    Attributes:
        quota: ``hard`` of its ResourceQuota.
        defaults: what a container that says nothing gets at most.
        requests: what such a container is given at least.
    """

    quota: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)


def owner_of(target: Target) -> str:
    """Return the owner of what an environment has besides its stack."""
    return f"env-{target.namespace}"


def namespace_of(target: Target) -> Object:
    """Return the namespace, as far as it is not the stack's."""
    labels = {MARK: "true", STACK: target.stack, ENVIRONMENT: target.environment}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": target.namespace, "labels": labels},
    }


def objects_of(target: Target, limits: Limits) -> list[Object]:
    """Return what an environment has besides its stack: an account, its rights, and limits."""

    def one(kind: str, api: str, name: str, **rest: Any) -> Object:
        meta = {"name": name, "namespace": target.namespace}
        return {"apiVersion": api, "kind": kind, "metadata": meta, **rest}

    subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": target.namespace}
    role = {"apiGroup": _RBAC, "kind": "Role", "name": ACCOUNT}
    found = [
        one("ServiceAccount", "v1", ACCOUNT, automountServiceAccountToken=False),
        one("Role", f"{_RBAC}/v1", ACCOUNT, rules=_rules()),
        one("RoleBinding", f"{_RBAC}/v1", ACCOUNT, roleRef=role, subjects=[subject]),
    ]
    if limits.quota:
        found.append(one("ResourceQuota", "v1", "environment", spec={"hard": dict(limits.quota)}))
    if limits.defaults or limits.requests:
        entry: Object = {"type": "Container"}
        if limits.defaults:
            entry["default"] = dict(limits.defaults)
        if limits.requests:
            entry["defaultRequest"] = dict(limits.requests)
        found.append(one("LimitRange", "v1", "environment", spec={"limits": [entry]}))
    return found


def _rules() -> list[Object]:
    """Return the rights: to work with what stacks are made of, not to change limits or rights."""
    work = [
        {"apiGroups": [group], "resources": list(resources), "verbs": list(_WORK)}
        for group, resources in _WORKED_WITH.items()
    ]
    seen = ["resourcequotas", "limitranges", "events", "pods/log"]
    return [*work, {"apiGroups": [""], "resources": seen, "verbs": ["get", "list", "watch"]}]


def prepare(api: Api, target: Target, limits: Limits, ways: Ways, clock: Clock) -> Plan[Change]:
    """Make the namespace, and what it has besides the stack; return what was changed.

    Raises:
        RefusedError: there is such a namespace, but it was not made on the fly.
    """
    live = _live(api, target)
    resource = api.resource(_NAMESPACE)
    first: tuple[Change, ...] = ()
    if live is None and resource:
        first = (Change(f"Namespace {target.namespace}", "create"),)
        if ways.check:
            later = (Change(str(_key(o)), "create") for o in objects_of(target, limits))
            return Plan((*first, *later))
        api.apply(resource, namespace_of(target), manager=MANAGER)
    decisions: list[ApplyResult] = []
    apply_objects(
        api,
        owner_of(target),
        objects_of(target, limits),
        wait=False,
        check=ways.check,
        force=ways.force,
        clock=clock,
        decided=decisions.append,
    )
    return Plan((*first, *decisions[0].plan))


def _key(obj: Mapping[str, Any]) -> Key:
    meta = obj["metadata"]
    return Key("", obj["kind"], meta["namespace"], meta["name"])


def _live(api: Api, target: Target) -> Optional[Object]:
    resource = api.resource(_NAMESPACE)
    live = api.get(resource, Key("", "Namespace", "", target.namespace)) if resource else None
    if live and (live["metadata"].get("labels") or {}).get(MARK) != "true":
        raise RefusedError(
            "this environment was not made on the fly",
            on=f"Namespace {target.namespace}",
            expected=f"label {MARK}=true",
            remedy="choose another stack_environment; deploy.yml and remove_stack.yml are for "
            "environments that stay",
        )
    return live


def remove(api: Api, target: Target, ways: Ways, clock: Clock) -> Plan[Change]:
    """Remove an environment with everything in it; return what was removed.

    Raises:
        RefusedError: it was not made on the fly.
        NotReadyError: it is still being removed when the limit has passed.
    """
    live = _live(api, target)
    resource, maps = api.resource(_NAMESPACE), api.resource(_CONFIG_MAP)
    if live is None or resource is None:
        return Plan()
    key = Key("", "Namespace", "", target.namespace)
    plan = Plan((Change(str(key), "delete", before=f"{key}\n"),))
    if ways.check:
        return plan
    api.delete(resource, live)
    if ways.wait:
        Waiter(api, "", ways.timeout, clock).gone({key: resource})
    for owner in (target.owner, owner_of(target)):
        parent = Key("", "ConfigMap", PARENT_NAMESPACE, manager_of(owner))
        found = api.get(maps, parent) if maps else None
        if found and maps:
            api.delete(maps, found)
    return plan


# credentials -------------------------------------------------------------------------------------


def kubeconfig(cluster: Mapping[str, Any], target: Target, token: str) -> str:
    """Return a kubeconfig that can do nothing but work in one namespace.

    Args:
        cluster: server and certificate authority, from the administrator's kubeconfig.
        target: the environment.
        token: of its service account.
    """
    name = target.namespace
    kept = ("server", "certificate-authority-data", "tls-server-name")
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {k: cluster[k] for k in kept if k in cluster}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": name}}],
        "current-context": name,
    }
    text: str = yaml.safe_dump(document, sort_keys=False)
    return text


def valid_for(text: str, server: str, now: float) -> float:
    """Return for how many seconds a kubeconfig that :func:`kubeconfig` made is still valid.

    Args:
        text: the kubeconfig; anything else is not valid.
        server: the cluster that it must be for.
        now: seconds since the epoch.
    """
    try:
        config = yaml.safe_load(text)
        if config["clusters"][0]["cluster"]["server"] != server:
            return 0.0
        body = config["users"][0]["user"]["token"].split(".")[1]
        padded = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return max(0.0, float(json.loads(padded)["exp"]) - now)
    except (yaml.YAMLError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return 0.0


def remaining(text: str, server: str) -> float:
    """Return for how many seconds a kubeconfig is still valid."""
    return valid_for(text, server, time.time())
