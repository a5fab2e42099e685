# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of HAProxy (2.6 and 3.0) for a gateway.

Everything is passed through as TCP: the API's and the applications' TLS ends in the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .model import Gateway, Server, Timing, endpoint


def render(gateway: Gateway) -> str:
    """Return the text of ``haproxy.cfg``."""
    sections = [
        section("global", _global(gateway)),
        section("defaults", defaults(gateway.timing)),
        section("frontend statistics", _statistics(gateway)),
        section("frontend api", _frontend(gateway, gateway.api_port, "api")),
        section("backend api", _api(gateway)),
    ]
    for name, port, node_port in (
        ("http", gateway.http_port, gateway.http_node_port),
        ("https", gateway.https_port, gateway.https_node_port),
    ):
        sections.append(section(f"frontend {name}", _frontend(gateway, port, name)))
        sections.append(section(f"backend {name}", _ingress(gateway, node_port)))
    return "# Written by Landfall (role gateway); changes are overwritten.\n" + "\n".join(sections)


def section(title: str, lines: Iterable[str]) -> str:
    """Return the text of a section."""
    return "".join([f"{title}\n", *(f"    {line}\n" for line in lines)])


def _global(gateway: Gateway) -> Iterator[str]:
    # The unit's standard output is the journal; "short" begins with the level that it understands.
    level = "info" if gateway.log_connections else "notice"
    yield f"log stdout format short daemon {level}"
    yield "user haproxy"
    yield "group haproxy"
    yield "chroot /var/lib/haproxy"
    # A new process takes over the listening sockets from the old one through this socket.
    yield "stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners"
    yield "stats timeout 30s"
    yield f"fd-hard-limit {gateway.descriptors}"
    yield f"maxconn {gateway.sessions}"
    if gateway.threads:
        yield f"nbthread {gateway.threads}"
    yield f"hard-stop-after {gateway.timing.drain}s"
    # Not all servers are checked in the same moment.
    yield "spread-checks 10"
    yield "ssl-default-server-options ssl-min-ver TLSv1.2"


def defaults(timing: Timing) -> Iterator[str]:
    """Yield what holds for all connections that are passed through."""
    yield "mode tcp"
    yield "log global"
    yield "option tcplog"
    yield "option dontlognull"
    # Connections are logged as info, and failed ones as errors.
    yield "option log-separate-errors"
    yield "option redispatch 1"
    yield "retries 3"
    yield "option clitcpka"
    yield "option srvtcpka"
    yield f"timeout connect {timing.connect}s"
    yield "timeout queue 10s"
    yield f"timeout check {timing.check_timeout}ms"
    yield f"timeout client {timing.idle}s"
    yield f"timeout server {timing.idle}s"
    yield f"timeout tunnel {timing.idle}s"
    # One side has closed, the other has vanished.
    yield "timeout client-fin 30s"
    yield "timeout server-fin 30s"
    yield "timeout http-request 10s"
    yield "timeout http-keep-alive 10s"
    # Whoever waits for a dead server must reconnect, or would wait until its own time is up.
    yield (
        f"default-server inter {timing.check_interval}ms fall {timing.fall} rise {timing.rise} "
        "on-marked-down shutdown-sessions"
    )


def _statistics(gateway: Gateway) -> Iterator[str]:
    yield "mode http"
    yield "option httplog"
    yield f"bind {endpoint(gateway.statistics_address, gateway.statistics_port)}"
    yield f"http-request deny unless {{ src 127.0.0.0/8 ::1 {gateway.network} }}"
    yield "http-request use-service prometheus-exporter if { path /metrics }"
    yield "stats enable"
    yield "stats uri /"
    yield "stats refresh 5s"
    yield "stats hide-version"


def _frontend(gateway: Gateway, port: int, backend: str) -> Iterator[str]:
    for address in gateway.addresses:
        yield f"bind {endpoint(address, port)}"
    yield f"default_backend {backend}"


def _api(gateway: Gateway) -> Iterator[str]:
    yield "balance leastconn"
    yield "option httpchk"
    yield "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes"
    yield "http-check expect status 200"
    for server in _sorted(gateway.control_planes):
        where = endpoint(server.address, gateway.api_server_port)
        # Only the check speaks TLS here; connections are passed through as they are.
        verified = f"check-ssl verify required ca-file {gateway.ca_file}"
        yield f"server {server.name} {where} check {verified}"


def _ingress(gateway: Gateway, port: int) -> Iterator[str]:
    yield "balance leastconn"
    yield "option tcp-check"
    proxy = " send-proxy-v2 check-send-proxy" if gateway.proxy_protocol else ""
    for server in _sorted(gateway.ingress):
        yield f"server {server.name} {endpoint(server.address, port)} check{proxy}"


def _sorted(servers: tuple[Server, ...]) -> list[Server]:
    return sorted(servers, key=lambda server: server.name)
