# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which address belongs to whom in a site's network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from .model import GATEWAYS, KINDS, Server, Site


def servers(site: Site) -> Iterator[Server]:
    """Yield the servers, with the address and zone of each."""
    base = int(IPv4Network(site.network.cidr).network_address)
    for role in site.roles:
        prefix = KINDS[role.name].prefix
        for index in range(role.count):
            address = str(IPv4Address(base + role.first + index))
            zone = role.zones[index % len(role.zones)] if role.zones else ""
            yield Server(f"{prefix}{index + 1}", role, address, zone)


def single_gateway(site: Site) -> bool:
    """Tell whether the public address is that of the only gateway."""
    count = sum(role.count for role in site.roles if role.name == GATEWAYS)
    return site.balancer == "gateways" and count == 1


def router_address(site: Site) -> str:
    """Return the router's address, empty where the network exists already."""
    return "" if site.network.existing else str(IPv4Network(site.network.cidr)[1])


def taken(site: Site) -> list[tuple[str, str]]:
    """Return the addresses that somebody has, each after the name of its owner."""
    found = [(server.name, server.address) for server in servers(site)]
    router = router_address(site)
    found += [("the router", router)] if router else []
    found += [] if single_gateway(site) else [("gateway_address", site.address)]
    return found + [("gateway_pool", address) for address in site.pool]


def allocation(site: Site) -> tuple[tuple[str, str], ...]:
    """Return the ranges from which the cloud may give addresses by itself, first and last of each.

    Unless the inventory says so, these are what is free before the first server's address: that
    does not change with the number of servers.
    """
    if all(site.network.pool):
        return (site.network.pool,)
    network = IPv4Network(site.network.cidr)
    owned = {address for _, address in taken(site)}
    limit = int(network[0]) + min(role.first for role in site.roles)
    free = [n for n in range(int(network[0]) + 2, limit) if str(IPv4Address(n)) not in owned]
    ranges = []
    for _, run in itertools.groupby(enumerate(free), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        ranges.append((str(IPv4Address(numbers[0])), str(IPv4Address(numbers[-1]))))
    return tuple(ranges)
