# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service does in which order, and what it does when something fails."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import (
    Node,
    Service,
    Slot,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.service import (
    Balancer,
    Loop,
    Surroundings,
    keepers,
    main,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._balancer.watch import Collection
from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    NotReadyError,
    ProblemsError,
    UnreachableError,
)

from .conftest import node, service

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


class World:
    """A gateway and an API server that note in one list what is done to them."""

    def __init__(self, settings: Settings, services: list[dict[str, Any]]) -> None:
        self.done: list[str] = []
        self.log: list[str] = []
        self.objects: dict[str, list[dict[str, Any]]] = {"s": services, "n": [node()]}
        self.errors: dict[str, Exception] = {}
        self.holds = True
        self.occupied: frozenset[Slot] = frozenset()
        self.services = self.collection("s", Service.from_object)
        self.nodes = self.collection("n", Node.from_object)
        around = Surroundings(
            held=lambda _address: self.holds,
            occupied=lambda slots: slots & self.occupied,
            now=lambda: NOW,
        )
        self.balancer = Balancer(
            settings,
            self,
            self.services,
            self.nodes,
            [(self, lambda found, _settings: " ".join(str(each.slot.port) for each in found))],  # type: ignore[list-item]
            self.log.append,
            around,
        )

    def collection(self, path: str, parse: Callable[[Any], Any]) -> Collection[Any]:
        return Collection(self, path, parse, lambda: None, self.log.append)

    def read(self) -> None:
        for collection in (self.services, self.nodes):
            collection._version = ""
            collection.once()

    def raised(self, what: str) -> None:
        if what in self.errors:
            raise self.errors[what]

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, kind: str = ""
    ) -> dict[str, Any]:
        if method == "GET":
            return {"metadata": {"resourceVersion": "1"}, "items": self.objects[path]}
        name = path.rpartition("/services/")[2].partition("/")[0] if method == "PATCH" else "event"
        self.raised(name)
        self.done.append(f"{method} {name}")
        for obj in self.objects["s"]:
            if obj["metadata"]["name"] == name and body:
                obj["status"] = body["status"]
                obj["metadata"]["resourceVersion"] += "1"
                return obj
        return {}

    def watch(self, path: str, timeout: float) -> Iterator[dict[str, Any]]:
        yield from ()

    def listening(self) -> frozenset[Slot]:
        return frozenset()

    def apply(self, text: str) -> bool:
        self.raised("proxy")
        self.done.append(f"serve {text}")
        return True


@pytest.fixture
def world(settings: Settings) -> World:
    """Two Services that want different ports."""
    found = World(settings, [service("a"), service("b", ports=[{"port": 81, "nodePort": 3}])])
    found.read()
    return found


def test_it_serves_first_and_then_says_so(world: World) -> None:
    assert world.balancer.reconcile()
    assert world.done == ["serve 8080 81", "PATCH a", "POST event", "PATCH b", "POST event"]
    assert world.log == [
        "serves TCP port 81 of 10.77.0.5 for default/b",
        "serves TCP port 8080 of 10.77.0.5 for default/a",
        "gives default/a: 10.77.0.5: TCP 8080",
        "gives default/b: 10.77.0.5: TCP 81",
    ]
    world.done.clear()
    assert world.balancer.reconcile()
    assert world.done == ["serve 8080 81"]


def test_the_other_gateway_serves_what_is_written(world: World) -> None:
    world.holds = False
    assert world.balancer.reconcile()
    assert world.done == ["serve "]
    world.holds = True
    world.balancer.reconcile()
    world.holds = False
    world.read()
    world.done.clear()
    world.balancer.reconcile()
    assert world.done == ["serve 8080 81"]


def test_what_goes_is_taken_back(world: World) -> None:
    world.balancer.reconcile()
    world.objects["s"].pop()
    world.read()
    world.log.clear()
    world.balancer.reconcile()
    assert world.log == ["takes back TCP port 81 of 10.77.0.5 from default/b"]


def test_nothing_is_done_before_all_is_known(settings: Settings) -> None:
    world = World(settings, [])
    assert world.balancer.reconcile()
    assert world.done == []


def test_a_port_in_use_is_refused_at_once(world: World) -> None:
    world.occupied = frozenset({Slot("10.77.0.5", "TCP", 8080)})
    world.balancer.reconcile()
    assert world.done[0] == "serve 81"
    assert any("refuses default/a" in line and "another program" in line for line in world.log)


def test_what_is_not_served_is_not_promised(world: World) -> None:
    world.errors["proxy"] = NotReadyError("HAProxy did not take its configuration")
    with pytest.raises(ProblemsError, match="HAProxy did not take"):
        world.balancer.reconcile()
    assert world.done == []


@pytest.mark.parametrize("status", [404, 409])
def test_somebody_was_faster(world: World, status: int) -> None:
    world.errors["a"] = ApiError(status, "PATCH", "")
    assert not world.balancer.reconcile()
    assert world.done[1:] == ["PATCH b", "POST event"]


def test_one_that_is_refused_does_not_stop_the_others(world: World) -> None:
    world.errors["a"] = ApiError(422, "PATCH", "invalid")
    with pytest.raises(ProblemsError, match="422 invalid"):
        world.balancer.reconcile()
    assert world.done[1:] == ["PATCH b", "POST event"]


@pytest.mark.parametrize(("status", "said"), [(409, False), (403, True)])
def test_an_event_is_not_essential(world: World, status: int, said: bool) -> None:
    world.errors["event"] = ApiError(status, "POST", "event")
    assert world.balancer.reconcile()
    assert any(line.startswith("event for") for line in world.log) == said


def test_the_loop_acts_when_there_is_a_reason(world: World) -> None:
    wake, clock = threading.Event(), [0.0]
    loop = Loop(world.balancer, wake, world.log.append, lambda: clock[0])
    loop.turn()
    assert world.done
    for seconds, woken, holds, acts in (
        (1, False, True, False),
        (2, True, True, True),
        (3, False, False, True),
        (4, False, False, False),
        (34, False, False, True),
    ):
        world.done.clear()
        clock[0], world.holds = seconds, holds
        if woken:
            wake.set()
        loop.turn()
        assert bool(world.done) == acts, seconds


def test_the_loop_tries_again_and_complains_once(world: World) -> None:
    wake, clock = threading.Event(), [0.0]
    loop = Loop(world.balancer, wake, world.log.append, lambda: clock[0])
    world.errors["proxy"] = UnreachableError("HAProxy does not answer")
    for seconds in (0.0, 1.0, 2.0):
        clock[0] = seconds
        loop.turn()
    assert len([line for line in world.log if "does not answer" in line]) == 1
    world.errors.clear()
    clock[0] = 3.0
    loop.turn()
    assert world.done
    world.errors["a"] = ApiError(409, "PATCH", "")
    world.objects["s"][0]["status"] = {}
    world.read()
    wake.set()
    loop.turn()
    world.done.clear()
    clock[0] = 4.0
    loop.turn()
    assert world.done


def write_settings(folder: Path, **changes: Any) -> str:
    path = folder / "settings.json"
    params = {"name": "g", "shared": "10.77.0.5", "api_host": "10.77.0.20", "state": str(folder)}
    path.write_text(json.dumps({**params, **changes}))
    return str(path)


def test_what_a_program_starts_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = write_settings(tmp_path, udp=False)
    assert main([settings, "prepare", "UDP"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["settings.json"]
    assert main([write_settings(tmp_path, shard=1), "prepare", "TCP"]) == 1
    assert capsys.readouterr().out == "unknown option: balancer; found: shard\n"


def test_there_is_a_program_for_each_protocol(settings: Settings) -> None:
    assert [keeper.proxy.protocol for keeper, _render in keepers(settings)] == ["TCP", "UDP"]
