# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the inventory's variables to the typed model; all that is wrong is reported together."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Optional

from .._core.errors import LandfallError, ProblemsError
from .._gateway.pool import pool_addresses
from .model import (
    BALANCERS,
    KINDS,
    OPERATOR,
    POLICIES,
    Disk,
    Key,
    Network,
    PortRange,
    Ports,
    Role,
    Site,
)
from .reader import Reader
from .rules import broken

# What keystone, Nova and Heat accept as a name, and what can stand in a host's name.
_NAME = r"[A-Za-z][A-Za-z0-9_.-]{0,127}"
_VOLUME = r"[a-z][a-z0-9-]{0,19}"
_PATH = r"(/[\w.:@+=,-]+)+"
_PUBLIC_KEY = re.compile(r"(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+( .*)?")
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp))?")


def read(params: Mapping[str, Any]) -> Site:
    """Build the site from variables of the inventory, by their names.

    Raises:
        ProblemsError: with everything that is wrong.
    """
    problems: list[LandfallError] = []
    reader = Reader(params, "", problems)
    network = reader.network(
        "site_network", required="the servers' network, for example 10.60.0.0/24"
    )
    address = reader.address("gateway_address", required="an address in site_network")
    roles = _roles(reader)
    site = Site(
        stack=reader.text("openstack_stack", required="a name", pattern=_NAME),
        network=_network(reader, network),
        roles=tuple(role for role in roles if role.count),
        key=_key(reader.child("openstack_key")),
        balancer=reader.choice("openstack_balancer", BALANCERS, BALANCERS[0]),
        address=str(address or ""),
        pool=_pool(reader, problems),
        address_floating=reader.flag("openstack_gateway_floating", default=True),
        admin_networks=reader.networks("openstack_admin_networks"),
        public_networks=reader.networks("openstack_public_networks", ("0.0.0.0/0",)),
        public_ports=tuple(_public_ports(reader)),
        ports=_ports(reader),
        cluster_balancers=_cluster_balancers(reader.value("landfall_cloud")),
    )
    reader.end()
    if not problems:
        problems += broken(site)
    if problems:
        raise ProblemsError("the inventory does not describe servers of OpenStack", problems)
    return site


def _roles(reader: Reader) -> list[Role]:
    default_flavor = reader.text("openstack_flavor")
    default_image = reader.text("openstack_image")
    default_zones = reader.texts("openstack_zones")
    bastion = reader.flag("openstack_bastion", default=True)
    inner = reader.child("openstack_servers")
    roles = []
    for name, kind in KINDS.items():
        one = inner.child(name)
        count = one.whole("count", kind.count, 0, 1000)
        needed = "a name" if count else ""
        roles.append(
            Role(
                name=name,
                count=count,
                flavor=one.text(
                    "flavor", default_flavor, required=needed and f"{needed} of a flavor"
                ),
                image=one.text("image", default_image, required=needed and f"{needed} of an image"),
                zones=one.texts("zones", default_zones),
                policy=one.choice("anti_affinity", POLICIES, kind.policy),
                boot=_boot(one),
                disks=tuple(_data(each) for each in one.children("volumes")),
                first=one.whole("first_address", kind.offset, 2, 65000),
                floating=one.flag("floating", default=name == OPERATOR and bastion),
            )
        )
        one.end()
    inner.end()
    return roles


def _boot(reader: Reader) -> Optional[Disk]:
    if reader.value("boot_volume") is None:
        return None
    return _disk(reader.child("boot_volume"), "boot")


def _data(reader: Reader) -> Disk:
    path = reader.text("path", pattern=_PATH)
    return replace(_disk(reader), path=path)


def _disk(reader: Reader, name: str = "") -> Disk:
    disk = Disk(
        name or reader.text("name", required="a short name, for example etcd", pattern=_VOLUME),
        reader.whole("size", 0, 1, 100_000),
        reader.text("type"),
    )
    if not disk.size and reader.value("size") is None:
        reader.wrong("size", "a value is missing", "a size in GiB")
    reader.end()
    return disk


def _network(reader: Reader, cidr: Optional[ipaddress.IPv4Network]) -> Network:
    inner = reader.child("openstack_network")
    pool = inner.text("pool", required="", pattern=r"[\d.]+ *- *[\d.]+")
    first, _, last = (part.strip() for part in pool.partition("-"))
    network = Network(
        str(cidr or ""),
        external=inner.text("external"),
        dns=inner.texts("dns"),
        existing=inner.text("existing"),
        subnet=inner.text("subnet"),
        pool=(first, last),
    )
    if bool(network.existing) != bool(network.subnet):
        missing = "subnet" if network.existing else "existing"
        inner.wrong(missing, "a value is missing", "both, network and subnet, or none of them")
    inner.end()
    return network


def _key(reader: Reader) -> Key:
    name = reader.text(
        "name", required="the name of a key pair", pattern=r"[A-Za-z0-9 @._-]{1,255}"
    )
    public = str(reader.value("public") or "").strip()
    if public and not _PUBLIC_KEY.fullmatch(public):
        # It may be the private one.
        reader.wrong("public", "not a public key", "one like ssh-ed25519 AAAA…", "(not shown)")
    reader.end()
    return Key(name, public)


def _pool(reader: Reader, problems: list[LandfallError]) -> tuple[str, ...]:
    try:
        return pool_addresses(reader.texts("gateway_pool"))
    except LandfallError as error:
        problems.append(error)
        return ()


def _public_ports(reader: Reader) -> Iterator[PortRange]:
    for text in reader.texts("openstack_public_ports"):
        match = _PORT.fullmatch(text)
        low = int(match[1]) if match else 0
        high = int(match[2] or low) if match else 0
        if not match or not 0 < low <= high < 65536:
            expected = "a port or range, such as 8080, 9000-9010 or 53/udp"
            reader.wrong("openstack_public_ports", "not a port", expected, text)
            continue
        yield PortRange(match[3] or "tcp", low, high)


def _cluster_balancers(cloud: Any) -> bool:
    # What else is wrong with the variable, the site's rules say.
    return isinstance(cloud, Mapping) and bool(cloud.get("balancers", True))


def _ports(reader: Reader) -> Ports:
    return Ports(
        **{
            each.name: reader.whole(each.name, int(str(each.default)), 1, 65535)
            for each in fields(Ports)
        }
    )
