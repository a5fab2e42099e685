# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any small stack: who uses whom, as it was drawn, is who reaches whom, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reach import Connection, Port, Simulator
from tests.support.tables import differences

from .conftest import OUTSIDE, World

PODS = ("service", "stateful", "daemon", "job", "schedule")
TARGET, TARGET_PORT = "198.51.100.7", 4000


@dataclass(frozen=True)
class Part:
    """A component as it was drawn.

    Attributes:
        ports: names of its ports, ``first`` by TCP and ``second`` by UDP.
        uses: a component to the way in which it is used.
        limited: it may go only where it must.
        routed: the gateway leads to its first port.
        published: all its ports are open to everybody.
    """

    kind: str
    ports: tuple[str, ...]
    uses: Mapping[str, str] = field(default_factory=dict)
    limited: bool = True
    routed: bool = False
    published: bool = False

    @property
    def content(self) -> dict[str, Any]:
        """The component as a stack's file has it."""
        if self.kind == "external":
            target = {"host": TARGET, "port": TARGET_PORT}
            return {"type": "external", "ports": {"first": 80}, "target": target}
        ways: dict[str, list[str]] = {}
        for name, way in self.uses.items():
            ways.setdefault(way, []).append(name)
        named = {way: " ".join(f"${{{one}.host}}" for one in ones) for way, ones in ways.items()}
        found: dict[str, Any] = {"type": self.kind, "image": "r.test/a:1"}
        found["outbound"] = "used" if self.limited else "anywhere"
        found["uses"] = ways.get("word", [])
        found["environment"] = {"AT": named.get("variable", "")}
        found["files"] = {"/etc/a": named.get("file", "")}
        beside = {"image": "r.test/b:1", "environment": {"AT": named.get("sidecar", "")}}
        found["sidecars"] = {"beside": beside}
        if self.kind == "schedule":
            found["schedule"] = "@daily"
        numbers = {"first": 5000, "second": {"number": 5001, "protocol": "UDP"}}
        if self.ports:
            found["ports"] = {name: numbers[name] for name in self.ports}
        if self.published:
            found["publish"] = {}
        return found


@st.composite
def parts(draw: st.DrawFn, before: Mapping[str, Part]) -> Part:
    """Return a component that may use those before it."""
    kind = draw(st.sampled_from((*PODS, "external")))
    if kind == "external":
        return Part(kind, ("first",), routed=draw(st.booleans()))
    used = draw(st.lists(st.sampled_from(sorted(before)), unique=True)) if before else []
    ways = ("word", "variable", "file", "sidecar")
    uses = {name: draw(st.sampled_from(ways if before[name].ports else ways[:1])) for name in used}
    limited = draw(st.booleans())
    if kind in {"job", "schedule"}:
        return Part(kind, (), uses, limited)
    ports = draw(st.sampled_from(((), ("first",), ("first", "second"))))
    routed, published = (bool(ports) and draw(st.booleans()) for _ in range(2))
    return Part(kind, ports, uses, limited, routed, published)


@st.composite
def drawn(draw: st.DrawFn) -> dict[str, Part]:
    """Return some components by name."""
    found: dict[str, Part] = {}
    for name in ("alpha", "beta", "gamma", "delta")[: draw(st.integers(1, 4))]:
        found[name] = draw(parts(found))
    return found


def lets_in(stack: Mapping[str, Part], source: str, name: str, port: str) -> bool:
    """Tell whether a component is open to somebody; ``port`` is empty for one it does not have."""
    part, user = stack[name], stack.get(source)
    if part.kind == "stateful" and source == name:
        return True
    if not port:
        return False
    routed = source == "gateway" and part.routed and port == "first"
    return bool(user and name in user.uses) or part.published or routed


def lets_out(stack: Mapping[str, Part], name: str, destination: str, port: str) -> bool:
    """Tell whether a component may go to somebody."""
    part = stack[name]
    if not part.limited or (part.kind == "stateful" and destination == name):
        return True
    if part.kind == "external" and destination == "target":
        return port == f"{TARGET_PORT}/TCP"
    if destination == "dns":
        return port in {"dns", "dns-tcp"}
    return destination in part.uses and bool(port)


def named(world: World, name: str, port: Port) -> str:
    """Return the name of a peer's port, its number outside, nothing for one it does not have."""
    peer = world.cluster.peers[name]
    if not peer.namespace:
        return str(port)
    return next((word for word, one in peer.ports.items() if one == port), "")


@settings(max_examples=40, deadline=None)
@given(stack=drawn())
def test_who_uses_whom_is_who_reaches_whom(simulator: Simulator, stack: dict[str, Part]) -> None:
    exposed = {f"to-{name}": {"paths": {"/": name}} for name, part in stack.items() if part.routed}
    raw = {
        "name": "any",
        "components": {name: part.content for name, part in stack.items()},
        "expose": exposed,
    }
    world = World(simulator)
    world.platform()
    for name in [one for one in world.cluster.peers if one.startswith("platform/")]:
        del world.cluster.peers[name]
    world.stack("stacks", "any", definition=raw, hosts={name: f"{name}.test" for name in exposed})
    world.cluster.pod("stranger", "elsewhere", {})
    world.cluster.outside("internet", OUTSIDE["internet"])
    world.cluster.outside("target", TARGET)
    asked = world.asked([Port(TARGET_PORT)])

    def open_(one: Connection) -> bool:
        source, destination, port = one.source, one.destination, named(world, *one[1:])
        admitted = destination not in stack or lets_in(stack, source, destination, port)
        return admitted and (source not in stack or lets_out(stack, source, destination, port))

    expected = {one for one in asked if open_(one)}
    assert differences(expected, world.cluster.reached(simulator, asked)) == []
