# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may connect to whom: security groups with no more rights than the site's programs need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .model import CONTROL_PLANES, DEPOT, GATEWAYS, OPERATOR, WORKERS, Site

NODE_PORTS = (30000, 32767)
VRRP = "112"
SSH = 22
NODES = (CONTROL_PLANES, WORKERS)


@dataclass(frozen=True)
class Rule:
    """One way in.

    Attributes:
        role: whose servers take the connection.
        protocol: tcp, udp, icmp or a number.
        low, high: ports; 0 for a protocol without.
        source: a role, or a network as a CIDR.
    """

    role: str
    protocol: str
    low: int
    high: int
    source: str

    @property
    def name(self) -> str:
        """A name of the rule, unlike that of any other, for the template."""
        ports = "" if not self.low else f"_{self.low}"
        ports += f"_{self.high}" if self.high != self.low else ""
        source = self.source.replace(".", "_").replace("/", "_")
        return f"{self.role}_{self.protocol}{ports}_from_{source}"


def rules(site: Site) -> tuple[Rule, ...]:
    """Return all rules of a site, each once; for roles that have servers alone."""
    networks = {*site.admin_networks, *site.public_networks, site.network.cidr}
    found = [
        rule
        for part in (
            _access(site),
            _depot(site),
            _gateways(site),
            _balanced(site),
            _served(site),
            _cluster(site),
        )
        for rule in part
        if site.has(rule.role) and (rule.source in networks or site.has(rule.source))
    ]
    return tuple(dict.fromkeys(found))


def depot_role(site: Site) -> str:
    """Return the role that has the depot: its own, or the operator's."""
    return DEPOT if site.has(DEPOT) else OPERATOR


def _access(site: Site) -> Iterator[Rule]:
    for role in site.roles:
        sources = site.admin_networks if role.floating or role.name == OPERATOR else ()
        for source in (*sources, OPERATOR):
            yield Rule(role.name, "tcp", SSH, SSH, source)
        yield Rule(role.name, "icmp", 0, 0, site.network.cidr)


def _depot(site: Site) -> Iterator[Rule]:
    role, ports = depot_role(site), site.ports
    for source in (*site.admin_networks, *(each.name for each in site.roles)):
        yield Rule(role, "tcp", ports.depot_port, ports.depot_port, source)
    # Ansible fills the depot.
    for source in site.admin_networks:
        yield Rule(role, "tcp", ports.depot_push_port, ports.depot_push_port, source)


def _gateways(site: Site) -> Iterator[Rule]:
    ports = site.ports
    for source in (*site.admin_networks, OPERATOR, *NODES):
        yield Rule(GATEWAYS, "tcp", ports.gateway_api_port, ports.gateway_api_port, source)
    for source in site.public_networks:
        for port in (ports.gateway_http_port, ports.gateway_https_port):
            yield Rule(GATEWAYS, "tcp", port, port, source)
        for each in site.public_ports:
            yield Rule(GATEWAYS, each.protocol, each.low, each.high, source)
    statistics = ports.gateway_statistics_port
    # Prometheus reads them, on whatever node it is
    for source in (OPERATOR, *NODES):
        yield Rule(GATEWAYS, "tcp", statistics, statistics, source)
    yield Rule(GATEWAYS, VRRP, 0, 0, GATEWAYS)
    yield Rule(CONTROL_PLANES, "tcp", 6443, 6443, GATEWAYS)
    for role in NODES:
        # Services and the ingress, and whether a node can take their connections
        for protocol in ("tcp", "udp"):
            yield Rule(role, protocol, *NODE_PORTS, GATEWAYS)
        yield Rule(role, "tcp", ports.balancer_health_port, ports.balancer_health_port, GATEWAYS)


def _balanced(site: Site) -> Iterator[Rule]:
    """Octavia connects from addresses of the network that belong to no server of the site."""
    if site.balancer != "octavia":
        return
    yield Rule(CONTROL_PLANES, "tcp", 6443, 6443, site.network.cidr)
    for port in (site.ports.gateway_http_node_port, site.ports.gateway_https_node_port):
        yield Rule(WORKERS, "tcp", port, port, site.network.cidr)


def _served(site: Site) -> Iterator[Rule]:
    """Load balancers of Services come and go, with addresses of the network; so do their ports."""
    for protocol in ("tcp", "udp") if site.cluster_balancers else ():
        yield Rule(WORKERS, protocol, *NODE_PORTS, site.network.cidr)


def _cluster(site: Site) -> Iterator[Rule]:
    vxlan = site.ports.network_vxlan_port
    yield Rule(CONTROL_PLANES, "tcp", 2379, 2380, CONTROL_PLANES)
    for source in NODES:
        yield Rule(CONTROL_PLANES, "tcp", 6443, 6443, source)
        for role in NODES:
            # the API server, and metrics-server on any node, ask every kubelet
            yield Rule(role, "tcp", 10250, 10250, source)
            # metrics of nodes
            yield Rule(role, "tcp", 9100, 9100, source)
            yield Rule(role, "udp", vxlan, vxlan, source)
