# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong between values of the inventory that are right by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network

from .._core.errors import InvalidInputError, LandfallError
from .addresses import allocation, router_address, servers, single_gateway, taken
from .model import CONTROL_PLANES, GATEWAYS, OPERATOR, WORKERS, Site

# Neutron gives them to its own ports (DHCP, metadata) when they are made.
FEWEST_FREE = 3


def broken(site: Site) -> Iterator[LandfallError]:
    """Yield everything that is wrong with a site."""
    for rule in RULES:
        yield from rule(site)


def _counts(site: Site) -> Iterator[LandfallError]:
    balanced = site.balancer == "octavia"
    allowed = {
        OPERATOR: ((1,), "1"),
        GATEWAYS: ((0,), "0, since Octavia balances") if balanced else ((1, 2), "1 or 2"),
        CONTROL_PLANES: ((1, 3, 5, 7), "1, 3 or 5: etcd needs a majority"),
        WORKERS: (range(1, 1001), "at least 1"),
    }
    counts = {role.name: role.count for role in site.roles}
    for name, (numbers, expected) in allowed.items():
        if counts.get(name, 0) not in numbers:
            on = f"openstack_servers.{name}.count"
            yield _wrong(on, "not a usable number of servers", expected, str(counts.get(name, 0)))


def _volumes(site: Site) -> Iterator[LandfallError]:
    for role in site.roles:
        names = [disk.name for disk in role.disks]
        for name in sorted({each for each in names if names.count(each) > 1}):
            on = f"openstack_servers.{role.name}.volumes"
            yield _wrong(on, "two volumes with the same name", "names of their own", name)
        paths = [disk.path for disk in role.disks if disk.path]
        for path in sorted({each for each in paths if paths.count(each) > 1}):
            on = f"openstack_servers.{role.name}.volumes"
            yield _wrong(on, "two volumes with the same path", "directories of their own", path)


def _outside(site: Site) -> Iterator[LandfallError]:
    floating = [f"openstack_servers.{role.name}.floating" for role in site.roles if role.floating]
    floating += ["openstack_gateway_floating"] if site.address_floating else []
    if floating and not site.network.external:
        yield _wrong(
            "openstack_network.external",
            "floating addresses without their network",
            f"the name of the external network, or false for {', '.join(floating)}",
            "nothing",
        )
    if not site.admin_networks:
        yield _wrong(
            "openstack_admin_networks",
            "nobody could administrate the site",
            "the networks that Ansible connects from, for example [198.51.100.0/24]",
            "none",
        )


def _addresses(site: Site) -> Iterator[LandfallError]:
    network = IPv4Network(site.network.cidr)
    owners: dict[str, str] = {}
    for name, address in taken(site):
        if IPv4Address(address) not in network or address in (str(network[0]), str(network[-1])):
            yield _wrong(name, "not an address of a host in site_network", str(network), address)
        if address in owners:
            yield _wrong(
                f"{owners[address]}, {name}",
                "one address for two",
                "addresses of their own; first_address of a role moves its servers",
                address,
            )
        owners.setdefault(address, name)
    gateways = [server.address for server in servers(site) if server.role.name == GATEWAYS]
    if single_gateway(site) and site.address not in gateways:
        what = "not the address of the only gateway"
        yield _wrong("gateway_address", what, gateways[0], site.address)


def _pool(site: Site) -> Iterator[LandfallError]:
    if not router_address(site):
        return
    network, count, where = IPv4Network(site.network.cidr), 0, "openstack_network.pool"
    for first, last in allocation(site):
        try:
            low, high = IPv4Address(first), IPv4Address(last)
        except ValueError:
            yield _wrong(where, "not a range of addresses", "first-last", f"{first}-{last}")
            return
        count += int(high) - int(low) + 1
        if low not in network or high not in network:
            yield _wrong(where, "not a usable range", f"one in {network}", f"{first}-{last}")
        for name, address in taken(site):
            if low <= IPv4Address(address) <= high:
                found = f"{address}, which is that of {name}"
                yield _wrong(where, "not a usable range", "addresses that nobody has", found)
    if count < FEWEST_FREE:
        expected = f"a range of {FEWEST_FREE} or more addresses"
        yield _wrong(where, "too few addresses for the cloud's own ports", expected, str(count))


def _wrong(on: str, what: str, expected: str, found: str) -> InvalidInputError:
    return InvalidInputError(what, on=on, expected=expected, found=found)


RULES: tuple[Callable[[Site], Iterator[LandfallError]], ...] = (
    _counts,
    _volumes,
    _outside,
    _addresses,
    _pool,
)
