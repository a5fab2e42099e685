# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Heat's preview to a plan, and what of it is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from .._core.errors import RefusedError
from .._core.plan import Change, Plan
from .compare import shown
from .stack import Content, Resource, Stack

CREATE, UPDATE, REPLACE, DELETE, REPAIR, ADOPT = (
    "create",
    "update",
    "replace",
    "delete",
    "repair",
    "adopt",
)
# Heat's words, in the order in which changes are shown.
_ACTIONS = {"deleted": DELETE, "replaced": REPLACE, "updated": UPDATE, "added": CREATE}
# What is lost with them cannot be made again.
_SERVER = "OS::Nova::Server"
PRECIOUS = {_SERVER: "server", "OS::Cinder::Volume": "volume"}


@dataclass(frozen=True)
class StackChange(Change):
    """The stack as a whole, or one of its resources with ``name`` and ``type``."""

    name: str = ""
    type: str = ""


def plan_create(name: str, content: Content, resources: Iterable[Resource]) -> Plan[StackChange]:
    """Return the plan that creates a stack."""
    return Plan(
        (
            StackChange(f"stack {name}", CREATE, after=shown(content)),
            *(_change(each, CREATE) for each in _sorted(resources)),
        )
    )


def plan_update(
    stack: Stack,
    actual: Content,
    wanted: Content,
    preview: Mapping[str, Sequence[Resource]],
    broken: Collection[str],
) -> Plan[StackChange]:
    """Return the plan that updates a stack.

    Args:
        preview: Heat's, by its words for what happens.
        broken: names of resources that are not there or not whole; they are made anew.
    """
    word = REPAIR if stack.failed or stack.busy else UPDATE
    changes = [StackChange(f"stack {stack.name}", word, shown(actual), shown(wanted))]
    for key, action in _ACTIONS.items():
        for each in _sorted(preview.get(key, ())):
            again = action == REPLACE and each.name in broken
            changes.append(_change(each, REPAIR if again else action))
    return Plan(tuple(changes))


def plan_delete(stack: Stack, resources: Iterable[Resource]) -> Plan[StackChange]:
    """Return the plan that deletes a stack."""
    return Plan(
        (
            StackChange(f"stack {stack.name}", DELETE, before=f"{stack.name} {stack.id}\n"),
            *(_change(each, DELETE) for each in _sorted(resources)),
        )
    )


def lost_servers(plan: Plan[StackChange]) -> frozenset[str]:
    """Return the names of servers that a plan deletes or makes anew."""
    ways = (DELETE, REPLACE, REPAIR)
    return frozenset(one.name for one in plan if one.action in ways and one.type == _SERVER)


def refusal(
    plan: Plan[StackChange], stack: Stack, removable: Collection[str]
) -> Optional[RefusedError]:
    """Return why a plan is refused: it loses servers or volumes that the run does not name.

    Args:
        removable: names of resources that may be lost; the stack's own name stands for all.
    """
    if stack.name in removable:
        return None
    lost = [
        change
        for change in plan
        if change.action in (REPLACE, DELETE)
        and change.type in PRECIOUS
        and change.name not in removable
    ]
    if not lost:
        return None
    names = ", ".join(change.name for change in lost)
    what = "; ".join(
        f"{PRECIOUS[change.type]} {change.name} would be {change.action}d" for change in lost
    )
    return RefusedError(
        "servers or volumes would be lost",
        on=f"stack {stack.name}",
        expected="the run names each of them",
        found=what,
        remedy=f"name them for this run, removable: [{names}] (drain nodes first), "
        f"or with the playbooks, which do that: -e openstack_removable={names.replace(' ', '')}",
    )


def _change(resource: Resource, action: str) -> StackChange:
    # Replacing is what must not be overlooked.
    word = "REPLACED" if action == REPLACE else ""
    before = f"{resource.physical or resource.name} {resource.state}\n" if action != CREATE else ""
    after = "" if action == DELETE else f"{word or resource.name}\n"
    target = f"{resource.type} {resource.name}"
    return StackChange(target, action, before, after, name=resource.name, type=resource.type)


def _sorted(resources: Iterable[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda each: (each.type, each.name))
