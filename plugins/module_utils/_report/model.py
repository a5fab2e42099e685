# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as data: what the page, the JSON document and the terminal show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = "landfall.dev/report/v1"
# From best to worst; ``NOTE`` is worth knowing and no fault.
GOOD, NOTE, WARNING, BAD = "good", "note", "warning", "bad"
_ORDER = (GOOD, NOTE, WARNING, BAD)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return what orders names as people do: worker2 before worker10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def worst(*states: str) -> str:
    """Return the worst of some states."""
    return max((*states, GOOD), key=_ORDER.index)


@dataclass(frozen=True)
class Finding:
    """Something that a person should look at.

    Attributes:
        state: how bad it is.
        on: the object.
        what: what is the matter.
        remedy: what to do.
    """

    state: str
    on: str
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class Host:
    """A machine of the site that is no node of the cluster."""

    name: str
    address: str
    roles: tuple[str, ...]
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Amounts:
    """Of one resource on one node, in processors or bytes.

    Attributes:
        capacity: what pods may have.
        requests: what is promised to them.
        limits: the most that those with a limit may take.
        used: what the node uses; None when it is not known.
    """

    capacity: float
    requests: float
    limits: float
    used: float | None = None


@dataclass(frozen=True)
class Node:
    """A node of the cluster, or a host that should be one."""

    name: str
    address: str
    roles: tuple[str, ...]
    state: str
    detail: str
    version: str = ""
    runtime: str = ""
    system: str = ""
    kernel: str = ""
    processor: Amounts = Amounts(0, 0, 0)
    memory: Amounts = Amounts(0, 0, 0)
    pods: int = 0
    most_pods: int = 0


@dataclass(frozen=True)
class Workload:
    """A Deployment, StatefulSet or DaemonSet."""

    kind: str
    namespace: str
    name: str
    ready: int
    wanted: int
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Image:
    """An image of a container.

    Attributes:
        container: component, or component/container.
        reference: without the digest.
        digest: of the release; empty when it is not known.
        running: digests that pods run.
    """

    container: str
    reference: str
    digest: str
    running: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rollout:
    """A release in a stack's history."""

    revision: int
    status: str
    at: str
    by: str
    cause: str = ""


@dataclass(frozen=True)
class Stack:
    """A stack in the cluster, or one that the inventory lists and the cluster has not.

    Attributes:
        revision: of the release that runs, 0 when there is none.
        pods: number of its pods by node; those that are on none have an empty name.
        claims: name, size and phase of its volumes.
        by_hand: what was set by hand.
    """

    name: str
    environment: str
    namespace: str
    state: str
    detail: str
    revision: int = 0
    status: str = ""
    at: str = ""
    by: str = ""
    urls: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    images: tuple[Image, ...] = ()
    history: tuple[Rollout, ...] = ()
    claims: tuple[tuple[str, str, str], ...] = ()
    by_hand: tuple[str, ...] = ()
    pods: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Version:
    """Something with a version: what the catalogue says, and what runs."""

    name: str
    wanted: str
    found: tuple[str, ...]
    state: str


@dataclass(frozen=True)
class Certificate:
    """A certificate and how long it is valid."""

    name: str
    where: str
    state: str
    until: str
    days: int | None
    issuer: str
    detail: str = ""


@dataclass(frozen=True)
class Drift:
    """Something that is not as the inventory says."""

    on: str
    wanted: str
    found: str


@dataclass(frozen=True)
class Run:
    """A run of a playbook: how it ended and its slowest steps (play, name, seconds)."""

    playbook: str
    at: str
    seconds: float
    outcome: str
    changed: int
    steps: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True)
class Site:
    """What the inventory says of the site as a whole."""

    name: str
    domain: str
    network: str
    pod_cidr: str
    service_cidr: str
    gateway_address: str
    gateway_pool: tuple[str, ...]
    kubernetes_version: str


@dataclass(frozen=True)
class Report:
    """All of it.

    Attributes:
        state: the worst of what was found.
        gaps: what could not be read.
        notices: warnings that the cluster gave lately: object, reason, message, how often.
        platform_pods: number of pods of no stack by node.
    """

    at: str
    site: Site
    state: str
    findings: tuple[Finding, ...]
    hosts: tuple[Host, ...]
    nodes: tuple[Node, ...]
    stacks: tuple[Stack, ...]
    platform: tuple[Workload, ...]
    platform_pods: Mapping[str, int]
    services: tuple[tuple[str, str], ...]
    versions: tuple[Version, ...]
    certificates: tuple[Certificate, ...]
    backups: tuple[str, ...]
    drift: tuple[Drift, ...]
    notices: tuple[tuple[str, str, str, int], ...]
    runs: tuple[Run, ...]
    gaps: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it for machines."""
        return {"format": FORMAT, **asdict(self)}

    @property
    def verdict(self) -> str:
        """Say in a few words how the site is."""
        serious = sum(one.state in {WARNING, BAD} for one in self.findings)
        if not serious:
            return "All is well"
        return f"{serious} thing{'s need' if serious > 1 else ' needs'} attention"
