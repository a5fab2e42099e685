# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of the HAProxy (2.6 and 3.0) that serves Services over TCP.

It is a HAProxy of its own: however often Services change, it is never the one that carries the
API and the ingress which is reloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._gateway.haproxy import defaults, section
from .._gateway.model import Server, endpoint
from .listeners import Listener
from .settings import Settings

# The words of a line of HAProxy are limited to 64.
WORDS = 40
# Reloads that old connections may live through.
RELOADS = 50
HEALTH = (
    "option httpchk",
    "http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host kubernetes",
    "http-check expect status 200",
)


def render(listeners: Sequence[Listener], settings: Settings) -> str:
    """Return the text of the configuration; listeners of other protocols than TCP are left out."""
    served = [listener for listener in listeners if listener.slot.protocol == "TCP"]
    sections = [
        section("global", _global(settings)),
        section("defaults", defaults(settings.timing)),
        section("backend nodes", _nodes(served, settings)),
    ]
    for listener in served:
        sections.append(section(f"frontend {listener.name}", _frontend(listener)))
        sections.append(section(f"backend {listener.name}", _backend(listener)))
    return "# Written by landfall-balancer; changes are overwritten.\n" + "\n".join(sections)


def _global(settings: Settings) -> Iterator[str]:
    level = "info" if settings.log_connections else "notice"
    yield f"log stdout format short daemon {level}"
    yield f"stats socket {settings.runtime}/tcp.sock mode 600 level admin expose-fd listeners"
    yield "stats timeout 30s"
    yield f"fd-hard-limit {settings.descriptors}"
    yield f"maxconn {settings.sessions}"
    if settings.threads:
        yield f"nbthread {settings.threads}"
    yield f"hard-stop-after {settings.timing.drain}s"
    yield f"mworker-max-reloads {RELOADS}"
    yield "spread-checks 10"


def _nodes(listeners: Sequence[Listener], settings: Settings) -> Iterator[str]:
    """Each node is asked once, and not for each Service, whether it is well."""
    yield from HEALTH
    servers: dict[str, Server] = {}
    for listener in listeners:
        for server in () if listener.health_port else listener.servers:
            servers.setdefault(server.name, server)
    for _name, server in sorted(servers.items()):
        yield f"server {server.name} {endpoint(server.address, settings.health_port)} check"


def _frontend(listener: Listener) -> Iterator[str]:
    yield f"bind {endpoint(listener.slot.address, listener.slot.port)}"
    for start in range(0, len(listener.sources), WORDS):
        yield f"acl allowed src {' '.join(listener.sources[start : start + WORDS])}"
    if listener.sources:
        yield "tcp-request connection reject unless allowed"
    yield f"default_backend {listener.name}"


def _backend(listener: Listener) -> Iterator[str]:
    yield "balance leastconn"
    if listener.health_port:
        yield from HEALTH
    for server in listener.servers:
        where = endpoint(server.address, listener.node_port)
        check = f"check port {listener.health_port}" if listener.health_port else ""
        yield f"server {server.name} {where} {check or f'track nodes/{server.name}'}"
