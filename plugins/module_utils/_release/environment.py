# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments on the fly: a namespace with limits, and credentials for it alone."""

from __future__ import annotations

import calendar
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from .._core.errors import InvalidInputError, RefusedError
from .._core.plan import Change, Plan
from .._kube.api import Api
from .._kube.objects import Gvk, Key, Object
from .._kube.prune import PARENT_NAMESPACE, manager_of
from .._kube.wait import Clock, Waiter
from .rollback import Ways
from .store import ENVIRONMENT, STACK
from .target import Target

MANAGER = "landfall-environment"
MARK = "landfall.dev/on-the-fly"
# On the namespace: until when the environment is kept, UTC, as 2026-01-31T12:00:00Z.
EXPIRES = "landfall.dev/expires"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
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


def namespace_of(target: Target, expires: str) -> Object:
    """Return the namespace, as far as it is not the stack's."""
    labels = {MARK: "true", STACK: target.stack, ENVIRONMENT: target.environment}
    notes = {EXPIRES: expires}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": target.namespace, "labels": labels, "annotations": notes},
    }


def in_hours(hours: float, now: float) -> str:
    """Return when an environment expires that is kept for so many hours from now.

    Args:
        hours: how many.
        now: seconds since the epoch.
    """
    return time.strftime(_TIME, time.gmtime(now + hours * 3600))


def expiry(namespace: Mapping[str, Any]) -> Optional[float]:
    """Return when an environment expires, in seconds since the epoch; None if nothing says it."""
    text = str((namespace["metadata"].get("annotations") or {}).get(EXPIRES, ""))
    try:
        return float(calendar.timegm(time.strptime(text, _TIME)))
    except ValueError:
        return None


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


@dataclass(frozen=True)
class Stay:
    """How long an environment is kept.

    Attributes:
        until: what :func:`in_hours` returned.
        renewed: the present one is kept until then, too, and not only a new one.
    """

    until: str
    renewed: bool = False


def prepare(
    api: Api, target: Target, limits: Limits, stay: Stay, ways: Ways, clock: Clock
) -> Plan[Change]:
    """Make the namespace, and what it has besides the stack; return what was changed.

    Args:
        api: the connection.
        target: the environment.
        limits: what it may use.
        stay: how long it is kept.
        ways: how.
        clock: the time.

    Raises:
        RefusedError: there is such a namespace, but it was not made on the fly.
    """
    live = _live(api, target)
    resource = api.resource(_NAMESPACE)
    first: tuple[Change, ...] = ()
    if resource and (live is None or stay.renewed or expiry(live) is None):
        first = (_kept_until(target, live, stay.until),)
        if ways.check and live is None:
            later = (Change(str(_key(o)), "create") for o in objects_of(target, limits))
            return Plan((*first, *later))
        if not ways.check:
            api.apply(resource, namespace_of(target, stay.until), manager=MANAGER)
    objects = objects_of(target, limits)
    result = replace(ways, wait=False).apply(api, owner_of(target), objects, clock)
    return Plan((*first, *result.plan))


def _kept_until(target: Target, live: Optional[Mapping[str, Any]], until: str) -> Change:
    name, after = f"Namespace {target.namespace}", f"expires: {until}\n"
    if live is None:
        return Change(name, "create", after=after)
    notes = live["metadata"].get("annotations") or {}
    return Change(name, "update", f"expires: {notes.get(EXPIRES, 'never')}\n", after)


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
    if live is None:
        return Plan()
    if not ways.check:
        delete_environment(api, target, live, ways, clock)
    return Plan((removal_of(target),))


def removal_of(target: Target) -> Change:
    """Return the change that the removal of an environment is."""
    name = f"Namespace {target.namespace}"
    return Change(name, "delete", before=f"{name}\n")


def delete_environment(api: Api, target: Target, live: Object, ways: Ways, clock: Clock) -> None:
    """Delete an environment's namespace, and what is kept about it elsewhere.

    Raises:
        NotReadyError: it is still being removed when the limit has passed.
    """
    resource, maps = api.resource(_NAMESPACE), api.resource(_CONFIG_MAP)
    if resource is None or maps is None:
        raise InvalidInputError("the cluster serves no namespaces", on=str(target))
    api.delete(resource, live)
    if ways.wait:
        key = Key("", "Namespace", "", target.namespace)
        Waiter(api, "", ways.timeout, clock).gone({key: resource})
    for owner in (target.owner, owner_of(target)):
        found = api.get(maps, Key("", "ConfigMap", PARENT_NAMESPACE, manager_of(owner)))
        if found:
            api.delete(maps, found)
