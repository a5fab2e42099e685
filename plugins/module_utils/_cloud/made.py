# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Octavia, Neutron and Cinder: what is in a project, and how it is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from openstack.connection import Connection

from .._heat.kept import CSI
from .._heat.session import explained
from .._heat.survey import services
from .leftovers import Address, Balancer, Thing, Volume, claim


class Project:
    """What is in the project of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        with explained("the cloud's services cannot be read"):
            self._services = services(connection)

    def addresses(self) -> Sequence[Address]:
        """Return all floating addresses."""
        with explained("Neutron cannot be asked for floating addresses"):
            return [
                Address(
                    str(each.id),
                    str(each.floating_ip_address),
                    str(each.description or ""),
                    str(each.port_id or ""),
                )
                for each in self._connection.network.ips()
            ]

    def balancers(self) -> Sequence[Balancer]:
        """Return all load balancers; none where there is no Octavia."""
        if "load-balancer" not in self._services:
            return []
        with explained("Octavia cannot be asked for load balancers"):
            return [
                Balancer(
                    str(each.id),
                    str(each.name),
                    str(each.description or ""),
                    str(each.vip_port_id or ""),
                    str(each.provisioning_status),
                )
                for each in self._connection.load_balancer.load_balancers()
                if each.provisioning_status != "DELETED"
            ]

    def volumes(self, cluster: str) -> Sequence[Volume]:
        """Return the volumes that a cluster's driver made; none where there is no Cinder."""
        if "block-storage" not in self._services:
            return []
        with explained("Cinder cannot be asked for volumes"):
            return [
                Volume(
                    str(each.id),
                    str(each.name or each.id),
                    claim(dict(each.metadata)),
                    int(each.size),
                    str(each.status),
                )
                for each in self._connection.block_storage.volumes(details=True)
                if (each.metadata or {}).get(CSI) == cluster
            ]

    def delete(self, thing: Thing) -> None:
        """Begin to delete one."""
        with explained("the cloud does not delete", str(thing)):
            if isinstance(thing, Address):
                self._connection.network.delete_ip(thing.id)
            elif isinstance(thing, Balancer):
                self._connection.load_balancer.delete_load_balancer(thing.id, cascade=True)
            else:
                self._connection.block_storage.delete_volume(thing.id)
