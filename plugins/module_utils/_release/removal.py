# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove a stack from the cluster; its data only when that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._core.plan import Change, Plan
from .._kube.concurrent import each
from .._kube.objects import Gvk, Object, key_of
from .._kube.remove import Owned, as_plan, owned_objects, removal, remove_objects
from .content import is_secret
from .model import REMOVED
from .operations import Context
from .store import INSTANCE

_CLAIM = Gvk("", "v1", "PersistentVolumeClaim")


@dataclass(frozen=True)
class Removal:
    """What is removed with a stack, and what is kept, with why."""

    plan: Plan[Change]
    kept: tuple[str, ...]


def decide(
    owned: Owned, claims: Iterable[Mapping[str, Any]], data: bool
) -> tuple[list[Object], tuple[str, ...]]:
    """Return what is to be removed, and a line for each thing that is kept.

    Secrets stay with the claims: what is in a volume may be readable only with them.

    Args:
        owned: what the stack applied.
        claims: of its stateful components, which its controllers made.
        data: remove also claims, secrets and the namespace.
    """
    volumes = list(claims)
    locked = bool(volumes) and not data
    doomed = removal(owned, lambda obj: locked and is_secret(obj), data=data)
    gone = [*doomed.remove, *(volumes if data else ())]
    kept = [f"{key_of(obj)} ({_size(obj)})" for obj in volumes if not data]
    kept += [_line(obj) for obj in doomed.kept]
    return gone, tuple(kept)


def _size(claim: Mapping[str, Any]) -> str:
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    return str(requests.get("storage", "size unknown"))


def _line(obj: Mapping[str, Any]) -> str:
    reason = "opens what is in the volumes" if is_secret(obj) else "holds data or history"
    return f"{key_of(obj)} ({reason})"


def remove_stack(context: Context, data: bool) -> Removal:
    """Remove a stack.

    Args:
        context: what every operation needs.
        data: remove also claims, secrets, history and the namespace.

    Raises:
        NotReadyError: something is still there when the limit has passed.
    """
    owned = owned_objects(context.api, context.target.owner)
    claims = _claims(context, owned)
    gone, kept = decide(owned, claims, data)
    found = Removal(as_plan(gone), kept)
    context.decided(found.plan)
    if context.ways.check or not gone:
        return found
    doomed = removal(owned, lambda obj: key_of(obj) not in {key_of(one) for one in gone}, data=data)
    remove_objects(
        context.api,
        owned,
        doomed,
        wait=context.ways.wait,
        timeout=context.ways.timeout,
        clock=context.clock,
    )
    if data:
        _delete(context, claims)
    else:
        _record(context)
    return found


def _claims(context: Context, owned: Owned) -> list[Object]:
    """Return the claims that controllers made for the stack's components."""
    resource, namespace = context.api.resource(_CLAIM), context.target.namespace
    if resource is None:
        return []
    found = context.api.list(resource, selector=f"{INSTANCE}={namespace}", namespace=namespace)
    members = {key_of(obj) for obj in owned.members}
    return [obj for obj in found if key_of(obj) not in members]


def _delete(context: Context, claims: Iterable[Object]) -> None:
    resource = context.api.resource(_CLAIM)
    if resource:
        each("claims cannot be deleted", lambda obj: context.api.delete(resource, obj), claims)


def _record(context: Context) -> None:
    current = context.store.history(context.target.namespace).current
    if current:
        cause = f"removed by {context.author.by}"
        context.store.update([replace(current, status=REMOVED, cause=cause)])
