# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of the nginx (1.22 and 1.26) that serves Services over UDP.

HAProxy passes no UDP through. The module ``stream`` of nginx does, as an ordinary program without
rights over the network of the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._gateway.model import endpoint
from .listeners import Listener
from .settings import Settings

MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


def render(listeners: Sequence[Listener], settings: Settings) -> str:
    """Return the text of the configuration; listeners of other protocols than UDP are left out."""
    # nginx refuses a group without servers; without it the client is told that nobody listens.
    served = [each for each in listeners if each.slot.protocol == "UDP" and each.servers]
    lines = [
        "# Written by landfall-balancer; changes are overwritten.",
        f"load_module {MODULE};",
        "daemon off;",
        # With one process all packets of a client are in the same hands.
        "worker_processes 1;",
        f"worker_rlimit_nofile {settings.descriptors};",
        f"worker_shutdown_timeout {settings.udp_idle}s;",
        f"pid {settings.runtime}/udp.pid;",
        "error_log stderr notice;",
        "events {",
        f"    worker_connections {settings.sessions * 2};",
        "}",
        "stream {",
        f"    proxy_timeout {settings.udp_idle}s;",
        *(f"    {line}" for listener in served for line in _server(listener)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _server(listener: Listener) -> Iterator[str]:
    yield f"upstream {listener.name} {{"
    for server in listener.servers:
        yield f"    server {endpoint(server.address, listener.node_port)};"
    yield "}"
    yield "server {"
    yield f"    listen {endpoint(listener.slot.address, listener.slot.port)} udp;"
    for network in listener.sources:
        yield f"    allow {network};"
    if listener.sources:
        yield "    deny all;"
    yield f"    proxy_pass {listener.name};"
    yield "}"
