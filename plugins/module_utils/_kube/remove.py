# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove what an owner applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Optional

from .._core.plan import Change, Plan
from .api import Api, Resource
from .concurrent import each
from .objects import Gvk, Key, Object, by_wave, gvk_of, key_of
from .plan import DELETE
from .prune import PARENT_NAMESPACE, PART_OF, Pruning, Record, manager_of, pruning, set_id
from .wait import Clock, Waiter

_CONFIG_MAP = Gvk("", "v1", "ConfigMap")


@dataclass(frozen=True)
class Owned:
    """What an owner has in a cluster.

    Attributes:
        members: its objects.
        resources: where each kind of them is.
        parent: the record of the set, None when the owner never applied anything.
    """

    members: tuple[Object, ...]
    resources: dict[str, Resource]
    parent: Optional[Object]


def owned_objects(api: Api, owner: str) -> Owned:
    """Return what an owner applied and is still there."""
    config_maps = api.resource(_CONFIG_MAP)
    key = Key("", "ConfigMap", PARENT_NAMESPACE, manager_of(owner))
    parent = api.get(config_maps, key) if config_maps else None
    record = Record.from_parent(parent) if parent else Record()
    resources: dict[str, Resource] = {}
    for name in sorted(record.group_kinds):
        kind, _, group = name.partition(".")
        found = api.resource(Gvk(group, "", kind))
        if found:
            resources[name] = found
    selector = f"{PART_OF}={set_id(owner)}"
    lists = each(
        "objects cannot be read",
        lambda resource: api.list(resource, selector=selector),
        resources.values(),
    )
    return Owned(tuple(obj for found in lists for obj in found), resources, parent)


def removal(owned: Owned, stays: Callable[[Object], bool], *, data: bool = False) -> Pruning:
    """Return what to remove of it, in the order of waves, and what is kept.

    Args:
        owned: what there is.
        stays: tells of an object that it is kept.
        data: remove also what holds data.
    """
    chosen = pruning([obj for obj in owned.members if stays(obj)], owned.members, data=data)
    kept = [obj for obj in owned.members if stays(obj)]
    return Pruning(chosen.remove, (*chosen.kept, *kept))


def as_plan(objects: Iterable[Any]) -> Plan[Change]:
    """Return the removal of objects as a plan."""
    return Plan(
        tuple(Change(str(key_of(obj)), DELETE, before=f"{key_of(obj)}\n") for obj in objects)
    )


def remove_objects(
    api: Api, owned: Owned, doomed: Pruning, *, wait: bool, timeout: float, clock: Clock
) -> None:
    """Remove objects, what refers to others before those; the set's record when nothing is left.

    Raises:
        NotReadyError: some are still there after ``timeout`` seconds.
    """
    gone: dict[Key, Resource] = {}
    for wave in reversed(by_wave(doomed.remove)):
        targets = [(owned.resources[gvk_of(obj).group_kind], obj) for obj in wave]
        each("objects cannot be deleted", lambda at: api.delete(*at), targets)
        gone.update({key_of(obj): resource for resource, obj in targets})
    if gone and wait:
        Waiter(api, "", timeout, clock).gone(gone)
    resource = api.resource(_CONFIG_MAP)
    if owned.parent and resource and not doomed.kept:
        api.delete(resource, owned.parent)
