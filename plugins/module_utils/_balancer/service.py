# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service on each gateway that gives Services of type LoadBalancer their addresses.

Every gateway serves what the Services' status says. The one that has the site's address decides
for the Services that lack something: it serves them first, then writes their status.
"""

from __future__ import annotations

import datetime
import functools
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

from .._core.apiserver import STRATEGIC_PATCH, Api, ApiError, ApiServer, credentials_in
from .._core.errors import LandfallError, ProblemsError
from . import haproxy, nginx
from .allocation import Decision, allocate
from .listeners import Listener, listeners
from .model import Node, Service, Slot
from .proxies import HaProxy, Keeper, Nginx, held, occupied
from .settings import Settings
from .status import Write, writes
from .watch import Collection

SERVICES = "/api/v1/services?fieldSelector=spec.type%3DLoadBalancer"
NODES = "/api/v1/nodes"
# Changes that come together are loaded together.
GATHER_SECONDS = 0.05
# How often it is looked whether this gateway has the site's address now.
LOOK_SECONDS = 0.5
# What other programs of the gateway listen on is looked at anew after this time.
AGAIN_SECONDS = 30.0
CONFLICTS = (404, 409)

T = TypeVar("T")
Log = Callable[[str], None]
Renderer = Callable[[Sequence[Listener], Settings], str]


@dataclass(frozen=True)
class Surroundings:
    """What the service sees of its gateway; tests pass their own."""

    held: Callable[[str], bool] = held
    occupied: Callable[[frozenset[Slot]], frozenset[Slot]] = occupied
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc)


class Balancer:
    """Brings a gateway, and the Services' status, in accord with what is known.

    Args:
        settings: of the service.
        api: where the status is written.
        services: what is known of the Services.
        nodes: what is known of the nodes.
        keepers: the programs with what renders their configuration.
        log: takes a line for what is given, refused, served and taken back.
        surroundings: the gateway.
    """

    def __init__(
        self,
        settings: Settings,
        api: Api,
        services: Collection[Service],
        nodes: Collection[Node],
        keepers: Sequence[tuple[Keeper, Renderer]],
        log: Log,
        surroundings: Optional[Surroundings] = None,
    ) -> None:
        self._settings = settings
        self._api = api
        self._services = services
        self._nodes = nodes
        self._keepers = keepers
        self._log = log
        self._around = surroundings or Surroundings()
        self._served: Mapping[Slot, Listener] = {}

    def leads(self) -> bool:
        """Tell whether this gateway decides: whether it has the site's address."""
        return self._around.held(self._settings.pool.shared)

    def reconcile(self) -> bool:
        """Serve what is to be served, and write what is to be written.

        Returns:
            Whether all is done; a write that somebody else was faster with is not.

        Raises:
            LandfallError: a program did not take its configuration, or the API does not answer.
        """
        services, nodes = self._services.items(), self._nodes.items()
        if services is None or nodes is None:
            return True
        leads = self.leads()
        decisions = self._decide(services, leads)
        found = listeners(decisions, nodes)
        self._each(
            lambda one: one[0].apply(one[1](found, self._settings)),
            self._keepers,
            "connections cannot be passed through as they should",
        )
        self._report(found)
        if not leads:
            return True
        now = self._around.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        due = tuple(writes(decisions, self._settings.name, now))
        return all(self._each(self._write, due, "the status of Services cannot be written"))

    def _each(self, act: Callable[[T], bool], items: Sequence[T], what: str) -> list[bool]:
        """Act for each, whatever becomes of the others.

        Raises:
            ProblemsError: some of them failed.
        """
        results: list[bool] = []
        problems: list[LandfallError] = []
        for item in items:
            try:
                results.append(act(item))
            except LandfallError as error:  # noqa: PERF203 (one must not stop the others)
                problems.append(error)
        if problems:
            raise ProblemsError(what, problems)
        return results

    def _decide(self, services: Sequence[Service], leads: bool) -> tuple[Decision, ...]:
        """Decide; what other programs occupy is found out by trying what would be new."""
        old = frozenset().union(*(keeper.listening() for keeper, _render in self._keepers))
        busy: frozenset[Slot] = frozenset()
        while True:
            decisions = allocate(services, self._settings.pool, busy, assign=leads)
            wanted = frozenset(listener.slot for listener in listeners(decisions, ()))
            found = self._around.occupied(wanted - old)
            if not found - busy:
                return decisions
            busy |= found

    def _write(self, write: Write) -> bool:
        service = write.service
        path = f"/api/v1/namespaces/{service.namespace}"
        try:
            written = self._api.call(
                "PATCH",
                f"{path}/services/{service.name}/status",
                write.patch,
                STRATEGIC_PATCH,
            )
        except ApiError as error:
            if error.status in CONFLICTS:  # it has changed, and its new version is on its way
                return False
            raise
        self._services.replace(service, written)
        self._log(write.summary)
        if write.event:
            try:
                self._api.call("POST", f"{path}/events", write.event)
            except ApiError as error:
                if error.status not in CONFLICTS:
                    self._log(f"event for {service}: {error}")
        return True

    def _report(self, found: Sequence[Listener]) -> None:
        served = {listener.slot: listener for listener in found}
        for slot in sorted(set(self._served) - set(served)):
            self._log(f"takes back {slot} from {'/'.join(self._served[slot].owner)}")
        for slot in sorted(served):
            owner, before = served[slot].owner, self._served.get(slot)
            if before is None or before.owner != owner:
                self._log(f"serves {slot} for {'/'.join(owner)}")
        self._served = served


def keepers(settings: Settings) -> list[tuple[Keeper, Renderer]]:
    """Return the programs of this gateway with what renders their configuration."""
    state, runtime = Path(settings.state), Path(settings.runtime)
    tcp = HaProxy(state / "tcp.cfg", runtime / "tcp-master.sock")
    found: list[tuple[Keeper, Renderer]] = [(Keeper(tcp), haproxy.render)]
    if settings.pool.udp:
        udp = Nginx(state / "udp.conf", runtime / "udp.pid")
        found.append((Keeper(udp), nginx.render))
    return found


def serve(settings: Settings, log: Log) -> None:
    """Serve for ever; a missing cluster or a silent API server is waited for."""
    folder = Path(settings.credentials)
    api = ApiServer(settings.api_host, settings.api_port, lambda: credentials_in(folder))
    wake, stop = threading.Event(), threading.Event()
    ours = functools.partial(Service.from_object, classless=settings.classless)
    services = Collection(api, SERVICES, ours, wake.set, log)
    nodes = Collection(api, NODES, Node.from_object, wake.set, lambda _line: None)
    threading.excepthook = _end
    for collection in (services, nodes):
        threading.Thread(target=collection.follow, args=(stop,), daemon=True).start()
    balancer = Balancer(settings, api, services, nodes, keepers(settings), log)
    Loop(balancer, wake, log).run()


class Loop:
    """Calls the balancer when something has changed, and now and then.

    Args:
        balancer: what is called.
        wake: set by others when something has changed.
        log: takes a line when something does not work, once.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        balancer: Balancer,
        wake: threading.Event,
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._balancer = balancer
        self._wake = wake
        self._log = log
        self._clock = clock
        self._leads = False
        self._due = 0.0
        self._trouble = ""

    def run(self) -> None:
        """Go on for ever."""
        while True:
            if self._wake.wait(LOOK_SECONDS):
                time.sleep(GATHER_SECONDS)
            self.turn()

    def turn(self) -> None:
        """Call the balancer if there is a reason to."""
        leads = self._balancer.leads()
        if leads != self._leads:
            self._leads = leads
            self._log("has the site's address" if leads else "has not the site's address any more")
            self._due = 0.0
        if not self._wake.is_set() and self._clock() < self._due:
            return
        self._wake.clear()
        self._due = self._clock() + AGAIN_SECONDS
        try:
            if not self._balancer.reconcile():
                self._due = self._clock() + 1.0
            self._trouble = ""
        except LandfallError as error:
            self._due = self._clock() + 1.0
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._log(self._trouble)


def main(arguments: Sequence[str]) -> int:
    """Serve, or with ``prepare`` and a protocol write a configuration that is missing.

    Args:
        arguments: the settings' file, then nothing, or ``prepare`` and ``TCP`` or ``UDP``.
    """
    params: dict[str, Any] = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    try:
        settings = Settings.from_params(params)
        if arguments[1:2] == ["prepare"]:
            for keeper, render in keepers(settings):
                if keeper.proxy.protocol == arguments[2]:
                    keeper.prepare(render((), settings))
            return 0
        serve(settings, _log)
    except LandfallError as error:
        _log(str(error))
    return 1


def _end(args: threading.ExceptHookArgs) -> None:
    """Without one of its threads the program is of no use; systemd starts it anew."""
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback)
    os._exit(1)


def _log(text: str) -> None:
    sys.stdout.write(text.replace("\n", " ") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
