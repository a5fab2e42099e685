# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of replicas of a stack's components, as the inventory says and as set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .._release.model import Scaled
from .model import Service, Stateful
from .settings import Instance


def declared_replicas(instance: Instance) -> dict[str, int]:
    """Return the number of each component that has one; where the load decides, none."""
    return {
        name: component.replicas
        for name, component in instance.stack.components.items()
        if isinstance(component, (Service, Stateful)) and not getattr(component, "scale", None)
    }


def with_replicas(instance: Instance, scaled: Mapping[str, Scaled]) -> Instance:
    """Return the instance with the numbers that were set by hand."""
    if not scaled:
        return instance
    components = dict(instance.stack.components)
    for name, one in scaled.items():
        component = components[name]
        if isinstance(component, (Service, Stateful)):
            components[name] = replace(component, replicas=one.replicas)
    return replace(instance, stack=replace(instance.stack, components=components))
