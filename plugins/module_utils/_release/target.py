# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which stacks are in a cluster, and which of them is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import InvalidInputError
from .._core.names import hint
from .._kube.api import Api
from .._kube.objects import Gvk
from .._kube.prune import manager_of
from .store import ENVIRONMENT, STACK

OWNER_PREFIX = "stack-"
_NAMESPACE = Gvk("", "v1", "Namespace")


@dataclass(frozen=True)
class Target:
    """A stack in a cluster."""

    stack: str
    environment: str
    namespace: str

    @property
    def owner(self) -> str:
        """The owner of its objects."""
        return OWNER_PREFIX + self.namespace

    @property
    def manager(self) -> str:
        """The field manager of its objects."""
        return manager_of(self.owner)

    def __str__(self) -> str:
        return f"{self.stack} in {self.namespace}"


def present(api: Api) -> list[Target]:
    """Return the stacks that a cluster has."""
    resource = api.resource(_NAMESPACE)
    if resource is None:
        return []
    found = api.list(resource, selector=f"{STACK},{ENVIRONMENT}", metadata_only=True)
    return targets(found)


def targets(namespaces: Iterable[Mapping[str, Any]]) -> list[Target]:
    """Return the stacks whose namespaces these are."""
    found = []
    for obj in namespaces:
        meta = obj["metadata"]
        labels = meta.get("labels") or {}
        if not meta.get("deletionTimestamp"):
            found.append(Target(labels[STACK], labels[ENVIRONMENT], meta["name"]))
    return sorted(found, key=lambda one: (one.stack, one.environment))


def choose(among: Collection[Target], stack: str, environment: str, usual: str) -> Target:
    """Return the stack that is meant.

    Args:
        among: what the cluster has.
        stack: its name, or its namespace.
        environment: its environment.
        usual: the site's own environment. When this is meant, a stack that is there only once is
            found in whatever environment it is.

    Raises:
        InvalidInputError: there is none of that name, or several; names them.
    """
    exact = [one for one in among if one.namespace == stack]
    if exact:
        return exact[0]
    named = [one for one in among if one.stack == stack]
    fitting = [one for one in named if one.environment == environment]
    if not fitting and environment == usual:
        fitting = named
    if len(fitting) == 1:
        return fitting[0]
    if not named:
        raise InvalidInputError(
            "the cluster has no such stack",
            on=f"stack_name={stack}",
            remedy=hint(stack, {one.stack for one in among}),
        )
    raise InvalidInputError(
        "the stack is in several environments" if fitting else "the stack is not in this one",
        on=f"stack_name={stack}, stack_environment={environment}",
        expected=f"stack_environment={' or '.join(one.environment for one in named)}",
        remedy=hint(environment, {one.environment for one in named}),
    )


def check_component(component: str, known: Collection[str], on: Target, what: str) -> None:
    """Check that a stack has a component of some kind.

    Raises:
        InvalidInputError: it has not; names the nearest.
    """
    if component not in known:
        raise InvalidInputError(
            f"the stack has no such {what}",
            on=f"{on}: stack_component={component}",
            remedy=hint(component, known),
        )
