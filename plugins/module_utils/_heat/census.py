# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the cloud what there is around a stack: in its networks, and in the project's storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from openstack.connection import Connection

from .._kube.concurrent import each
from .kept import Balancer, Census, Port, Volume
from .session import explained
from .survey import services


def census(connection: Connection, networks: Sequence[str]) -> Census:
    """Return what there is in these networks, and all volumes of the project.

    Raises:
        InvalidInputError: the credentials are not accepted.
        UnreachableError: a service does not answer.
    """
    with explained("the cloud's services cannot be read"):
        there = services(connection)
    asked: dict[str, Callable[[], Any]] = {"block-storage": lambda: _volumes(connection)}
    if networks:
        asked["network"] = lambda: _ports(connection, networks)
        asked["load-balancer"] = lambda: _balancers(connection, networks)

    def ask(service: str) -> dict[str, Any]:
        with explained("the cloud cannot be asked", service):
            found: dict[str, Any] = asked[service]()
        return found

    merged: dict[str, Any] = {}
    for part in each("the cloud cannot be asked", ask, sorted(there & set(asked))):
        merged |= part
    return Census(**merged)


def _ports(connection: Connection, networks: Sequence[str]) -> dict[str, Any]:
    found = (port for one in networks for port in connection.network.ports(network_id=one))
    return {
        "ports": tuple(
            Port(str(one.id), one.name or "", one.device_owner or "", one.device_id or "")
            for one in found
        )
    }


def _balancers(connection: Connection, networks: Sequence[str]) -> dict[str, Any]:
    found = connection.load_balancer.load_balancers()
    return {
        "balancers": tuple(
            Balancer(str(one.id), one.name or "") for one in found if one.vip_network_id in networks
        )
    }


def _volumes(connection: Connection) -> dict[str, Any]:
    return {
        "volumes": tuple(
            Volume(
                id=str(one.id),
                name=one.name or "",
                size=int(one.size or 0),
                servers=tuple(str(end["server_id"]) for end in one.attachments or ()),
                bootable=bool(one.is_bootable),
                metadata=dict(one.metadata or {}),
            )
            for one in connection.block_storage.volumes(details=True)
        )
    }
