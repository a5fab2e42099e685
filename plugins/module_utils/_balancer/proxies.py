# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two programs that pass connections through, and how they are given a configuration.

They run as the same user as this one, each in a unit of its own, so they serve on whatever
becomes of this program, and nobody needs to be root.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Callable, Protocol

from .._core.errors import CommandError, LandfallError, NotReadyError, UnreachableError
from .._core.process import Runner, run
from .model import Slot

RELOAD_SECONDS = 10.0
_BIND = re.compile(r"^\s+(?:bind|listen) \[?([0-9a-f.:]+?)\]?:(\d+)(?: udp)?;?$", re.MULTILINE)
_WORKERS = re.compile(r"^(\d+)\s+worker\s+0\s", re.MULTILINE)
_FAILED = re.compile(r"\bmaster\s+\d+ \[failed: ([1-9]\d*)\]")


class Proxy(Protocol):
    """A running program with a configuration of its own."""

    protocol: str
    path: Path

    def alive(self) -> bool:
        """Tell whether it runs."""
        ...

    def check(self, path: Path) -> Sequence[str]:
        """Return the command that checks a configuration."""
        ...

    def reload(self) -> None:
        """Let it read its configuration anew; old connections stay.

        Raises:
            LandfallError: it does not run, or has refused the configuration.
        """
        ...


class HaProxy:
    """HAProxy in master-worker mode, told by the master's socket."""

    protocol = "TCP"

    def __init__(
        self,
        path: Path,
        socket_path: Path,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.path = path
        self._socket = socket_path
        self._clock = clock
        self._pause = pause

    def alive(self) -> bool:
        """Tell whether it runs."""
        try:
            return bool(_WORKERS.search(self._ask("show proc")))
        except OSError:
            return False

    def check(self, path: Path) -> Sequence[str]:
        """Return the command that checks a configuration."""
        return ["haproxy", "-c", "-q", "-f", str(path)]

    def reload(self) -> None:
        """Let it read its configuration anew; old connections stay with the old worker.

        Raises:
            UnreachableError: it does not run.
            NotReadyError: it goes on with the old configuration.
        """
        try:
            before = set(_WORKERS.findall(self._ask("show proc")))
            self._ask("reload")
        except OSError as error:
            raise UnreachableError(
                "HAProxy does not answer", on=str(self._socket), found=str(error)
            ) from error
        limit = self._clock() + RELOAD_SECONDS
        found = ""
        while self._clock() < limit:
            try:
                found = self._ask("show proc")
            except OSError as error:  # the master starts itself anew
                found = str(error)
            if _FAILED.search(found):
                break
            if set(_WORKERS.findall(found)) - before:
                return
            self._pause(0.02)
        raise NotReadyError(
            "HAProxy did not take its configuration",
            on=str(self.path),
            expected="a new worker",
            found=" ".join(found.split()),
            remedy="see journalctl -u landfall-balancer-tcp",
        )

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(RELOAD_SECONDS)
            connection.connect(str(self._socket))
            connection.sendall(command.encode() + b"\n")
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while True:
                part = connection.recv(65536)
                if not part:
                    return answer.decode("utf-8", "replace")
                answer += part


class Nginx:
    """nginx, told by a signal."""

    protocol = "UDP"

    def __init__(
        self,
        path: Path,
        pid_file: Path,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.path = path
        self._pid_file = pid_file
        self._clock = clock
        self._pause = pause

    def alive(self) -> bool:
        """Tell whether it runs."""
        try:
            self._signal(0)
        except LandfallError:
            return False
        return True

    def check(self, path: Path) -> Sequence[str]:
        """Return the command that checks a configuration."""
        return ["nginx", "-t", "-q", "-e", "stderr", "-p", str(path.parent), "-c", str(path)]

    def reload(self) -> None:
        """Let it read its configuration anew; old workers still pass answers on.

        Raises:
            UnreachableError: it does not run.
            NotReadyError: it does not listen where it should.
        """
        wanted = configured(self.path, self.protocol)
        self._signal(signal.SIGHUP)
        # A signal has no answer; but what it listens on nobody else can have.
        limit = self._clock() + RELOAD_SECONDS
        while occupied(wanted) != wanted:
            if self._clock() > limit:
                raise NotReadyError(
                    "nginx did not take its configuration",
                    on=str(self.path),
                    expected=f"listening on {', '.join(map(str, sorted(wanted)))}",
                    remedy="see journalctl -u landfall-balancer-udp",
                )
            self._pause(0.02)

    def _signal(self, number: int) -> None:
        try:
            os.kill(int(self._pid_file.read_text(encoding="ascii")), number)
        except (OSError, ValueError) as error:
            raise UnreachableError(
                "nginx does not run",
                on=str(self._pid_file),
                found=str(error),
                remedy="see journalctl -u landfall-balancer-udp",
            ) from error


class Keeper:
    """Keeps the configuration of one program.

    A configuration counts as loaded after the reload alone; so one that was written just before
    this program ended is loaded by the next one.
    """

    def __init__(self, proxy: Proxy, runner: Runner = run) -> None:
        self.proxy = proxy
        self._run = runner
        self._loaded = ""

    def listening(self) -> frozenset[Slot]:
        """Return where the program listens already; nowhere if it does not run."""
        path = self.proxy.path
        if not path.exists() or not self.proxy.alive():
            return frozenset()
        return configured(path, self.proxy.protocol)

    def apply(self, text: str) -> bool:
        """Check, write and load a configuration; tell whether it was another one.

        Raises:
            CommandError: the check failed; the old configuration is kept.
            LandfallError: the program did not take it.
        """
        if text == self._loaded:
            return False
        self.write(text)
        self._loaded = ""
        self.proxy.reload()
        self._loaded = text
        return True

    def prepare(self, text: str) -> None:
        """Write a first configuration if there is none that the program would start with."""
        try:
            if self.proxy.path.exists():
                self._run(self.proxy.check(self.proxy.path))
                return
        except CommandError:
            pass
        self.write(text)

    def write(self, text: str) -> None:
        """Check a configuration and put it in the place of the old one.

        Raises:
            CommandError: the check failed; the old configuration is kept.
        """
        path = self.proxy.path
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        self._run(self.proxy.check(new))
        new.replace(path)


def configured(path: Path, protocol: str) -> frozenset[Slot]:
    """Return where a configuration lets its program listen."""
    found = _BIND.findall(path.read_text(encoding="utf-8"))
    return frozenset(Slot(address, protocol, int(port)) for address, port in found)


def occupied(slots: Iterable[Slot]) -> frozenset[Slot]:
    """Return those of the slots that some program of this machine listens on.

    A reload would fail as a whole because of one of them.
    """
    return frozenset(slot for slot in slots if _is_occupied(slot))


def _is_occupied(slot: Slot) -> bool:
    family = socket.AF_INET6 if ":" in slot.address else socket.AF_INET
    kind = socket.SOCK_DGRAM if slot.protocol == "UDP" else socket.SOCK_STREAM
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((slot.address, slot.port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def held(address: str) -> bool:
    """Tell whether this machine has an address.

    From its own addresses a machine reaches itself; no packet is sent to find out.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return False
        return bool(probe.getsockname()[0] == address)
