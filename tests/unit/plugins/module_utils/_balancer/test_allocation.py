# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is given what: a table, and rules that hold for whatever Services there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._balancer.allocation import (
    Decision,
    Pool,
    allocate,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import (
    Port,
    Service,
    Slot,
)

SHARED = Pool("10.0.0.5", reserved={80: "HTTP"})
OWN = Pool("10.0.0.5", ("10.0.0.100", "10.0.0.101"), {80: "HTTP"})


def service(name: str, *ports: int, at: int = 0, **changes: Any) -> Service:
    protocol = changes.pop("protocol", "TCP")
    made = tuple(Port(protocol, port, 30000 + port % 2768) for port in ports)
    return Service(name, "ns", name, "1", f"{at:04}", made, **changes)


def recorded(found: Decision) -> Service:
    """Return the Service with the status that the decision leads to."""
    slots = frozenset(Slot(found.address, p.protocol, p.port) for p in found.ports)
    return replace(found.service, recorded=slots)


def had(found: Service, address: str, *ports: int) -> Service:
    return replace(found, recorded=frozenset(Slot(address, "TCP", port) for port in ports))


def given_to(*services: Service, pool: Pool = SHARED, **options: Any) -> dict[str, Any]:
    """Return address, ports and codes of refusals by name."""
    return {
        str(d.service.name): (
            d.address,
            [port.port for port in d.ports],
            [refusal.code for refusal in d.refusals],
        )
        for d in allocate(services, pool, **options)
    }


@pytest.mark.parametrize(
    ("services", "pool", "expected"),
    [
        ([service("a", 8080)], SHARED, {"a": ("10.0.0.5", [8080], [])}),
        ([service("a", 80)], SHARED, {"a": ("", [], ["PortReserved"])}),
        ([service("a", 80, 81)], SHARED, {"a": ("10.0.0.5", [81], ["PortReserved"])}),
        ([service("a", 80)], OWN, {"a": ("10.0.0.100", [80], [])}),
        (
            [service("b", 8080, at=2), service("a", 8080, at=1)],
            SHARED,
            {"a": ("10.0.0.5", [8080], []), "b": ("", [], ["PortTaken"])},
        ),
        (
            [service(name, 80, at=at) for at, name in enumerate("abc")],
            OWN,
            {
                "a": ("10.0.0.100", [80], []),
                "b": ("10.0.0.101", [80], []),
                "c": ("", [], ["PoolExhausted"]),
            },
        ),
        (
            [service("a", 80), service("b", 81, at=1, wanted="10.0.0.100")],
            OWN,
            {"a": ("10.0.0.101", [80], []), "b": ("10.0.0.100", [81], [])},
        ),
        (
            [service("a", 80, wanted="10.0.0.100"), service("b", 81, wanted="10.0.0.100")],
            OWN,
            {"a": ("10.0.0.100", [80], []), "b": ("10.0.0.100", [81], [])},
        ),
        (
            [service("a", 81, wanted="10.0.0.5")],
            OWN,
            {"a": ("10.0.0.5", [81], [])},
        ),
        (
            [service("a", 81, wanted="shared"), service("b", 82, wanted="shared")],
            OWN,
            {"a": ("10.0.0.5", [81], []), "b": ("10.0.0.5", [82], [])},
        ),
        ([service("a", 81, wanted="shared")], OWN, {"a": ("10.0.0.5", [81], [])}),
        ([service("a", 81, wanted="10.9.9.9")], OWN, {"a": ("", [], ["AddressNotInPool"])}),
        ([service("a", 81, fault="no")], OWN, {"a": ("", [], ["Invalid"])}),
        ([service("a", 81, protocol="SCTP")], OWN, {"a": ("", [], ["ProtocolNotSupported"])}),
        ([service("a", 80, protocol="UDP")], SHARED, {"a": ("10.0.0.5", [80], [])}),
        (
            [service("a", 80, protocol="UDP")],
            replace(SHARED, udp=False),
            {"a": ("", [], ["ProtocolNotSupported"])},
        ),
        (
            [service("a", 80, protocol="UDP", local=True)],
            SHARED,
            {"a": ("", [], ["PolicyNotSupported"])},
        ),
        (
            [replace(service("a"), ports=(Port("TCP", 81, 0),))],
            SHARED,
            {"a": ("", [], ["NoNodePort"])},
        ),
    ],
)
def test_new_services(services: list[Service], pool: Pool, expected: dict[str, Any]) -> None:
    assert given_to(*services, pool=pool) == expected


@pytest.mark.parametrize(
    ("services", "pool", "expected"),
    [
        # what a younger one has it keeps
        (
            [service("a", 8080, at=1), had(service("b", 8080, at=2), "10.0.0.5", 8080)],
            SHARED,
            {"a": ("", [], ["PortTaken"]), "b": ("10.0.0.5", [8080], [])},
        ),
        # of two records of the same the older one counts
        (
            [had(service(n, 80, at=i), "10.0.0.101", 80) for i, n in enumerate("ab")],
            OWN,
            {"a": ("10.0.0.101", [80], []), "b": ("10.0.0.100", [80], [])},
        ),
        # a changed port: the address stays
        (
            [had(service("a", 81), "10.0.0.101", 80)],
            OWN,
            {"a": ("10.0.0.101", [81], [])},
        ),
        # another address is asked for
        (
            [had(service("a", 80, wanted="10.0.0.100"), "10.0.0.101", 80)],
            OWN,
            {"a": ("10.0.0.100", [80], [])},
        ),
        # an address that the site has no more
        ([had(service("a", 81), "10.9.9.9", 81)], SHARED, {"a": ("10.0.0.5", [81], [])}),
        # the site has got a pool
        ([had(service("a", 81), "10.0.0.5", 81)], OWN, {"a": ("10.0.0.5", [81], [])}),
        # a port that became the site's own
        ([had(service("a", 80), "10.0.0.5", 80)], SHARED, {"a": ("", [], ["PortReserved"])}),
    ],
)
def test_recorded_services(services: list[Service], pool: Pool, expected: dict[str, Any]) -> None:
    assert given_to(*services, pool=pool) == expected


def test_the_refusal_names_who_has_the_port() -> None:
    found = allocate([service("a", 81), service("b", 81, at=1)], SHARED)[1]
    assert found.refusals[0].message == "TCP port 81 of 10.0.0.5 is taken by the Service ns/a"


def test_a_gateway_that_does_not_decide_serves_what_is_recorded() -> None:
    services = (had(service("a", 81, 82), "10.0.0.5", 81), service("b", 83))
    assert given_to(*services, assign=False) == {"a": ("10.0.0.5", [81], []), "b": ("", [], [])}


def test_what_another_program_uses_is_not_given() -> None:
    busy = frozenset({Slot("10.0.0.5", "TCP", 9100)})
    found = given_to(had(service("a", 9100, 9101), "10.0.0.5", 9100, 9101), busy=busy)
    assert found == {"a": ("10.0.0.5", [9101], ["PortBusy"])}


ADDRESSES = ("10.0.0.5", "10.0.0.100", "10.0.0.101", "10.0.0.102", "10.9.9.9")
SLOTS = st.frozensets(st.tuples(st.sampled_from(["TCP", "UDP"]), st.integers(78, 84)), max_size=3)


@st.composite
def services(draw: st.DrawFn) -> list[Service]:
    """Services with any status that somebody may have written."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        address = draw(st.sampled_from(ADDRESSES))
        found.append(
            Service(
                uid=f"{number}",
                namespace="ns",
                name=f"s{number}",
                version="1",
                created=f"{draw(st.integers(0, 3))}",
                ports=tuple(Port(*each, 30000) for each in sorted(draw(SLOTS))),
                wanted=draw(st.sampled_from(["", "", "shared", *ADDRESSES])),
                local=draw(st.booleans()),
                recorded=frozenset(Slot(address, *each) for each in draw(SLOTS)),
            )
        )
    return found


POOLS = st.builds(
    Pool,
    st.just("10.0.0.5"),
    st.sampled_from([(), ADDRESSES[1:2], ADDRESSES[1:4]]),
    st.just({80: "HTTP"}),
    st.booleans(),
)


def slots(decisions: tuple[Decision, ...]) -> dict[str, set[Slot]]:
    return {
        d.service.uid: {Slot(d.address, port.protocol, port.port) for port in d.ports}
        for d in decisions
    }


@given(services(), POOLS, st.booleans())
def test_nothing_is_given_twice_or_without_being_asked(
    found: list[Service], pool: Pool, assign: bool
) -> None:
    decisions = allocate(found, pool, assign=assign)
    every = [slot for each in slots(decisions).values() for slot in each]
    assert len(every) == len(set(every))
    assert all(slot.address in pool for slot in every)
    for decision in decisions:
        assert bool(decision.address) == bool(decision.ports)
        assert set(decision.ports) <= set(decision.service.ports)
        assert pool.wanted(decision.service) in ("", decision.address) or not decision.address
        if assign and decision.service.ports:
            missing = set(decision.service.ports) - set(decision.ports)
            assert decision.refusal or set(decision.refused) == missing


@given(services(), POOLS, st.randoms())
def test_the_order_of_events_does_not_matter(found: list[Service], pool: Pool, random: Any) -> None:
    turned = list(found)
    random.shuffle(turned)
    assert allocate(turned, pool) == allocate(found, pool)


@given(services(), POOLS)
def test_a_second_look_changes_nothing(found: list[Service], pool: Pool) -> None:
    first = allocate(found, pool)
    after = [recorded(decision) for decision in first]
    assert slots(allocate(after, pool)) == slots(first)
    assert slots(allocate(after, pool, assign=False)) == slots(first)


@given(services(), services(), POOLS)
def test_newcomers_take_nothing_away(
    found: list[Service], others: list[Service], pool: Pool
) -> None:
    before = [recorded(decision) for decision in allocate(found, pool)]
    newcomers = [replace(each, uid=f"n{each.uid}", recorded=frozenset()) for each in others]
    first = slots(allocate(before, pool))
    then = slots(allocate([*newcomers, *before], pool))
    assert {uid: then[uid] for uid in first} == first


@given(services(), POOLS, st.integers(0, 5))
def test_who_goes_leaves_the_others_what_they_have(
    found: list[Service], pool: Pool, gone: int
) -> None:
    before = [recorded(decision) for decision in allocate(found, pool)]
    first = slots(allocate(before, pool))
    then = slots(allocate([each for each in before if each.uid != str(gone)], pool))
    assert all(first[uid] <= given for uid, given in then.items())
