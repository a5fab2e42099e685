# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports of a service users reach: by the shared Gateway, or by a number of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from .model import Service
from .names import HTTP_PORTS, TLS_PORTS
from .world import Ports, World

# Pages that come with a store.
_CONSOLES = frozenset({"console", "management"})


def published(world: World, service: Service) -> tuple[list[str], dict[str, int]]:
    """Return the ports that users reach: those by the Gateway, and those by a number outside."""
    by_gateway: list[str] = []
    numbers: dict[str, int] = {}
    ports = world.ports.get(service.name, {})
    for port in service.ports:
        name = _name(ports, port.target, port.protocol)
        if name is None:
            why = "a job has no ports" if not ports else f"{port.protocol} is not for a stack"
            world.notes.add(port.place, f"the port {port.target}/{port.protocol}", why)
        elif _how(world, service, port.target, port.protocol, name) == "gateway":
            if port.address.startswith("127.") or port.address == "::1":
                world.notes.add(*_local(port.place, port.target))
            elif name not in by_gateway:
                by_gateway.append(name)
        elif port.published is None or port.address not in {"", "0.0.0.0", "::"}:  # noqa: S104
            world.notes.add(*_local(port.place, port.target))
        elif _is_free(numbers, ports, name, port.published):
            numbers[name] = port.published
            world.notes.add(*_public(world, service, port.place, port.target, port.published))
        else:
            world.notes.add(
                port.place,
                f"the port {port.target} as {port.published}",
                "a port is published once, under one number",
                "leave one of them",
            )
    return by_gateway, numbers


def _is_free(numbers: Mapping[str, int], ports: Ports, name: str, number: int) -> bool:
    same = [
        o for o, n in numbers.items() if n == number and ports[o].protocol == ports[name].protocol
    ]
    return name not in numbers and not same


def _name(ports: Ports, number: int, protocol: str) -> Optional[str]:
    for name, port in ports.items():
        if (port.number, port.protocol) == (number, protocol):
            return name
    return None


def _how(world: World, service: Service, number: int, protocol: str, name: str) -> str:
    image = world.known(service.name)
    if protocol != "tcp" or (image.store and name not in _CONSOLES):
        return "number"
    web = name.startswith("http") and name != "https" and not name.startswith("https-")
    return (
        "gateway" if number in HTTP_PORTS or web or name in {"management", "console"} else "number"
    )


def _local(place: str, number: int) -> tuple[str, str, str, str]:
    return (
        place,
        f"the port {number} is for the host alone",
        "published to one address, or under any number, it is reached inside the cluster only",
        "use kubectl port-forward, or declare expose or publish",
    )


def _public(
    world: World, service: Service, place: str, number: int, outside: int
) -> tuple[str, str, str, str]:
    what = f"the port {number} is public as {outside}, by a Service of type LoadBalancer"
    if world.known(service.name).store:
        return (
            place,
            what,
            "Compose publishes it to all addresses",
            "remove publish unless clients outside the cluster need this store; inside it is "
            "reached anyway",
        )
    if number in TLS_PORTS:
        return (
            place,
            what,
            "the component itself speaks TLS there",
            "if it speaks HTTP as well, remove publish and expose that port: the Gateway does TLS",
        )
    return place, what, "it does not look like HTTP, which the shared Gateway routes", ""
