# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the configurations, and what the real programs say of them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._balancer import haproxy, nginx
from ansible_collections.landfall.platform.plugins.module_utils._balancer.allocation import allocate
from ansible_collections.landfall.platform.plugins.module_utils._balancer.listeners import (
    Listener,
    listeners,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import (
    Node,
    Service,
    Slot,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._gateway.model import Server

from .conftest import node, service

GOLDEN = Path(__file__).parent / "golden"
NODES = [Node.from_object(node("worker2", 42)), Node.from_object(node("worker1", 41))]
haproxy_installed = pytest.mark.skipif(
    not shutil.which("haproxy"), reason="haproxy is not installed"
)
nginx_installed = pytest.mark.skipif(
    not shutil.which("nginx") or not Path(nginx.MODULE).exists(),
    reason="nginx with its module stream is not installed",
)


def several(settings: Settings) -> tuple[Listener, ...]:
    objects = [
        service("web", loadBalancerSourceRanges=["10.0.0.0/8"]),
        service(
            "dns",
            ports=[
                {"port": 53, "protocol": "UDP", "nodePort": 30053},
                {"port": 53, "protocol": "TCP", "nodePort": 30053},
            ],
        ),
        service(
            "near",
            externalTrafficPolicy="Local",
            healthCheckNodePort=32000,
            ports=[{"port": 9000, "nodePort": 30900}],
        ),
    ]
    services = [found for found in map(Service.from_object, objects) if found]
    return listeners(allocate(services, settings.pool), NODES)


def accepted(argv: list[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_haproxy_is_the_golden_one(settings: Settings) -> None:
    text = haproxy.render(several(settings), settings)
    assert text == (GOLDEN / "tcp.cfg").read_text()


def test_nginx_is_the_golden_one(settings: Settings) -> None:
    text = nginx.render(several(settings), settings)
    assert text == (GOLDEN / "udp.conf").read_text()


@haproxy_installed
@pytest.mark.parametrize("empty", [True, False])
def test_haproxy_accepts_it(settings: Settings, tmp_path: Path, empty: bool) -> None:
    settings = replace(settings, threads=2, log_connections=True)
    path = tmp_path / "tcp.cfg"
    path.write_text(haproxy.render(() if empty else several(settings), settings))
    assert "WARNING" not in accepted(["haproxy", "-c", "-f", str(path)])


@nginx_installed
@pytest.mark.parametrize("empty", [True, False])
def test_nginx_accepts_it(settings: Settings, tmp_path: Path, empty: bool) -> None:
    settings = replace(settings, runtime=str(tmp_path), state=str(tmp_path))
    path = tmp_path / "udp.conf"
    text = nginx.render(() if empty else several(settings), settings)
    # the address is none of this machine
    path.write_text(text.replace("listen 10.77.0.5:53", "listen 127.0.0.1:5353"))
    accepted(["nginx", "-t", "-q", "-e", "stderr", "-p", str(tmp_path), "-c", str(path)])


def test_without_servers_nobody_listens_on_udp(settings: Settings) -> None:
    lonely = [replace(each, servers=()) for each in several(settings)]
    assert nginx.render(lonely, settings) == nginx.render((), settings)


LISTENERS = st.builds(
    Listener,
    st.builds(
        Slot,
        st.sampled_from(["10.77.0.5", "fd00::5"]),
        st.just("TCP"),
        st.integers(1, 65535),
    ),
    st.tuples(st.from_regex(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True), st.just("web")),
    st.integers(30000, 32767),
    st.lists(
        st.builds(
            Server, st.from_regex(r"[a-z0-9.-]{1,63}", fullmatch=True), st.just("10.77.0.41")
        ),
        max_size=3,
        unique_by=lambda server: server.name,
    ).map(tuple),
    st.lists(st.ip_addresses().map(str), max_size=90).map(tuple),
    st.sampled_from([0, 32000]),
)


@haproxy_installed
@hypothesis_settings(max_examples=15, deadline=None)
@given(found=st.lists(LISTENERS, max_size=4, unique_by=lambda each: (each.slot, each.name)))
def test_haproxy_accepts_whatever_there_may_be(
    tmp_path_factory: pytest.TempPathFactory, found: list[Listener]
) -> None:
    settings = Settings.from_params(
        {"name": "gateway1", "shared": "10.77.0.5", "api_host": "10.77.0.20"}
    )
    unique = {listener.name: listener for listener in found}
    path = tmp_path_factory.mktemp("haproxy") / "tcp.cfg"
    path.write_text(haproxy.render(tuple(unique.values()), settings))
    accepted(["haproxy", "-c", "-q", "-f", str(path)])


def test_a_node_without_an_address_of_the_family_is_left_out(settings: Settings) -> None:
    found = Service.from_object(service(ipFamilies=["IPv6"]))
    assert found
    both = Node("worker3", ("10.77.0.43", "fd00::43"), ready=True, excluded=False)
    (only,) = listeners(allocate([found], settings.pool), [*NODES, both])
    assert only.servers == (Server("worker3", "fd00::43"),)


def test_who_may_send_datagrams(settings: Settings) -> None:
    found = [replace(each, sources=("10.0.0.0/8", "fd00::/8")) for each in several(settings)]
    text = nginx.render(found, settings)
    assert "        allow 10.0.0.0/8;\n        allow fd00::/8;\n        deny all;\n" in text
