# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's infrastructure: what the inventory says of networks and servers, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

OPERATOR, DEPOT, GATEWAYS, CONTROL_PLANES, WORKERS = (
    "operator",
    "depot",
    "gateways",
    "control_planes",
    "workers",
)


@dataclass(frozen=True)
class Kind:
    """What all sites have in common about one role of servers.

    Attributes:
        prefix: of the servers' names; a number follows.
        offset: of the first server's address in the site's network.
        count: how many there are when the inventory does not say.
        policy: how they are kept apart when the inventory does not say.
    """

    prefix: str
    offset: int
    count: int
    policy: str = "none"


# The same names and addresses as in the inventories of real machines and labs.
KINDS: Mapping[str, Kind] = {
    OPERATOR: Kind("operator", 10, 1),
    DEPOT: Kind("depot", 15, 0),
    GATEWAYS: Kind("gateway", 20, 2, "soft"),
    CONTROL_PLANES: Kind("control", 30, 3, "soft"),
    WORKERS: Kind("worker", 41, 2),
}
# How Nova calls the ways to keep servers apart; those with "soft" need its API 2.15.
POLICIES = {"none": "", "soft": "soft-anti-affinity", "hard": "anti-affinity"}
BALANCERS = ("gateways", "octavia")


@dataclass(frozen=True)
class Disk:
    """A volume: ``size`` in GiB, ``type`` as Cinder knows it, empty for its default type.

    ``path`` is the directory that it is mounted at; empty for one that is only attached.
    """

    name: str
    size: int
    type: str = ""
    path: str = ""


@dataclass(frozen=True)
class Role:
    """The servers of one role, which are alike.

    Attributes:
        name: the role, a group of the inventory.
        count: how many.
        flavor, image: as the cloud knows them.
        zones: availability zones that the servers are dealt out to, one after the other.
        policy: of :data:`POLICIES`.
        boot: the volume that they start from; none for the flavor's own disk.
        disks: data volumes of each server.
        first: last-number offset of the first server's address in the site's network.
        floating: each has a floating address.
    """

    name: str
    count: int
    flavor: str
    image: str
    zones: tuple[str, ...] = ()
    policy: str = "none"
    boot: Optional[Disk] = None
    disks: tuple[Disk, ...] = ()
    first: int = 0
    floating: bool = False


@dataclass(frozen=True)
class Server:
    """One server; ``zone`` is empty where the cloud chooses."""

    name: str
    role: Role
    address: str
    zone: str


@dataclass(frozen=True)
class Network:
    """Where the servers are.

    Attributes:
        cidr: the range.
        external: network of floating addresses; empty if the site has none.
        dns: name servers; the cloud's own if empty.
        existing: name or id of a network that is used instead of a new one.
        subnet: name or id of its subnet.
        pool: first and last address that the cloud may give away by itself.
    """

    cidr: str
    external: str = ""
    dns: tuple[str, ...] = ()
    existing: str = ""
    subnet: str = ""
    pool: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Key:
    """The key pair that opens the servers; without a public key it exists in the cloud already."""

    name: str
    public: str = ""


@dataclass(frozen=True)
class PortRange:
    """Ports that are open to the public; ``protocol`` is tcp or udp."""

    protocol: str
    low: int
    high: int


@dataclass(frozen=True)
class Ports:
    """The ports of the site's programs, as the roles' variables have them."""

    gateway_api_port: int = 6443
    gateway_http_port: int = 80
    gateway_https_port: int = 443
    gateway_statistics_port: int = 8404
    gateway_http_node_port: int = 30080
    gateway_https_node_port: int = 30443
    depot_port: int = 5000
    depot_push_port: int = 5001
    network_vxlan_port: int = 8472
    balancer_health_port: int = 10256


@dataclass(frozen=True)
class Site:
    """All that the template depends on.

    Attributes:
        stack: name of the Heat stack.
        network: where the servers are.
        roles: those with at least one server.
        key: opens the servers.
        balancer: who has the public address: the gateways, or a load balancer of Octavia.
        address: the public address in the site's network.
        pool: further addresses that the gateways hold.
        address_floating: the public address has a floating one.
        admin_networks: from where the site is administrated.
        public_networks: from where applications are reached.
        public_ports: what is open to them besides HTTP and HTTPS.
        ports: of the site's programs.
        cluster_balancers: Octavia serves Services of the cluster.
    """

    stack: str
    network: Network
    roles: tuple[Role, ...]
    key: Key
    balancer: str
    address: str
    pool: tuple[str, ...] = ()
    address_floating: bool = True
    admin_networks: tuple[str, ...] = ()
    public_networks: tuple[str, ...] = ()
    public_ports: tuple[PortRange, ...] = ()
    ports: Ports = Ports()
    cluster_balancers: bool = False

    def has(self, role: str) -> bool:
        """Tell whether a role has servers."""
        return any(each.name == role for each in self.roles)
