# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report is made of: what the inventory wants, and what was read of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .._kube.objects import Object
from .._release.model import History

# Kinds of objects, as the keys of ``Facts.objects``.
NODES, PODS, NAMESPACES = "Node", "Pod", "Namespace"
DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS = "Deployment", "StatefulSet", "DaemonSet"
SERVICES, CLAIMS, ROUTES, EVENTS = "Service", "PersistentVolumeClaim", "HTTPRoute", "Event"
WORKLOADS = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)
OPERATOR, DEPOT, GATEWAYS = "operator", "depot", "gateways"
CONTROL_PLANES, WORKERS = "control_planes", "workers"
GROUPS = (OPERATOR, DEPOT, GATEWAYS, CONTROL_PLANES, WORKERS)


@dataclass(frozen=True)
class WantedStack:
    """A stack of the inventory's list."""

    name: str
    environment: str
    namespace: str


@dataclass(frozen=True)
class Wanted:
    """What the inventory says.

    Attributes:
        groups: group to address by host.
        gateway_ports: ``api``, ``http`` and ``https``.
        depot_port: where the depot serves.
        versions: name in the catalogue to version.
        images: name in the catalogue to reference.
    """

    site: str
    domain: str
    network: str
    pod_cidr: str
    service_cidr: str
    gateway_address: str
    kubernetes_version: str
    gateway_pool: tuple[str, ...] = ()
    gateway_ports: Mapping[str, int] = field(default_factory=dict)
    depot_port: int = 5000
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stacks: tuple[WantedStack, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_params(
        cls,
        site: Mapping[str, Any],
        groups: Mapping[str, Mapping[str, str]],
        stacks: Sequence[Mapping[str, Any]],
        catalogue: Mapping[str, Mapping[str, str]],
    ) -> Wanted:
        """Return what the action's options say.

        Args:
            site: ``name``, ``domain``, …, as in the attributes; ``environment`` is that of
                stacks that name none.
            groups: group to address by host.
            stacks: the inventory's list of stacks.
            catalogue: its ``images`` and ``versions``.
        """
        ports = {name: int(port) for name, port in (site.get("gateway_ports") or {}).items()}
        return cls(
            site=str(site["name"]),
            domain=str(site["domain"]),
            network=str(site["network"]),
            pod_cidr=str(site["pod_cidr"]),
            service_cidr=str(site["service_cidr"]),
            gateway_address=str(site["gateway_address"]),
            kubernetes_version=str(site["kubernetes_version"]),
            gateway_pool=tuple(map(str, site.get("gateway_pool") or ())),
            gateway_ports=ports,
            depot_port=int(site.get("depot_port") or 5000),
            groups={name: dict(groups.get(name) or {}) for name in GROUPS},
            stacks=tuple(_stack(entry, str(site["environment"])) for entry in stacks),
            versions=dict(catalogue["versions"]),
            images=dict(catalogue["images"]),
        )

    @property
    def nodes(self) -> dict[str, str]:
        """The address of each host that shall be a node."""
        return {**self.groups.get(CONTROL_PLANES, {}), **self.groups.get(WORKERS, {})}


def _stack(entry: Mapping[str, Any], usual: str) -> WantedStack:
    name, environment = str(entry["name"]), str(entry.get("environment") or usual)
    return WantedStack(name, environment, str(entry.get("namespace") or f"{name}-{environment}"))


@dataclass(frozen=True)
class Served:
    """A certificate that a server shows, or that a file has.

    Attributes:
        name: what it is for.
        where: address and port, or the file.
        not_after: until when it is valid; None when it could not be read.
        issuer: who signed it.
        problem: why it could not be read.
        connected: whether a connection was taken; a file is there.
        genuine: whether the site's authority for it has signed it; None when that is not known.
    """

    name: str
    where: str
    not_after: datetime | None = None
    issuer: str = ""
    problem: str = ""
    connected: bool = True
    genuine: bool | None = None


@dataclass(frozen=True)
class PastRun:
    """A run of a playbook on this site, from its record.

    Attributes:
        seconds: how long it took; of one that goes on, so far.
        ok: how it ended; None for one that did not end (it was killed, or goes on).
        changed: number of hosts on which something changed.
        steps: play, name and seconds of each step.
    """

    playbook: str
    at: str
    seconds: float
    ok: bool | None
    changed: int = 0
    steps: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What was read of a site.

    Attributes:
        at: when, in UTC.
        objects: by kind; pods and workloads of all namespaces.
        usage: processors and bytes that each node uses, from metrics-server.
        outside: what hosts outside the cluster show, by name.
        gaps: what could not be read, and why.
        reached: the API answered.
    """

    at: datetime
    wanted: Wanted
    objects: Mapping[str, Sequence[Object]] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    usage: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    certificates: tuple[Served, ...] = ()
    outside: Mapping[str, Served] = field(default_factory=dict)
    runs: tuple[PastRun, ...] = ()
    gaps: tuple[str, ...] = ()
    reached: bool = True

    def of(self, *kinds: str) -> list[Object]:
        """Return the objects of some kinds."""
        return [obj for kind in kinds for obj in self.objects.get(kind, ())]
