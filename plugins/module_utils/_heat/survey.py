# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the cloud for what a template needs: all services at the same time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openstack.connection import Connection
from openstack.exceptions import NotFoundException
from os_service_types import ServiceTypes

from .._kube.concurrent import each
from .needs import Flavor, Needs, Survey
from .session import explained

Found = dict[str, Any]
# What the services call what is counted.
_COMPUTE = {
    "servers": ("instances", "instances_used"),
    "cores": ("total_cores", "total_cores_used"),
    "memory in MiB": ("total_ram", "total_ram_used"),
    "server groups": ("server_groups", "server_groups_used"),
}
# What is counted, with the quota's name for it and the collection that has it.
_NETWORK = {
    "networks": ("networks", "networks"),
    "subnets": ("subnets", "subnets"),
    "routers": ("routers", "routers"),
    "ports": ("ports", "ports"),
    "floating addresses": ("floating_ips", "ips"),
    "security groups": ("security_groups", "security_groups"),
    "security group rules": ("security_group_rules", "security_group_rules"),
}
_STORAGE = {
    "volumes": ("max_total_volumes", "total_volumes_used"),
    "gigabytes": ("max_total_volume_gigabytes", "total_gigabytes_used"),
}


def survey(connection: Connection, wanted: Needs) -> Survey:
    """Return what a cloud has of what a template needs.

    Raises:
        InvalidInputError: the credentials are not accepted.
        UnreachableError: a service does not answer.
    """
    with explained("the cloud's services cannot be read"):
        there = services(connection)
    asked: Mapping[str, Callable[[Connection], Found]] = {
        "compute": _compute,
        "network": _network,
        "block-storage": _storage,
        "image": _image,
    }
    kinds = {kind for kind, _ in wanted.names}
    needed = set(wanted.services) | ({"image"} if "image" in kinds else set())

    def ask(service: str) -> Found:
        with explained("the cloud cannot be asked", service):
            return asked[service](connection)

    found = each("the cloud cannot be asked", ask, sorted(needed & there & set(asked)))
    merged: Found = {"names": {}, "free": {}}
    for part in found:
        for key, value in part.items():
            merged[key] = {**merged.get(key, {}), **value}
    return Survey(services=there, **merged)


def services(connection: Connection) -> frozenset[str]:
    """Return the types of the services in a cloud's catalogue, by their official names."""
    types = ServiceTypes()
    session = connection.config.get_session()
    login: Any = session.auth
    catalog = login.get_access(session).service_catalog.catalog
    return frozenset(types.get_service_type(each["type"]) or each["type"] for each in catalog)


def _names(items: Any) -> frozenset[str]:
    return frozenset(text for item in items for text in (item.name, item.id) if text)


def _left(limit: Any, used: Any) -> dict[str, int]:
    """Return what is left, nothing where there is no limit."""
    if not isinstance(limit, int) or limit < 0:
        return {}
    return {"left": limit - (used if isinstance(used, int) else 0)}


def _free(source: Any, names: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    found = {}
    for what, (limit, used) in names.items():
        for left in _left(getattr(source, limit, None), getattr(source, used, None)).values():
            found[what] = left
    return found


def _compute(connection: Connection) -> Found:
    compute = connection.compute
    flavors = list(compute.flavors())
    sizes = {
        text: Flavor(int(each.vcpus), int(each.ram))
        for each in flavors
        for text in (each.name, each.id)
    }
    zones = (zone.name for zone in compute.availability_zones() if zone.state.get("available"))
    return {
        "names": {
            "flavor": _names(flavors),
            "key pair": frozenset(each.name for each in compute.keypairs()),
            "zone": frozenset(zones),
        },
        "flavors": sizes,
        "free": _free(compute.get_limits().absolute, _COMPUTE),
    }


def _network(connection: Connection) -> Found:
    network = connection.network
    subnets = list(network.subnets())
    return {
        "names": {"network": _names(network.networks()), "subnet": _names(subnets)},
        "subnets": {f"{each.name or each.id} ({each.id})": each.cidr for each in subnets},
        "free": _network_quota(network, str(connection.current_project_id)),
    }


def _network_quota(network: Any, project: str) -> dict[str, int]:
    try:
        quota = network.get_quota(project, details=True)
    except NotFoundException:  # not every cloud counts by itself
        quota, counted = network.get_quota(project), True
    else:
        counted = False
    found = {}
    for what, (name, collection) in _NETWORK.items():
        entry = getattr(quota, name, None)
        if counted:
            used = sum(1 for _ in getattr(network, collection)(project_id=project))
            entry = {"limit": entry, "used": used}
        for left in _left((entry or {}).get("limit"), (entry or {}).get("used")).values():
            found[what] = left
    return found


def _storage(connection: Connection) -> Found:
    storage = connection.block_storage
    return {
        "names": {"volume type": _names(storage.types())},
        "free": _free(storage.get_limits().absolute, _STORAGE),
    }


def _image(connection: Connection) -> Found:
    return {"names": {"image": _names(connection.image.images())}}
