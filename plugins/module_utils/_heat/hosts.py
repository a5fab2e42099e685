# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers as hosts of the inventory: as planned, and as a stack's outputs have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .._core.errors import InvalidInputError
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


@dataclass(frozen=True)
class Host:
    """A host that is there.

    Attributes:
        name: of host and server.
        id: of the server.
        groups: of the inventory.
        address: in the site's network.
        floating: its floating address, empty without one.
        volumes: ids of its data volumes by name.
        mounts: directories that they are mounted at, by name.
    """

    name: str
    id: str
    groups: tuple[str, ...]
    address: str
    floating: str
    volumes: Mapping[str, str]
    mounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hosts:
    """The hosts of a stack; ``jump`` is the one that SSH goes through, empty without one."""

    hosts: tuple[Host, ...]
    jump: str = ""

    @classmethod
    def from_outputs(cls, stack: str, outputs: Mapping[str, Any]) -> Hosts:
        """Build them from the outputs of a stack.

        Raises:
            InvalidInputError: the stack has others than those of Landfall's template.
        """
        listed = outputs.get("hosts")
        if not isinstance(listed, Mapping):
            raise InvalidInputError(
                "not a stack with hosts",
                on=f"stack {stack}",
                expected="an output hosts, as Landfall's template has it",
                found=", ".join(sorted(outputs)) or "no outputs",
                remedy="correct the name, or wait until the stack is complete",
            )
        try:
            hosts = tuple(_host(str(name), each) for name, each in listed.items())
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInputError(
                "an output that cannot be read", on=f"stack {stack}, hosts", found=str(error)
            ) from None
        return cls(hosts, str(outputs.get("jump") or ""))

    @property
    def jump_host(self) -> Optional[Host]:
        """The host that SSH goes through."""
        return next((host for host in self.hosts if host.name == self.jump), None)


def _host(name: str, data: Mapping[str, Any]) -> Host:
    volumes, mounts = (
        {str(key): str(value) for key, value in (data.get(what) or {}).items()}
        for what in ("volumes", "mounts")
    )
    return Host(
        name,
        str(data["id"]),
        tuple(str(group) for group in data["groups"]),
        str(data["address"]),
        str(data.get("floating") or ""),
        volumes,
        mounts,
    )
