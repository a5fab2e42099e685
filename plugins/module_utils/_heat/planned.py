# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that OpenStack is still to make, as hosts of the inventory that is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from .._core.errors import LandfallError, ProblemsError
from .._site.inventory import Inventory
from .hosts import planned
from .model import Ports
from .parse import read

VARIABLES = (
    "site_network",
    "gateway_address",
    "gateway_pool",
    "openstack_stack",
    "openstack_image",
    "openstack_flavor",
    "openstack_zones",
    "openstack_key",
    "openstack_network",
    "openstack_servers",
    "openstack_balancer",
    "openstack_bastion",
    "openstack_gateway_floating",
    "openstack_admin_networks",
    "openstack_public_networks",
    "openstack_public_ports",
    "landfall_cloud",
    *(port.name for port in fields(Ports)),
)
"""The variables that the servers depend on."""
_OWN = ("ansible_host", "node_address")


def with_servers(inventory: Inventory) -> tuple[Inventory, Sequence[LandfallError]]:
    """Return the inventory with the planned servers, and what is wrong with their description.

    An inventory that does not name a stack is returned as it is.
    """
    first = next(iter(inventory.variables), "")
    if not inventory.value(first, "openstack_stack"):
        return inventory, ()
    try:
        site = read({name: inventory.value(first, name) for name in VARIABLES})
    except ProblemsError as error:
        return inventory, error.problems
    common = {k: v for k, v in inventory.variables[first].items() if k not in _OWN}
    groups, variables = dict(inventory.groups), dict(inventory.variables)
    if not any(inventory.groups.values()):
        variables.clear()
    for host in planned(site):
        variables.setdefault(host.name, {**common, "node_address": host.address})
        for group in host.groups:
            members = groups.get(group, ())
            groups[group] = members if host.name in members else (*members, host.name)
    return replace(inventory, groups=groups, variables=variables), ()
