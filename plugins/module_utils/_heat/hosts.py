# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers as hosts of the inventory: as they are planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .access import NODES, depot_role
from .addresses import servers
from .model import DEPOT, OPERATOR, Site

KUBERNETES = "kubernetes"
"""The group of all nodes of the cluster."""


@dataclass(frozen=True)
class Planned:
    """A host that a site shall have; ``address`` is that in the site's network."""

    name: str
    groups: tuple[str, ...]
    address: str


def planned(site: Site) -> Iterator[Planned]:
    """Yield the hosts of a site, whether they are there or not."""
    for server in servers(site):
        yield Planned(server.name, groups(site, server.role.name), server.address)


def groups(site: Site, role: str) -> tuple[str, ...]:
    """Return the groups of the inventory that the servers of a role are in."""
    found: tuple[str, ...] = (role,)
    if role == OPERATOR and depot_role(site) == OPERATOR:
        found += (DEPOT,)
    return (*found, KUBERNETES) if role in NODES else found
