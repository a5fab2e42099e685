# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments on the fly whose time is over: found by what their namespaces say, and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.plan import Change, Plan
from .._kube.api import Api
from .._kube.concurrent import each
from .._kube.objects import Gvk, Object
from .._kube.wait import Clock
from .environment import EXPIRES, MANAGER, MARK, delete_environment, expiry, removal_of
from .rollback import Ways
from .store import ENVIRONMENT, STACK
from .target import Target

_NAMESPACE = Gvk("", "v1", "Namespace")


@dataclass(frozen=True)
class Found:
    """An environment on the fly.

    Attributes:
        target: what it is.
        expires: until when it is kept, as its namespace says it; empty if that says nothing.
        namespace: the namespace's metadata.
    """

    target: Target
    expires: str
    namespace: Mapping[str, Any]

    def plain(self) -> dict[str, str]:
        """Return it for the result of a module."""
        return {
            "stack": self.target.stack,
            "environment": self.target.environment,
            "namespace": self.target.namespace,
            "expires": self.expires,
        }


@dataclass(frozen=True)
class Sweep:
    """The environments whose time is over, and the others."""

    expired: tuple[Found, ...]
    kept: tuple[Found, ...]

    @property
    def plan(self) -> Plan[Change]:
        """The changes that removing the expired ones is."""
        return Plan(tuple(removal_of(one.target) for one in self.expired))


def decide(namespaces: Iterable[Object], now: float, stack: str = "") -> Sweep:
    """Return which environments on the fly have expired.

    A namespace counts only if its mark was set by who makes environments on the fly: a label can be
    copied from one namespace to another by anybody. One that does not say when it expires, and one
    that is being deleted already, stay as they are.

    Args:
        namespaces: with their metadata.
        now: seconds since the epoch.
        stack: only environments of this stack; all when empty.
    """
    expired: list[Found] = []
    kept: list[Found] = []
    for obj in sorted(namespaces, key=lambda obj: str(obj["metadata"]["name"])):
        meta = obj["metadata"]
        labels = meta.get("labels") or {}
        ours = _is_ours(obj) and {STACK, ENVIRONMENT} <= labels.keys()
        if not ours or meta.get("deletionTimestamp") or (stack and labels[STACK] != stack):
            continue
        text = str((meta.get("annotations") or {}).get(EXPIRES, ""))
        found = Found(Target(labels[STACK], labels[ENVIRONMENT], meta["name"]), text, obj)
        until = expiry(obj)
        (kept if until is None or until > now else expired).append(found)
    return Sweep(tuple(expired), tuple(kept))


def _is_ours(obj: Mapping[str, Any]) -> bool:
    """Tell whether the mark is there, and belongs to who makes environments."""
    meta = obj["metadata"]
    owned = [
        (((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:labels") or {})
        for entry in meta.get("managedFields") or ()
        if entry.get("manager") == MANAGER and entry.get("operation") == "Apply"
    ]
    marked = (meta.get("labels") or {}).get(MARK) == "true"
    return marked and any(f"f:{MARK}" in labels for labels in owned)


def sweep(
    api: Api,
    ways: Ways,
    clock: Clock,
    now: float,
    decided: Callable[[Sweep], None],
    stack: str = "",
) -> None:
    """Remove the environments on the fly that have expired, with everything in them.

    Args:
        api: the connection.
        ways: how.
        clock: the time.
        now: seconds since the epoch.
        decided: called with what is removed before anything is.
        stack: only environments of this stack; all when empty.

    Raises:
        NotReadyError: one is still being removed when the limit has passed; others are gone.
    """
    resource = api.resource(_NAMESPACE)
    marked = api.list(resource, selector=f"{MARK}=true", metadata_only=True) if resource else []
    found = decide(marked, now, stack)
    decided(found)
    if ways.check:
        return
    each(
        "environments cannot be removed",
        lambda one: delete_environment(api, one.target, dict(one.namespace), ways, clock),
        found.expired,
    )
