# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a stack is public: paths on host names, and requests that show that it serves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._stack.kinds import HOST_NAME, URL_PATH
from .model import Service
from .names import free
from .world import World

_HOST = re.compile(r"Host\(([^)]*)\)")
_PATH = re.compile(r"Path(?:Prefix)?\(([^)]*)\)")
_QUOTED = re.compile(r"[`\"']([^`\"']+)[`\"']")
_RULE = re.compile(r"traefik\.https?\.routers\.[^.]+\.rule|traefik\.frontend\.rule")
EXAMPLE = "example.org"
_MOST_PATHS = 16


@dataclass
class Exposures:
    """Exposures by name, and the host names that the compose file has for them."""

    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)

    def stack(self) -> dict[str, Any]:
        """Return them as the stack has them."""
        return {name: {"paths": paths} for name, paths in self.paths.items()}


def exposures(world: World, by_gateway: Mapping[str, list[str]]) -> Exposures:
    """Return what is public; ``by_gateway`` are services to the ports that they publish so."""
    found = Exposures()
    for name, service in world.services.items():
        first = next(iter(world.ports.get(name, {}).values()), None)
        if first is None or first.protocol != "tcp":
            continue
        ports = by_gateway.get(name, [])
        routes = list(_routes(service))
        for host, path in routes:
            _route(world, found, service, host, path)
        for port in ports[1:] if routes and ports else ports:
            _port(world, found, service, port)
    return found


def _target(world: World, service: Service, port: str) -> Any:
    component = world.names[service.name]
    first = next(iter(world.ports[service.name]))
    return component if port == first else {"component": component, "port": port}


def _port(world: World, found: Exposures, service: Service, port: str) -> None:
    component = world.names[service.name]
    name = component if component not in found.paths else f"{component[:24]}-{port}"
    name = free(name, found.paths)
    found.paths[name] = {"/": _target(world, service, port)}
    found.hosts[name] = [f"{name}.{EXAMPLE}"]
    world.notes.add(
        f"{service.place}.ports",
        f"{port} is public as exposure {name}",
        "the shared Gateway routes by host name, not by a port of the host",
        f"set hosts: {{{name}: <host name>}} in the environment",
    )


def _routes(service: Service) -> Iterator[tuple[str, str]]:
    """Yield host name and path of the rules that labels or variables hold for a proxy."""
    for key, rule in {**service.labels, **service.deploy.labels}.items():
        if _RULE.fullmatch(key):
            hosts = [host for part in _HOST.findall(rule) for host in _QUOTED.findall(part)]
            paths = [path for part in _PATH.findall(rule) for path in _QUOTED.findall(part)]
            for host in hosts or [""]:
                for path in paths or ["/"]:
                    yield host, path
    for host in service.environment.get("VIRTUAL_HOST", "").split(","):
        if host.strip():
            yield host.strip(), "/"


def _route(world: World, found: Exposures, service: Service, host: str, path: str) -> None:
    component = world.names[service.name]
    fits = len(host) <= HOST_NAME.most and re.fullmatch(HOST_NAME.pattern, host)
    hosts = [host] if fits else [f"{component}.{EXAMPLE}"]
    name = next((one for one, known in found.hosts.items() if known == hosts), component)
    if not re.fullmatch(URL_PATH.pattern, path) or len(path) > URL_PATH.most:
        path = "/"
    there = found.paths.get(name, {})
    if path in there or len(there) >= _MOST_PATHS:
        return
    first = next(iter(world.ports[service.name]))
    found.paths.setdefault(name, {})[path] = _target(world, service, first)
    found.hosts.setdefault(name, hosts)
    world.notes.add(
        f"{service.place}.labels",
        f"a route of a proxy ({host or 'any host name'}, {path})",
        f"it is in the stack as exposure {name}, without what else the rule says",
        f"set hosts: {{{name}: <host name>}} in the environment",
    )
