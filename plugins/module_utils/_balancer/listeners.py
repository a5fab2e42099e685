# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway listens on, and where it sends what comes in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._gateway.model import Server
from .allocation import Decision
from .model import Node, Slot, eligible


@dataclass(frozen=True)
class Listener:
    """A slot that is served.

    Attributes:
        slot: where it listens.
        owner: the Service, as namespace and name.
        node_port: port of the servers.
        servers: the nodes.
        sources: networks that may connect; everybody when empty.
        health_port: port of the servers that tells whether they take connections of just this
            Service; 0 when any node does.
    """

    slot: Slot
    owner: tuple[str, str]
    node_port: int
    servers: tuple[Server, ...]
    sources: tuple[str, ...] = ()
    health_port: int = 0

    @property
    def name(self) -> str:
        """A name for configurations and logs, like no other's."""
        return f"{'.'.join(self.owner)}.{self.slot.protocol.lower()}-{self.slot.port}"


def listeners(decisions: Iterable[Decision], nodes: Iterable[Node]) -> tuple[Listener, ...]:
    """Return what decisions amount to, in the order of namespaces, names and ports."""
    members = eligible(tuple(nodes))
    servers = {
        family: tuple(
            Server(node.name, node.address(family)) for node in members if node.address(family)
        )
        for family in (4, 6)
    }
    found = (
        Listener(
            Slot(decision.address, port.protocol, port.port),
            (decision.service.namespace, decision.service.name),
            port.node_port,
            servers[decision.service.family],
            decision.service.sources,
            decision.service.health_port if decision.service.local else 0,
        )
        for decision in decisions
        for port in decision.ports
    )
    return tuple(sorted(found, key=lambda listener: (listener.owner, listener.slot)))
