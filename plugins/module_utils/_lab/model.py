# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab: hosts that are containers running systemd, on a network of their own on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Union

from .._core.errors import InvalidInputError, ProblemsError

SUITES = ("trixie", "bookworm")
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


@dataclass(frozen=True)
class Host:
    """One host of the lab.

    Attributes:
        name: its host name, unique in the lab.
        address: its IPv4 address in the lab's network.
        suite: the Debian release that it runs, by code name.
    """

    name: str
    address: str
    suite: str


@dataclass(frozen=True)
class Lab:
    """What shall be there.

    Attributes:
        name: the lab's name; prefix and label of everything that it makes.
        network: the CIDR of its network.
        hosts: its hosts.
        images: container image of each Debian suite, as podman knows it.
    """

    name: str
    network: str
    hosts: tuple[Host, ...]
    images: Mapping[str, str]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Lab:
        """Build the lab from a module's parameters.

        Raises:
            ProblemsError: with every host whose address or suite is wrong.
        """
        suites = params["suites"] or {}
        hosts = tuple(
            Host(name, address, suites.get(name, SUITES[0]))
            for name, address in params["hosts"].items()
        )
        lab = cls(params["name"], params["network"], hosts, dict(params["images"] or {}))
        problems = lab.problems()
        if problems:
            raise ProblemsError(f"lab {lab.name} cannot be made as described", problems)
        return lab

    def problems(self) -> Sequence[InvalidInputError]:
        """Return what is wrong with the description, for all hosts at once."""
        try:
            network = ipaddress.ip_network(self.network)
        except ValueError as error:
            return [
                InvalidInputError(
                    "not a network", on="lab_network", expected="a CIDR", found=str(error)
                )
            ]
        owners: dict[str, str] = {}
        return [
            problem
            for host in self.hosts
            for problem in _problems(host, owners.setdefault(host.address, host.name), network)
        ]

    @property
    def prefix(self) -> str:
        """Return the prefix of the names of all containers, volumes and networks of the lab."""
        return f"landfall-{self.name}"

    def container(self, host: str) -> str:
        """Return the name of a host's container."""
        return f"{self.prefix}-{host}"


def _problems(host: Host, first: str, network: Network) -> Iterator[InvalidInputError]:
    """Yield what is wrong with a host; ``first`` is the first one with its address."""
    if first != host.name:
        yield InvalidInputError(
            "two hosts have one address",
            on=f"{first}, {host.name}",
            found=host.address,
            remedy="give each host an ansible_host of its own",
        )
    if not _inside(host.address, network):
        yield InvalidInputError(
            "address outside the lab's network",
            on=host.name,
            expected=f"an address of {network}, not its first",
            found=host.address,
        )
    if host.suite not in SUITES:
        yield InvalidInputError(
            "unknown operating system",
            on=host.name,
            expected="lab_suite to be one of " + ", ".join(SUITES),
            found=host.suite,
        )


def _inside(address: str, network: Network) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    gateway = next(iter(network.hosts()))
    return ip in network and ip not in (network.network_address, gateway)


@dataclass(frozen=True)
class SeenHost:
    """A host's container as podman reports it."""

    address: str
    suite: str
    running: bool


@dataclass(frozen=True)
class Seen:
    """What is there.

    Attributes:
        network: the CIDR of the lab's network, or None when there is none.
        access: the volume with the lab's SSH key pair exists.
        hosts: the containers that carry the lab's label, by host name.
        inotify_instances: ``fs.inotify.max_user_instances`` of this machine.
    """

    network: Optional[str] = None
    access: bool = False
    hosts: Mapping[str, SeenHost] = field(default_factory=dict)
    inotify_instances: int = 0
