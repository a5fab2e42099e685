# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of the mapping look up: components, their ports, who is meant by a host name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Optional

from .known import Known, known
from .model import Project, Service
from .names import HTTP_PORTS, PORTS, component_names, port_name
from .notes import Notes

SOCKET = "docker.sock"
# host:port where a host name can stand
_AFTER = r"(?P<pre>^|//|@|[\s,;=\"'(\[])"
_BEFORE = r"(?![\w.-])"
SCHEMES: Mapping[str, int] = {
    "amqp": 5672,
    "http": 80,
    "mongodb": 27017,
    "mysql": 3306,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
}
_UNPRIVILEGED = 1024
_WEB_LABEL = re.compile(r"traefik\.http\.services\.[^.]+\.loadbalancer\.server\.port")


@dataclass(frozen=True)
class PortSpec:
    """A port of a component."""

    number: int
    protocol: str = "tcp"


Ports = dict[str, PortSpec]


@dataclass(frozen=True)
class World:
    """A project on its way to a stack.

    Attributes:
        stack: the stack's name.
        services: those that become components.
        names: service to component.
        hosts: name in the compose file's networks to the service that it means.
        ports: service to its ports, the default one first; jobs have none.
        texts: service to the texts of its files.
        kinds: service to the type of its component.
    """

    project: Project
    stack: str
    services: Mapping[str, Service]
    names: Mapping[str, str]
    hosts: Mapping[str, str]
    notes: Notes
    ports: Mapping[str, Ports] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def known(self, service: str) -> Known:
        """Return what is known of a service's image."""
        return known(self.services[service].image)

    def hosts_for(self, service: Service) -> Mapping[str, str]:
        """Return the host names that a service can use, and the services that they mean."""
        own = {alias: name for alias, name in service.links.items() if name in self.services}
        return {**self.hosts, **own}

    def port_of(self, service: str, number: int) -> Optional[str]:
        """Return the name of a service's TCP port."""
        for name, port in self.ports[service].items():
            if port == PortSpec(number):
                return name
        return None


def is_replaced(service: Service) -> bool:
    """Tell whether a service is a proxy in front of containers; the shared Gateway is, too."""
    return known(service.image).proxy and any(SOCKET in one.source for one in service.mounts)


def build_world(project: Project, stack: str, notes: Notes) -> World:
    """Return the project's services with their names."""
    services = {}
    for name, one in project.services.items():
        if is_replaced(one):
            notes.add(
                one.place,
                "a proxy that finds containers by the container runtime",
                "the cluster's shared Gateway takes its place, so there is no component for it",
                "see expose in the stack, and set its host names in the environment",
            )
        else:
            services[name] = one
    names = component_names(services)
    for name, component in names.items():
        if name != component:
            notes.add(
                f"services.{name}",
                f"the component is called {component}",
                "a component's name is of a-z, 0-9 and -, and no word of the stack's own",
                f"use {component} where programs or files name {name} as a host",
            )
    return World(project, stack, services, names, _hosts(services), notes)


def _hosts(services: Mapping[str, Service]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, one in services.items():
        others = [alias for aliases in one.networks.values() for alias in aliases]
        given = [one.raw.get(key) for key in ("container_name", "hostname")]
        others += [name for name in given if isinstance(name, str) and name]
        for alias in others:
            found.setdefault(alias, name)
    return {**found, **{name: name for name in services}}


def alternatives(hosts: Mapping[str, str]) -> str:
    """Return a pattern for any of the host names, the longest first."""
    ordered = sorted(hosts, key=lambda name: (-len(name), name))
    return "|".join(map(re.escape, ordered)) or r"(?!)"


def addressed(hosts: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern for ``host:port``, with what stands before it."""
    return re.compile(rf"{_AFTER}(?P<host>{alternatives(hosts)}):(?P<port>[0-9]{{1,5}}){_BEFORE}")


def in_url(hosts: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern for a URL's host without a port, with its scheme."""
    return re.compile(
        rf"(?P<pre>(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^\s/@:]*@)?)"
        rf"(?P<host>{alternatives(hosts)})(?=[/?#\s]|$)"
    )


# ports ------------------------------------------------------------------------------------------


def all_ports(world: World) -> dict[str, Ports]:
    """Return the ports of each service: what it says, what its image says, what others ask for."""
    asked = _asked(world)
    found: dict[str, Ports] = {}
    for name, service in world.services.items():
        image = {} if _runs_another(service) else world.known(name).ports
        listed = {(number, "tcp"): given for given, number in image.items()}
        for port in service.ports:
            key = (port.target, port.protocol)
            listed[key] = listed.get(key) or port.name
        for key in (*service.exposed, *((number, "tcp") for number in _labelled(service))):
            listed.setdefault(key, "")
        for number in asked.get(name, ()):
            listed.setdefault((number, "tcp"), "")
        ports: Ports = {}
        for (number, protocol), given in listed.items():
            if protocol in {"tcp", "udp"}:
                ports[port_name(number, protocol, given, ports)] = PortSpec(number, protocol)
        found[name] = _ordered(service, ports, bool(image))
    return found


def _ordered(service: Service, ports: Ports, is_known: bool) -> Ports:
    """Put published TCP ports first, unless the image is known: then its own are."""
    if is_known:
        return ports
    published = {port.target for port in service.ports if not _is_local(port.address)}
    order = sorted(
        ports, key=lambda name: (ports[name].protocol != "tcp", ports[name].number not in published)
    )
    return {name: ports[name] for name in order}


def _runs_another(service: Service) -> bool:
    """Tell whether a service runs something else than what its image is for."""
    return bool(service.entrypoint) and not service.ports and not service.exposed


def _is_local(address: str) -> bool:
    return address.startswith("127.") or address in {"::1", "localhost"}


def _labelled(service: Service) -> Iterator[int]:
    for key, value in {**service.labels, **service.deploy.labels}.items():
        if _WEB_LABEL.fullmatch(key) and _is_port(value):
            yield int(value)
    if "VIRTUAL_HOST" in service.environment:
        given = service.environment.get("VIRTUAL_PORT", "80")
        if _is_port(given):
            yield int(given)


def _is_plausible(before: str, number: int) -> bool:
    """Tell a port from a version: ``postgres:16`` is rather an image."""
    usual = number in PORTS or number in HTTP_PORTS or number >= _UNPRIVILEGED
    return usual or before in {"//", "@"}


def _is_port(text: str) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{0,4}", text)) and int(text) < 65536


def _asked(world: World) -> dict[str, list[int]]:
    """Return the ports that the texts of all services name with a service's host name."""
    found: dict[str, list[int]] = {}
    for name, service in world.services.items():
        hosts = world.hosts_for(service)
        with_port, without = addressed(hosts), in_url(hosts)
        command = [*(service.command or ()), *(service.entrypoint or ())]
        for text in (*service.environment.values(), *command, *world.texts.get(name, ())):
            for match in with_port.finditer(text):
                if _is_port(match["port"]) and _is_plausible(match["pre"], int(match["port"])):
                    found.setdefault(hosts[match["host"]], []).append(int(match["port"]))
            for match in without.finditer(text):
                target = hosts[match["host"]]
                number = SCHEMES.get(match["scheme"].partition("+")[0])
                if number and not world.known(target).ports:
                    found.setdefault(target, []).append(number)
    return found
