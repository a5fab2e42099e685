# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cloud offers to a cluster's controllers: providers, volume types, ids of networks."""

from __future__ import annotations

from collections.abc import Iterator

from openstack.connection import Connection

from .._core.errors import InvalidInputError, LandfallError
from .._heat.session import explained
from .needs import choose_provider, named
from .settings import Settings


def lacking(connection: Connection, settings: Settings) -> Iterator[LandfallError]:
    """Yield what the inventory names and the cloud does not have; asks for nothing else."""
    if settings.balancers and settings.provider:
        found = providers(connection)
        yield from named(
            "provider of load balancers", "balancer_provider", settings.provider, found
        )
    if settings.volumes and settings.volume_type:
        with explained("Cinder cannot be asked for its volume types"):
            types = [str(each.name) for each in connection.block_storage.types()]
        yield from named("volume type", "volume_type", settings.volume_type, types)


def providers(connection: Connection) -> tuple[str, ...]:
    """Return the names of Octavia's providers."""
    with explained("Octavia cannot be asked for its providers"):
        return tuple(str(each.name) for each in connection.load_balancer.providers())


def provider(connection: Connection, settings: Settings) -> str:
    """Return the provider that load balancers are made with.

    Raises:
        InvalidInputError: it does not exist, or several do and none is named.
    """
    return choose_provider(settings.provider, providers(connection))


def network(connection: Connection, name: str) -> str:
    """Return the id of an external network by name or id.

    Raises:
        InvalidInputError: there is none.
    """
    with explained("Neutron cannot be asked for its networks"):
        listed = connection.network.networks(is_router_external=True)
        known = {str(text): str(each.id) for each in listed for text in (each.name, each.id)}
    if name not in known:
        raise InvalidInputError(
            "the cloud has no such external network",
            on="openstack_network.external, or landfall_cloud.floating_network",
            expected=", ".join(sorted(known)) or "nothing: it has none",
            found=name,
        )
    return known[name]


def subnet(connection: Connection, name: str, cidr: str, *, planned: bool) -> str:
    """Return the id of the servers' subnet by name or id.

    Args:
        planned: there may be none yet; then it is empty.

    Raises:
        InvalidInputError: several have this name and range, or none has.
    """
    with explained("Neutron cannot be asked for its subnets"):
        listed = list(connection.network.subnets(cidr=cidr))
    found = [str(each.id) for each in listed if name in (each.name, each.id)]
    if len(found) > 1 or not (found or planned):
        raise InvalidInputError(
            "the servers' subnet is not known",
            on=f"{name}, {cidr}",
            expected="one subnet with this name and range",
            found=", ".join(found) or "none",
            remedy="name it by its id in openstack_network.subnet",
        )
    return found[0] if found else ""
