# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of type LoadBalancer and nodes, as far as gateways are concerned with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

CLASS = "landfall.dev/gateway"
ADDRESS = "landfall.dev/address"
# What the annotation may say in place of an address: the one that the site's gateways share.
SHARED = "shared"
CONDITION = "landfall.dev/Balanced"
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
LEAVING = "ToBeDeletedByClusterAutoscaler"


class Slot(NamedTuple):
    """What can be given only once: a port of an address."""

    address: str
    protocol: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol} port {self.port} of {self.address}"


@dataclass(frozen=True)
class Port:
    """A port of a Service; ``node_port`` is 0 where the Service has none."""

    protocol: str
    port: int
    node_port: int


@dataclass(frozen=True)
class Service:
    """A Service that gateways serve.

    Attributes:
        uid, namespace, name: whose it is.
        version: of the object; a write is made for this version alone.
        created: when, in a form that sorts.
        ports: what it offers.
        wanted: the address that it asks for, or ``shared``; empty when any will do.
        family: of its addresses on the nodes, 4 or 6.
        local: only nodes with a pod of it take connections (``externalTrafficPolicy``).
        health_port: port of every node that tells whether it has such a pod; 0 without.
        sources: networks that may connect; everybody when empty.
        fault: why it cannot be served as it is described; empty when it can.
        recorded: address, protocols and ports that its status says it has.
        ingress: what its status says, as it is.
        condition: its condition of ours, as it is.
    """

    uid: str
    namespace: str
    name: str
    version: str
    created: str
    ports: tuple[Port, ...]
    wanted: str = ""
    family: int = 4
    local: bool = False
    health_port: int = 0
    sources: tuple[str, ...] = ()
    fault: str = ""
    recorded: frozenset[Slot] = frozenset()
    ingress: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    condition: Optional[Mapping[str, Any]] = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def recorded_address(self) -> str:
        """The address that its status says it has; empty without."""
        return next((slot.address for slot in self.recorded), "")

    @classmethod
    def from_object(cls, obj: Mapping[str, Any], *, classless: bool = True) -> Optional[Service]:
        """Build it from a Service of the API; None for one that is not the gateways' business.

        Args:
            classless: those that name no class are, too.
        """
        meta, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
        if spec.get("type") != "LoadBalancer" or meta.get("deletionTimestamp"):
            return None
        if spec.get("loadBalancerClass", CLASS if classless else "") != CLASS:
            return None
        ports = tuple(
            Port(each.get("protocol", "TCP"), int(each["port"]), int(each.get("nodePort", 0)))
            for each in spec.get("ports") or ()
        )
        ingress = tuple((status.get("loadBalancer") or {}).get("ingress") or ())
        sources, fault = _sources(spec.get("loadBalancerSourceRanges") or ())
        annotations = meta.get("annotations") or {}
        families = spec.get("ipFamilies") or ["IPv4"]
        return cls(
            uid=meta["uid"],
            namespace=meta["namespace"],
            name=meta["name"],
            version=meta["resourceVersion"],
            created=meta.get("creationTimestamp", ""),
            ports=ports,
            wanted=_address(annotations.get(ADDRESS) or spec.get("loadBalancerIP") or ""),
            family=6 if families[0] == "IPv6" else 4,
            local=spec.get("externalTrafficPolicy") == "Local",
            health_port=int(spec.get("healthCheckNodePort") or 0),
            sources=sources,
            fault=fault,
            recorded=frozenset(_recorded(ingress, ports)),
            ingress=ingress,
            condition=next(
                (c for c in status.get("conditions") or () if c.get("type") == CONDITION), None
            ),
        )


@dataclass(frozen=True)
class Node:
    """A node, and whether connections may be sent to it."""

    name: str
    addresses: tuple[str, ...]
    ready: bool
    excluded: bool

    def address(self, family: int) -> str:
        """Return its first address of a family; empty when it has none."""
        wanted = (a for a in self.addresses if ipaddress.ip_address(a).version == family)
        return next(wanted, "")

    @classmethod
    def from_object(cls, obj: Mapping[str, Any]) -> Node:
        """Build it from a Node of the API."""
        meta, status = obj["metadata"], obj.get("status") or {}
        conditions = {c["type"]: c["status"] for c in status.get("conditions") or ()}
        taints = {taint["key"] for taint in obj.get("spec", {}).get("taints") or ()}
        return cls(
            name=meta["name"],
            addresses=tuple(
                each["address"]
                for each in status.get("addresses") or ()
                if each["type"] == "InternalIP"
            ),
            ready=conditions.get("Ready") == "True",
            excluded=EXCLUDED in (meta.get("labels") or {}) or LEAVING in taints,
        )


def eligible(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the nodes that connections may be sent to, by name.

    When no node is ready all are taken: then it is more likely that the control plane does not
    hear them than that all are dead, and the dead ones are found by the gateways' checks.
    """
    members = sorted((n for n in nodes if not n.excluded and n.addresses), key=lambda n: n.name)
    return tuple(node for node in members if node.ready) or tuple(members)


def _recorded(ingress: Sequence[Mapping[str, Any]], ports: Sequence[Port]) -> Iterator[Slot]:
    if not ingress or not ingress[0].get("ip"):
        return
    address = _address(ingress[0]["ip"])
    listed = ingress[0].get("ports")
    if listed is None:
        yield from (Slot(address, port.protocol, port.port) for port in ports)
        return
    for each in listed:
        if not each.get("error"):
            yield Slot(address, each.get("protocol", "TCP"), int(each["port"]))


def _sources(texts: Sequence[str]) -> tuple[tuple[str, ...], str]:
    try:
        networks = {str(ipaddress.ip_network(text.strip(), strict=False)) for text in texts}
    except ValueError as error:
        return (), f"loadBalancerSourceRanges: {error}"
    return tuple(sorted(networks)), ""


def _address(text: str) -> str:
    """Return an address in its usual form, and anything else as it is."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text
