# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import UnreachableError
from ansible_collections.landfall.platform.plugins.module_utils._kube.transport import (
    Transport,
    encoded,
)


def test_bodies_are_read_by_a_yaml_parser_too() -> None:
    text = "é \x95 \u2028 😀 \x00"
    assert encoded({"a": text}) == '{"a": "\\u00e9 \\u0095 \\u2028 😀 \\u0000"}'.encode()
    assert json.loads(encoded(text)) == text


@pytest.fixture
def hanging_up() -> Iterator[tuple[str, list[int]]]:
    """A gateway whose server just died: it takes connections and ends them, and counts them."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[int] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.recv(16384)
                connection.close()
                taken.append(1)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}", taken
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_connection_that_ends_in_the_handshake_is_made_again(
    hanging_up: tuple[str, list[int]],
) -> None:
    server, taken = hanging_up
    kubeconfig = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": server}}],
        "users": [{"name": "x", "user": {}}],
    }
    transport = Transport(kubeconfig, retry_limit=0.5)
    with pytest.raises(UnreachableError, match="the Kubernetes API does not answer"):
        transport.request("GET", "/version")
    assert len(taken) > 1
