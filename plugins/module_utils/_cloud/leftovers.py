# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controllers of a cluster had the cloud make: Heat knows nothing of it.

It is found in the cloud alone, by what the controllers write into descriptions and metadata, so a
cluster that is dead, or half deleted, is cleaned up after as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Union

from .._core.errors import LandfallError, NotReadyError, ProblemsError, RefusedError
from .._core.plan import Change, Plan
from .._heat.kept import CLAIM
from .._kube.wait import Clock

# openstack-cloud-controller-manager, pkg/openstack/loadbalancer.go
BALANCER_TEXT = re.compile(r"Kubernetes external service (\S+) from cluster (.+)")
ADDRESS_TEXT = re.compile(r"Floating IP for Kubernetes external service (\S+) from cluster (.+)")
_PAUSE = 1.0
# What Octavia and Cinder work on cannot be deleted yet.
_BUSY = ("PENDING_", "creating", "deleting", "detaching", "attaching", "in-use")


@dataclass(frozen=True)
class Address:
    """A floating address; ``port`` is the id of what it leads to."""

    id: str
    address: str
    description: str
    port: str

    def __str__(self) -> str:
        return f"floating address {self.address}"


@dataclass(frozen=True)
class Balancer:
    """A load balancer; ``port`` is the id of its own."""

    id: str
    name: str
    description: str
    port: str
    status: str

    def __str__(self) -> str:
        return f"load balancer {self.name}"


@dataclass(frozen=True)
class Volume:
    """A volume; ``claim`` is ``namespace/name`` of the claim that it was made for."""

    id: str
    name: str
    claim: str
    size: int
    status: str

    def __str__(self) -> str:
        return f"volume {self.name}"


Thing = Union[Address, Balancer, Volume]


class Made(Protocol):
    """What is in the project."""

    def addresses(self) -> Sequence[Address]:
        """Return all floating addresses."""

    def balancers(self) -> Sequence[Balancer]:
        """Return all load balancers; none where there is no Octavia."""

    def volumes(self, cluster: str) -> Sequence[Volume]:
        """Return the volumes that a cluster's driver made; none where there is no Cinder."""

    def delete(self, thing: Thing) -> None:
        """Begin to delete one."""


@dataclass(frozen=True)
class Removal(Change):
    """The deletion of a thing; ``of`` is the Service or claim that it was made for."""

    thing: Union[Thing, None] = None

    @classmethod
    def of(cls, thing: Thing, owner: str) -> Removal:
        """Make the step for a thing."""
        kind = "claim" if isinstance(thing, Volume) else "Service"
        return cls(str(thing), "delete", f"of {kind} {owner}\n", thing=thing)


@dataclass(frozen=True)
class Outcome:
    """What was (or would be) deleted, and what stays, one line each."""

    plan: Plan[Removal] = field(default_factory=lambda: Plan[Removal]())
    kept: tuple[str, ...] = ()


def claim(metadata: dict[str, str]) -> str:
    """Return ``namespace/name`` of the claim that a volume was made for."""
    return "/".join(metadata.get(key, "?") for key in CLAIM)


def plan_balancers(cluster: str, made: Made) -> Outcome:
    """Return what goes with the Services of a cluster: addresses first, then load balancers."""
    balancers = [(one, _owner(BALANCER_TEXT, one.description, cluster)) for one in made.balancers()]
    own = [(one, service) for one, service in balancers if service]
    ports = {one.port for one, _ in own}
    steps: list[Removal] = []
    kept: list[str] = []
    for address in made.addresses():
        service = _owner(ADDRESS_TEXT, address.description, cluster)
        if service:
            steps.append(Removal.of(address, service))
        elif address.port in ports:
            kept.append(f"{address}, which was there before its load balancer")
    steps += [Removal.of(one, service) for one, service in own]
    return Outcome(Plan(tuple(steps)), tuple(kept))


def plan_volumes(cluster: str, made: Made, *, retain: bool) -> Outcome:
    """Return what goes with the claims of a cluster; with ``retain``, all of it is kept."""
    volumes = made.volumes(cluster)
    if retain:
        kept = tuple(f"{one} ({one.size} GiB) of claim {one.claim}" for one in volumes)
        return Outcome(kept=kept)
    return Outcome(Plan(tuple(Removal.of(one, one.claim) for one in volumes)))


def allow(outcome: Outcome, cluster: str, removable: frozenset[str]) -> None:
    """Refuse what the run does not name.

    Raises:
        RefusedError: something would be deleted, and the cluster's stack is not named.
    """
    if outcome.plan and cluster not in removable:
        raise RefusedError(
            "; ".join(f"{change.target} would be deleted" for change in outcome.plan),
            on=f"cluster on the stack {cluster}",
            remedy=f"if that is meant, run with -e openstack_removable={cluster}",
        )


class Remover:
    """Carries an outcome out, and waits until what it deletes is gone.

    Args:
        look: returns the outcome as it would be now.
        limit: seconds that may pass.
    """

    def __init__(self, made: Made, look: Callable[[], Outcome], clock: Clock, limit: float) -> None:
        self._made = made
        self._look = look
        self._clock = clock
        self._limit = limit

    def remove(self) -> None:
        """Delete until nothing is left.

        Raises:
            NotReadyError: something is still there after the limit.
            ProblemsError: the cloud refused to delete things to the end.
        """
        end = self._clock.now() + self._limit
        while True:
            left = [change.thing for change in self._look().plan if change.thing]
            if not left:
                return
            refused = list(self._attempt(left))
            if self._clock.now() >= end:
                if refused:
                    raise ProblemsError("what the cloud made for the cluster stays", refused)
                raise _still(left)
            self._clock.sleep(_PAUSE)

    def _attempt(self, left: Sequence[Thing]) -> Iterator[LandfallError]:
        for thing in left:
            if isinstance(thing, (Balancer, Volume)) and thing.status.startswith(_BUSY):
                continue
            try:
                self._made.delete(thing)
            except LandfallError as error:
                yield error


def _still(left: Sequence[Thing]) -> NotReadyError:
    states = ", ".join(f"{one} ({getattr(one, 'status', 'there')})" for one in left)
    return NotReadyError(
        "what the cloud made for the cluster is not gone",
        expected="deleted",
        found=states,
        remedy="run again; if it stays, ask the cloud's owner about these",
    )


def _owner(pattern: re.Pattern[str], description: str, cluster: str) -> str:
    match = pattern.fullmatch(description)
    return match[1] if match and match[2] == cluster else ""
