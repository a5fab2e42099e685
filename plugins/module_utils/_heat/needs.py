# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template needs of the cloud: names that must exist, services, and parts of the quota."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError
from .._core.names import nearest
from .stack import Content

# The service behind the middle of a resource's type, with its type in Keystone's catalogue.
SERVICES = {
    "Nova": "compute",
    "Neutron": "network",
    "Cinder": "block-storage",
    "Octavia": "load-balancer",
    "Glance": "image",
    "Designate": "dns",
}
# Which property names what; a name that starts with "new" is that of another resource.
_NAMES = {
    "OS::Nova::Server": {
        "flavor": "flavor",
        "image": "image",
        "key_name": "key pair",
        "availability_zone": "zone",
    },
    "OS::Neutron::Port": {"network": "network"},
    "OS::Neutron::FloatingIP": {"floating_network": "network"},
    "OS::Neutron::Router": {"external_gateway_info.network": "network"},
    "OS::Neutron::RouterInterface": {"subnet": "subnet"},
    "OS::Cinder::Volume": {"volume_type": "volume type"},
}
_AMOUNTS = {
    "OS::Nova::Server": "servers",
    "OS::Nova::KeyPair": "key pairs",
    "OS::Nova::ServerGroup": "server groups",
    "OS::Neutron::Net": "networks",
    "OS::Neutron::Subnet": "subnets",
    "OS::Neutron::Router": "routers",
    "OS::Neutron::Port": "ports",
    "OS::Neutron::RouterInterface": "ports",
    "OS::Neutron::FloatingIP": "floating addresses",
    "OS::Neutron::SecurityGroup": "security groups",
    "OS::Neutron::SecurityGroupRule": "security group rules",
    "OS::Cinder::Volume": "volumes",
}
_ID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Flavor:
    """A size of servers; ``memory`` in MiB."""

    cpus: int
    memory: int


@dataclass(frozen=True)
class Survey:
    """What a cloud has for a project.

    Attributes:
        services: types in Keystone's catalogue.
        names: names and ids that exist, by kind; a kind that is missing was not asked for.
        flavors: sizes by name and id.
        free: what is left of the quota, by what is counted; what is not limited is missing.
        subnets: ranges of subnets that the project can see, by their names.
    """

    services: frozenset[str]
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    flavors: Mapping[str, Flavor] = field(default_factory=dict)
    free: Mapping[str, int] = field(default_factory=dict)
    subnets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Needs:
    """What new resources need.

    Attributes:
        services: by type in the catalogue, the resources that need it.
        names: by kind and name, the resources that name it.
        amounts: how many of what the quota counts.
        flavors: how many servers of each.
        subnets: new ranges, by resource.
        keys: names of new key pairs, by resource.
    """

    services: Mapping[str, list[str]]
    names: Mapping[tuple[str, str], list[str]]
    amounts: Mapping[str, int]
    flavors: Mapping[str, int]
    subnets: Mapping[str, str]
    keys: Mapping[str, str]


def needs(
    content: Content, new: Optional[Collection[str]] = None, touched: Collection[str] = ()
) -> Needs:
    """Return what a template needs.

    Args:
        new: names of the resources that are still to be made; all without it.
        touched: those that are there and get other properties: they count for no quota.
    """
    services, names = defaultdict(list), defaultdict(list)
    amounts: Counter[str] = Counter()
    flavors: Counter[str] = Counter()
    subnets, keys = {}, {}
    for name, resource in content.template.get("resources", {}).items():
        made = new is None or name in new
        if not made and name not in touched:
            continue
        kind = str(resource.get("type"))
        properties = resource.get("properties") or {}
        services[_service(kind)].append(name)
        for what, value in _named(kind, properties, content):
            names[what, value].append(name)
        if not made:
            continue
        amounts[_AMOUNTS.get(kind, "")] += 1
        for volume in _sizes(kind, properties):
            amounts["gigabytes"] += volume
            amounts["volumes"] += kind == "OS::Nova::Server"
        if kind == "OS::Nova::Server":
            flavors[_value(properties.get("flavor"), content)] += 1
        if kind == "OS::Neutron::Subnet":
            subnets[name] = _value(properties.get("cidr"), content)
        if kind == "OS::Nova::KeyPair":
            keys[name] = _value(properties.get("name"), content)
    services.pop("", None)
    amounts.pop("", None)
    return Needs(services, names, amounts, flavors, subnets, keys)


def _service(kind: str) -> str:
    return SERVICES.get(kind.split("::")[1], "") if kind.count("::") == 2 else ""


def unmet(wanted: Needs, survey: Survey) -> Iterator[LandfallError]:
    """Yield everything that a cloud does not have."""
    for service, users in wanted.services.items():
        if service not in survey.services:
            yield _missing("the cloud does not have a service", service, users, "", service)
    for (kind, name), users in wanted.names.items():
        known = survey.names.get(kind)
        if known is not None and name not in known:
            readable = sorted(each for each in known if not _ID.fullmatch(each))
            near = nearest(name, readable, 0.5)
            expected = f"{near}?" if near else f"one of {', '.join(readable[:8]) or 'none'}"
            yield _missing(f"the cloud does not have this {kind}", name, users, expected, name)
    yield from _quota(wanted, survey)
    yield from _overlaps(wanted, survey)
    for resource, name in wanted.keys.items():
        if name in survey.names.get("key pair", ()):
            yield InvalidInputError(
                "there is a key pair of this name already",
                on=resource,
                expected="a new name, or no public key, which uses the existing pair",
                found=name,
            )


def _quota(wanted: Needs, survey: Survey) -> Iterator[LandfallError]:
    amounts = dict(wanted.amounts)
    sizes = [
        (survey.flavors[name], n) for name, n in wanted.flavors.items() if name in survey.flavors
    ]
    amounts["cores"] = sum(size.cpus * count for size, count in sizes)
    amounts["memory in MiB"] = sum(size.memory * count for size, count in sizes)
    for what, amount in amounts.items():
        left = survey.free.get(what)
        if left is not None and amount > left:
            yield InvalidInputError(
                "the project's quota is too small",
                on=what,
                expected=f"{amount} more",
                found=f"{left} left",
                remedy="free some, have the quota raised, or plan less",
            )


def _overlaps(wanted: Needs, survey: Survey) -> Iterator[LandfallError]:
    for resource, cidr in wanted.subnets.items():
        mine = _range(cidr)
        for name, other in survey.subnets.items():
            theirs = _range(other)
            if mine and theirs and mine.version == theirs.version and mine.overlaps(theirs):
                yield InvalidInputError(
                    "the subnet overlaps with one that is there",
                    on=f"{resource} {cidr}",
                    expected="a range of its own",
                    found=f"{name} {other}",
                    remedy="choose another range, or use the existing network",
                )


def _range(cidr: str) -> Any:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


def _missing(what: str, name: str, users: list[str], expected: str, found: str) -> LandfallError:
    shown = ", ".join(users[:4]) + (f" and {len(users) - 4} more" if len(users) > 4 else "")
    return InvalidInputError(what, on=f"{name}, for {shown}", expected=expected, found=found)


def _named(kind: str, properties: Mapping[str, Any], content: Content) -> Iterator[tuple[str, str]]:
    for path, what in _NAMES.get(kind, {}).items():
        value: Any = properties
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        text = _value(value, content)
        if text:
            yield what, text
    if kind == "OS::Nova::Server":
        for device in properties.get("block_device_mapping_v2") or ():
            for key, what in (("image", "image"), ("volume_type", "volume type")):
                text = _value(device.get(key), content)
                if text:
                    yield what, text
    for fixed in properties.get("fixed_ips") or () if kind == "OS::Neutron::Port" else ():
        text = _value(fixed.get("subnet"), content)
        if text:
            yield "subnet", text


def _sizes(kind: str, properties: Mapping[str, Any]) -> Iterator[int]:
    if kind == "OS::Cinder::Volume":
        yield _number(properties.get("size"))
    if kind == "OS::Nova::Server":
        for device in properties.get("block_device_mapping_v2") or ():
            if "image" in device or "image_id" in device:
                yield _number(device.get("volume_size"))


def _number(value: Any) -> int:
    return int(value) if str(value).isdigit() else 0


def _value(value: Any, content: Content) -> str:
    """Return a property's text; empty if it is made of other resources."""
    if isinstance(value, Mapping) and set(value) == {"get_param"}:
        name = str(value["get_param"])
        given = content.environment.get("parameters") or {}
        defined = (content.template.get("parameters") or {}).get(name) or {}
        value = given.get(name, defined.get("default"))
    return str(value) if isinstance(value, (str, int)) else ""
