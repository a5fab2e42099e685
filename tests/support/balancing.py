# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways on this machine, each with a real HAProxy, and their ways to a real API server."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._balancer import haproxy
from ansible_collections.landfall.platform.plugins.module_utils._balancer.listeners import Listener
from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import Node, Service
from ansible_collections.landfall.platform.plugins.module_utils._balancer.proxies import (
    HaProxy,
    Keeper,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.service import (
    NODES,
    SERVICES,
    Balancer,
    Loop,
    Surroundings,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._balancer.watch import Collection
from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import (
    ApiError,
    ApiServer,
    credentials_in,
)
from tests.support.waiting import eventually

SHARED = "127.0.0.5"


class Way:
    """A way to the API server that can be closed."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def close(self) -> None:
        for one in [self._server, *self._open]:
            with contextlib.suppress(OSError):  # the other end may be closed
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def reopen(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                one, _peer = server.accept()
                other = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._open += [one, other]
            for ends in ((one, other), (other, one)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@dataclass
class Cluster:
    """The API server, as its administrator and as the gateways' user."""

    port: int
    folder: Path

    def user(self, name: str, port: int = 0) -> ApiServer:
        credentials = self.folder / f"credentials-{name.replace(':', '-')}"
        credentials.mkdir(exist_ok=True)
        for source, target in (
            ("ca.crt", "ca.crt"),
            (f"{name}.crt", "client.crt"),
            (f"{name}.key", "client.key"),
        ):
            shutil.copy(self.folder / source, credentials / target)
        return ApiServer(
            "127.0.0.1", port or self.port, lambda: credentials_in(credentials), name="127.0.0.1"
        )

    @property
    def admin(self) -> ApiServer:
        return self.user("admin")

    def service(self, name: str, port: int, **spec: Any) -> dict[str, Any]:
        annotations = spec.pop("annotations", {})
        body = {
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"type": "LoadBalancer", "ports": [{"port": port}], **spec},
        }
        return self.admin.call("POST", "/api/v1/namespaces/default/services", body)

    def read(self, name: str) -> dict[str, Any]:
        return self.admin.call("GET", f"/api/v1/namespaces/default/services/{name}")

    def ingress(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.read(name)["status"]["loadBalancer"].get("ingress", [])
        return found

    def condition(self, name: str) -> dict[str, str]:
        conditions = self.read(name)["status"].get("conditions", [])
        return next((c for c in conditions if c["type"] == "landfall.dev/Balanced"), {})

    def events(self, name: str) -> list[str]:
        items = self.admin.call("GET", "/api/v1/namespaces/default/events")["items"]
        return [e["reason"] for e in items if e["involvedObject"]["name"] == name]

    def delete(self, path: str) -> None:
        with contextlib.suppress(ApiError):  # it may be gone
            self.admin.call("DELETE", path)

    def clear(self) -> None:
        for one in self.admin.call("GET", "/api/v1/namespaces/default/services")["items"]:
            if one["metadata"]["name"] != "kubernetes":
                self.delete(f"/api/v1/namespaces/default/services/{one['metadata']['name']}")


class Healthy(BaseHTTPRequestHandler):
    """What kube-proxy says of itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, *args: Any) -> None:
        """Nobody reads it."""


@dataclass
class Gateway:
    """One gateway: the service in threads, and HAProxy as a process."""

    name: str
    api: ApiServer
    folder: Path
    health_port: int
    leads: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    log: list[str] = field(default_factory=list)
    listeners: Sequence[Listener] = ()
    process: subprocess.Popen[bytes] | None = None

    def settings(self) -> Settings:
        params = {
            "name": self.name,
            "shared": SHARED,
            "reserved": {"8000": "a test"},
            "api_host": "127.0.0.1",
            "health_port": self.health_port,
            "state": str(self.folder),
            "runtime": str(self.folder),
            "descriptors": 4000,
        }
        return Settings.from_params(params)

    def keeper(self) -> Keeper:
        return Keeper(HaProxy(self.folder / "tcp.cfg", self.folder / "master.sock"))

    def render(self, found: Sequence[Listener], settings: Settings) -> str:
        self.listeners = found
        # only one of two gateways on one machine can have the address
        moved = [replace(each, slot=each.slot._replace(address="127.0.0.6")) for each in found]
        return haproxy.render(found if self.name == "gateway1" else moved, settings)

    def start_proxy(self) -> None:
        self.keeper().prepare(haproxy.render((), self.settings()))
        out = (self.folder / "log").open("ab")
        configuration = str(self.folder / "tcp.cfg")
        master = f"{self.folder}/master.sock,mode,600"
        argv = ["haproxy", "-W", "-f", configuration, "-S", master]
        self.process = subprocess.Popen(argv, stdout=out, stderr=out)
        eventually(self.keeper().proxy.alive)

    def start(self) -> None:
        """Start the service, which knows nothing."""
        wake = threading.Event()
        stopped = self.stopped = threading.Event()

        services = Collection(self.api, SERVICES, Service.from_object, wake.set, self.log.append)
        nodes = Collection(self.api, NODES, Node.from_object, wake.set, self.log.append)
        for collection in (services, nodes):
            threading.Thread(target=collection.follow, args=(stopped,), daemon=True).start()
        around = Surroundings(held=lambda _address: self.leads.is_set())
        if self.name == "gateway2":  # the first one's HAProxy is no stranger
            around = replace(around, occupied=lambda _slots: frozenset())
        keepers = [(self.keeper(), self.render)]
        balancer = Balancer(
            self.settings(), self.api, services, nodes, keepers, self.log.append, around
        )
        loop = Loop(balancer, wake, self.log.append)

        def run() -> None:
            while not stopped.is_set():
                wake.wait(0.05)
                loop.turn()

        threading.Thread(target=run, daemon=True).start()

    def stop(self) -> None:
        """End the service; HAProxy goes on."""
        self.stopped.set()
        time.sleep(0.2)

    def end(self) -> None:
        self.stop()
        if self.process:
            self.process.terminate()
            self.process.wait(30)

    def serves(self) -> set[tuple[str, int]]:
        return {("/".join(each.owner), each.slot.port) for each in self.listeners}


class Echo:
    """A server at a port of this machine that says its name."""

    def __init__(self, port: int, word: bytes = b"here") -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self._word = word
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.sendall(self._word)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def said(port: int, address: str = SHARED) -> bytes:
    try:
        with socket.create_connection((address, port), timeout=5) as connection:
            return connection.recv(100)
    except OSError:
        return b""


def node_port(service: dict[str, Any]) -> int:
    return int(service["spec"]["ports"][0]["nodePort"])
