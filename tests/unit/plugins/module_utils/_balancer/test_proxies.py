# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that pass connections through, as far as they can be without root."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._balancer import haproxy, nginx
from ansible_collections.landfall.platform.plugins.module_utils._balancer.listeners import Listener
from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import Slot
from ansible_collections.landfall.platform.plugins.module_utils._balancer.proxies import (
    HaProxy,
    Keeper,
    Nginx,
    held,
    occupied,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    NotReadyError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._gateway.model import Server
from tests.support.apiserver import free_port


def listener(port: int, protocol: str = "TCP") -> Listener:
    servers = (Server("here", "127.0.0.1"),)
    return Listener(Slot("127.0.0.1", protocol, port), ("default", "web"), 1, servers)


def settings(folder: Path) -> Settings:
    return Settings.from_params(
        {
            "name": "gateway1",
            "shared": "127.0.0.1",
            "api_host": "127.0.0.1",
            "descriptors": 4000,
            "state": str(folder),
            "runtime": str(folder),
        }
    )


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """A running HAProxy without a listener."""
    if not shutil.which("haproxy"):
        pytest.skip("haproxy is not installed")
    found = Keeper(HaProxy(tmp_path / "tcp.cfg", tmp_path / "master.sock"))
    found.prepare(haproxy.render((), settings(tmp_path)))
    configuration = str(found.proxy.path)
    master = f"{tmp_path}/master.sock,mode,600"
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen(
            ["haproxy", "-W", "-f", configuration, "-S", master], stdout=out, stderr=out
        )
    while process.poll() is None and not found.proxy.alive():
        time.sleep(0.02)
    yield found
    process.terminate()
    process.wait(30)


def test_a_new_configuration_is_loaded_once(keeper: Keeper, tmp_path: Path) -> None:
    port = free_port()
    text = haproxy.render([listener(port)], settings(tmp_path))
    assert keeper.apply(text)
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    assert keeper.listening() == {Slot("127.0.0.1", "TCP", port)}
    assert not keeper.apply(text)


def test_a_new_service_cannot_know_what_is_loaded(keeper: Keeper, tmp_path: Path) -> None:
    text = haproxy.render((), settings(tmp_path))
    assert keeper.apply(text)
    assert Keeper(keeper.proxy).apply(text)


def test_a_wrong_configuration_is_not_put_in_place(keeper: Keeper) -> None:
    before = keeper.proxy.path.read_text()
    with pytest.raises(CommandError):
        keeper.apply("frontend\n")
    assert keeper.proxy.path.read_text() == before
    assert keeper.proxy.alive()


def test_a_port_of_somebody_else_is_an_error(keeper: Keeper, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = haproxy.render([listener(other.getsockname()[1])], settings(tmp_path))
        with pytest.raises(NotReadyError, match="did not take its configuration"):
            keeper.apply(text)
    # and is tried again
    assert keeper.apply(text)


def test_connections_outlive_a_reload(keeper: Keeper, tmp_path: Path) -> None:
    port, server = free_port(), socket.create_server(("127.0.0.1", 0))
    node_port = server.getsockname()[1]
    # the node's health is that of its port here
    one = Listener(
        Slot("127.0.0.1", "TCP", port),
        ("default", "web"),
        node_port,
        (Server("here", "127.0.0.1"),),
    )
    keeper.apply(haproxy.render([one], settings(tmp_path)).replace("track nodes/here", ""))
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    accepted, _peer = server.accept()
    keeper.apply(haproxy.render([one, listener(free_port())], settings(tmp_path)))
    client.sendall(b"still here")
    accepted.settimeout(5)
    assert accepted.recv(100) == b"still here"
    for each in (client, accepted, server):
        each.close()


def test_without_the_program(tmp_path: Path) -> None:
    proxy = HaProxy(tmp_path / "tcp.cfg", tmp_path / "none.sock")
    assert not proxy.alive()
    assert Keeper(proxy).listening() == frozenset()
    with pytest.raises(UnreachableError, match="does not answer"):
        proxy.reload()


class Told:
    """Records the programs that are started."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.started: list[Sequence[str]] = []

    def __call__(self, argv: Sequence[str], **_options: object) -> None:
        self.started.append(argv)
        if any(word in self.failing for word in argv):
            raise CommandError("program failed", on=argv[0])


def test_nginx_is_told_by_a_signal(tmp_path: Path) -> None:
    clock = [0.0]

    def pause(seconds: float) -> None:
        clock[0] += seconds

    told: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _frame: told.append(number))
    proxy = Nginx(tmp_path / "udp.conf", tmp_path / "udp.pid", lambda: clock[0], pause)
    assert not proxy.alive()
    keeper = Keeper(proxy, Told())  # type: ignore[arg-type]
    empty = nginx.render((), settings(tmp_path))
    with pytest.raises(UnreachableError, match="nginx does not run"):
        keeper.apply(empty)
    (tmp_path / "udp.pid").write_text(f"{os.getpid()}\n")
    assert keeper.apply(empty)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        text = nginx.render([listener(port, "UDP")], settings(tmp_path))
        assert keeper.apply(text)
        assert keeper.listening() == {Slot("127.0.0.1", "UDP", port)}
    with pytest.raises(NotReadyError, match="nginx did not take"):
        Keeper(proxy, Told()).apply(text)  # type: ignore[arg-type]
    signal.signal(signal.SIGHUP, before)
    assert told == [signal.SIGHUP] * 3


def test_what_is_there_is_kept_if_it_is_sound(tmp_path: Path) -> None:
    proxy = Nginx(tmp_path / "udp.conf", tmp_path / "udp.pid")
    run = Told()
    keeper = Keeper(proxy, run)  # type: ignore[arg-type]
    keeper.prepare("first")
    keeper.prepare("second")
    assert proxy.path.read_text() == "first"
    assert [argv[-1] for argv in run.started] == [
        str(tmp_path / ".udp.conf.new"),
        str(tmp_path / "udp.conf"),
    ]
    Keeper(proxy, Told(str(proxy.path))).prepare("third")  # type: ignore[arg-type]
    assert proxy.path.read_text() == "third"


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_what_others_listen_on(kind: socket.SocketKind) -> None:
    protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if protocol == "TCP":
            other.listen()
        slot = Slot("127.0.0.1", protocol, other.getsockname()[1])
        # an address that the machine does not have is nobody's
        assert occupied([slot, Slot("192.0.2.1", protocol, slot.port)]) == {slot}
    assert occupied([slot]) == frozenset()


def test_addresses_of_this_machine() -> None:
    assert held("127.0.0.1")
    assert not held("192.0.2.1")
    assert not held("2001:db8::1")
