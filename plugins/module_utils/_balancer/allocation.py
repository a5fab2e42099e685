# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Service has which address and ports.

What the Services' status says is the truth: it is kept as long as it can be. So every gateway
that reads the same Services comes to the same result, whatever it knew before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from .model import SHARED, Port, Service, Slot

POOL_REMEDY = "give the site more addresses (gateway_pool)"


class Refusal(NamedTuple):
    """Why a port or a Service is not served: a word for programs and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Pool:
    """What there is to give.

    Attributes:
        shared: the address of the site, whose free ports Services share.
        addresses: further ones, each for one Service unless others ask for it.
        reserved: TCP ports of the shared address that are the site's own, and what they are for.
        udp: the gateways can pass UDP through.
    """

    shared: str
    addresses: tuple[str, ...] = ()
    reserved: Mapping[int, str] = field(default_factory=dict)
    udp: bool = True

    def __contains__(self, address: str) -> bool:
        return address == self.shared or address in self.addresses

    def wanted(self, service: Service) -> str:
        """Return the address that a Service asks for; empty when any will do."""
        return self.shared if service.wanted == SHARED else service.wanted


@dataclass(frozen=True)
class Decision:
    """What a Service is given.

    Attributes:
        service: the Service.
        address: its address; empty when it has none.
        ports: of that address, in the Service's order.
        refused: why the others are not served.
        refusal: why nothing at all is.
    """

    service: Service
    address: str = ""
    ports: tuple[Port, ...] = ()
    refused: Mapping[Port, Refusal] = field(default_factory=dict)
    refusal: Optional[Refusal] = None

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """All refusals."""
        return (self.refusal,) if self.refusal else tuple(self.refused.values())


def allocate(
    services: Iterable[Service],
    pool: Pool,
    busy: frozenset[Slot] = frozenset(),
    *,
    assign: bool = True,
) -> tuple[Decision, ...]:
    """Decide for all Services.

    Args:
        services: all of them, in any order.
        pool: what there is to give.
        busy: what some other program of the gateway occupies.
        assign: give what is missing; otherwise only what is recorded counts.

    Returns:
        A decision for each Service, older ones first. No slot is in two of them.
    """
    order = sorted(services, key=lambda service: (service.created, service.uid))
    book = _Book(pool, busy)
    for service in order:
        book.confirm(service)
    if assign:
        # who asks for an address gets it before it is given to somebody who takes any
        for service in sorted(order, key=lambda service: not service.wanted):
            book.give(service)
    return tuple(book.decision(service, assign=assign) for service in order)


class _Book:
    """Who has what, while it is being decided."""

    def __init__(self, pool: Pool, busy: frozenset[Slot]) -> None:
        self.pool = pool
        self.busy = busy
        self.owners: dict[Slot, Service] = {}
        self.addresses: dict[str, str] = {}
        self.holders: Counter[str] = Counter()
        self.refusals: dict[str, Refusal] = {}

    def confirm(self, service: Service) -> None:
        """Let a Service keep what is recorded, as far as it may and still wants it."""
        address = service.recorded_address
        if (
            service.fault
            or address not in self.pool
            or self.pool.wanted(service) not in ("", address)
        ):
            return
        kept = False
        for port in service.ports:
            slot = Slot(address, port.protocol, port.port)
            if slot in service.recorded and not self.obstacle(service, port, slot):
                self.owners[slot] = service
                kept = True
        if kept:
            self.hold(service, address)

    def give(self, service: Service) -> None:
        """Give a Service what it lacks and what is free."""
        if service.fault:
            self.refusals[service.uid] = Refusal("Invalid", service.fault)
            return
        address = self.addresses.get(service.uid) or self.choose(service)
        if not address:
            return
        slots = {port: Slot(address, port.protocol, port.port) for port in service.ports}
        free = {s for p, s in slots.items() if not self.obstacle(service, p, s)}
        if free:
            self.owners.update(dict.fromkeys(free, service))
        if service.uid not in self.addresses:
            # An address without a usable port is noted for its reasons, but stays free.
            self.hold(service, address, counted=bool(free))

    def hold(self, service: Service, address: str, *, counted: bool = True) -> None:
        self.addresses[service.uid] = address
        self.holders[address] += counted

    def choose(self, service: Service) -> str:
        """Return the address of a Service that has none; empty when it cannot have one."""
        wanted = self.pool.wanted(service)
        if wanted:
            if wanted in self.pool:
                return wanted
            message = f"{wanted} is not an address of this site's pool"
            self.refusals[service.uid] = Refusal("AddressNotInPool", message)
            return ""
        if not self.pool.addresses:
            return self.pool.shared
        last = service.recorded_address
        candidates = (last, *self.pool.addresses) if last in self.pool.addresses else ()
        for address in candidates or self.pool.addresses:
            if not self.holders[address]:
                return address
        message = f"all {len(self.pool.addresses)} addresses are in use; {POOL_REMEDY}"
        self.refusals[service.uid] = Refusal("PoolExhausted", message)
        return ""

    def obstacle(self, service: Service, port: Port, slot: Slot) -> Optional[Refusal]:
        """Return why a Service cannot have a slot; nothing when it can, or has it already."""
        owner = self.owners.get(slot)
        if owner is not None:
            message = f"{slot} is taken by the Service {owner}"
            return None if owner is service else Refusal("PortTaken", message)
        if port.protocol not in ("TCP", "UDP") or (port.protocol == "UDP" and not self.pool.udp):
            return Refusal("ProtocolNotSupported", f"this site passes no {port.protocol} through")
        if not port.node_port:
            return Refusal("NoNodePort", f"port {port.port} has no node port to send it to")
        if port.protocol == "UDP" and service.local:
            message = "externalTrafficPolicy Local is not supported for UDP, use Cluster"
            return Refusal("PolicyNotSupported", message)
        reserved = self.pool.reserved if slot.address == self.pool.shared else {}
        if port.protocol == "TCP" and port.port in reserved:
            return Refusal("PortReserved", f"{slot} is the site's own ({reserved[port.port]})")
        if slot in self.busy:
            return Refusal("PortBusy", f"{slot} is used by another program of the gateway")
        return None

    def decision(self, service: Service, *, assign: bool) -> Decision:
        refusal = self.refusals.get(service.uid)
        address = self.addresses.get(service.uid, "")
        if refusal or not address:
            return Decision(service, refusal=refusal)
        slots = {port: Slot(address, port.protocol, port.port) for port in service.ports}
        given = tuple(p for p, slot in slots.items() if self.owners.get(slot) is service)
        found = {p: self.obstacle(service, p, s) for p, s in slots.items() if p not in given}
        refused = {port: why for port, why in found.items() if why} if assign else {}
        return Decision(service, address if given else "", given, refused)
