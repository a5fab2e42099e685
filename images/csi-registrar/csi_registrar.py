# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a driver of volumes (CSI) known to the kubelet of its node.

The kubelet finds the socket in its registry of plugins, asks who this is, asks the driver itself
about the node, and says what came of it. Messages and service are those of
k8s.io/kubelet/pkg/apis/pluginregistration/v1; they are so small that they are written here by hand.

Usage: csi_registrar.py NAME SOCKET KUBELET_SOCKET REGISTRY, where SOCKET is the driver's as seen
from here, KUBELET_SOCKET the same as the kubelet sees it, and REGISTRY the folder to appear in.
Ends with 1 when the kubelet refuses the driver, so that it is tried again, and 2 when it is used
wrongly.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SERVICE = "pluginregistration.Registration"
TYPE = "CSIPlugin"
VERSIONS = ("1.0.0",)
PAUSE_S = 0.5
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}


def texts(number: int, *values: str) -> bytes:
    """Return a field of texts as protocol buffers have it; ``number`` is below 16."""
    found = b""
    for value in values:
        data = value.encode()
        found += bytes([number << 3 | _BYTES]) + varint(len(data)) + data
    return found


def varint(number: int) -> bytes:
    """Return a number as protocol buffers have it, seven bits at a time."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field of a message.

    Raises:
        ValueError: it is cut off, or no message.
    """
    place = 0
    while place < len(message):
        tag, place = _number(message, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _number(message, place)
            yield tag >> 3, value
            continue
        length = _FIXED.get(kind, 0)
        if kind == _BYTES:
            length, place = _number(message, place)
        elif not length:
            raise ValueError(f"a field of the unknown kind {kind}")
        if place + length > len(message):
            raise ValueError("a message that is cut off")
        yield tag >> 3, message[place : place + length]
        place += length


def _number(message: bytes, place: int) -> tuple[int, int]:
    found = shift = 0
    while place < len(message):
        byte = message[place]
        place, found, shift = place + 1, found | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            return found, place
    raise ValueError("a message that is cut off")


def info(name: str, endpoint: str) -> bytes:
    """Return the message PluginInfo: who this is, and where the driver answers."""
    return texts(1, TYPE) + texts(2, name) + texts(3, endpoint) + texts(4, *VERSIONS)


def refusal(status: bytes) -> str:
    """Return why the kubelet refuses the driver, from its RegistrationStatus; empty if not."""
    found = dict(fields(status))
    if found.get(1):
        return ""
    reason = found.get(2, b"")
    return reason.decode(errors="replace") if isinstance(reason, bytes) and reason else "no reason"


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 (the log)


def await_driver(path: str) -> None:
    """Wait until the driver takes connections."""
    told = False
    while True:
        with socket.socket(socket.AF_UNIX) as attempt:
            try:
                attempt.connect(path)
            except OSError as error:
                if not told:
                    say(f"waiting for the driver at {path}: {error}")
                told = True
            else:
                return
        time.sleep(PAUSE_S)


class Registrar:
    """Answers the kubelet; ``ended`` is set when it refuses, or when the pod ends."""

    def __init__(self, name: str, endpoint: str) -> None:
        self._info = info(name, endpoint)
        self._name = name
        self.ended = threading.Event()
        self.code = 0

    def who(self, _request: bytes, _context: Any) -> bytes:
        """GetInfo."""
        return self._info

    def outcome(self, status: bytes, _context: Any) -> bytes:
        """NotifyRegistrationStatus."""
        reason = refusal(status)
        if reason:
            say(f"the kubelet refuses {self._name}: {reason}")
            self.code = 1
            self.ended.set()
        else:
            say(f"the kubelet knows {self._name}")
        return b""

    def end(self, *_: Any) -> None:
        """The pod ends."""
        self.ended.set()


def serve(registrar: Registrar, place: Path) -> None:
    """Answer at a socket until the registrar has ended; then the socket is gone."""
    import grpc  # only the image has it

    handlers = {
        "GetInfo": grpc.unary_unary_rpc_method_handler(registrar.who),
        "NotifyRegistrationStatus": grpc.unary_unary_rpc_method_handler(registrar.outcome),
    }
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    place.unlink(missing_ok=True)
    server.add_insecure_port(f"unix://{place}")
    server.start()
    place.chmod(0o600)
    registrar.ended.wait()
    server.stop(grace=1).wait()
    place.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Run it; see the module's own text."""
    if len(arguments) != 4:
        say("usage: csi_registrar.py NAME SOCKET KUBELET_SOCKET REGISTRY")
        return 2
    name, path, endpoint, registry = arguments
    registrar = Registrar(name, endpoint)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    await_driver(path)
    signal.signal(signal.SIGTERM, registrar.end)
    serve(registrar, Path(registry) / f"{name}-reg.sock")
    return registrar.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
