# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateways' service with a real API server, and with the real HAProxy on this machine."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._balancer.service import (
    NODES,
    SERVICES,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import (
    ApiError,
)
from tests.support.balancing import (
    SHARED,
    Cluster,
    Echo,
    Gateway,
    Healthy,
    Way,
    node_port,
    said,
)
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed")


@pytest.fixture(scope="module")
def cluster(api_kubeconfig: Path) -> Iterator[Cluster]:
    """The cluster with the rights that the role gives, and one node: this machine."""
    server = yaml.safe_load(api_kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    found = Cluster(int(server.rpartition(":")[2]), api_kubeconfig.parent)
    rights = ROOT / "roles/balancer/templates/rights.yaml.j2"
    for obj in yaml.safe_load_all(rights.read_text()):
        kind = f"{obj['kind'].lower()}s"
        path = f"/apis/rbac.authorization.k8s.io/v1/{kind}"
        found.delete(f"{path}/{obj['metadata']['name']}")
        found.admin.call("POST", path, obj)
    found.delete("/api/v1/nodes/here")
    found.admin.call("POST", "/api/v1/nodes", {"metadata": {"name": "here"}})
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    merge = "application/merge-patch+json"
    found.admin.call("PATCH", "/api/v1/nodes/here/status", {"status": status}, merge)
    yield found
    found.delete("/api/v1/nodes/here")


@pytest.fixture
def way(cluster: Cluster) -> Iterator[Way]:
    """A way to the API server; no watch outlives the test."""
    found = Way(cluster.port)
    yield found
    found.close()


@pytest.fixture(scope="module")
def health_port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Healthy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def pair(cluster: Cluster, way: Way, health_port: int, tmp_path: Path) -> Iterator[list[Gateway]]:
    """Two gateways; the first has the site's address."""
    cluster.clear()
    gateways = []
    for name in ("gateway1", "gateway2"):
        folder = tmp_path / name
        folder.mkdir()
        gateways.append(
            Gateway(name, cluster.user("landfall:balancer", way.port), folder, health_port)
        )
    gateways[0].leads.set()
    try:
        for gateway in gateways:
            gateway.start_proxy()
            gateway.start()
        yield gateways
    finally:
        for gateway in gateways:
            gateway.end()
        cluster.clear()


def test_the_life_of_a_service(cluster: Cluster, pair: list[Gateway]) -> None:
    created = cluster.service("web", 18080)
    echo = Echo(node_port(created))
    begin = time.monotonic()
    ingress = eventually(lambda: cluster.ingress("web"))
    # as soon as the status says so, it is true
    assert said(18080) == b"here"
    print(f"created and reached: {time.monotonic() - begin:.2f} s")  # noqa: T201
    assert ingress == [
        {"ip": SHARED, "ipMode": "Proxy", "ports": [{"port": 18080, "protocol": "TCP"}]}
    ]
    assert cluster.condition("web")["status"] == "True"
    assert eventually(lambda: cluster.events("web")) == ["Served"]
    eventually(lambda: said(18080, "127.0.0.6"))
    assert pair[0].serves() == pair[1].serves() == {("default/web", 18080)}

    change = {"spec": {"ports": [{"port": 18080, "$patch": "delete"}, {"port": 18081}]}}
    path = "/api/v1/namespaces/default/services/web"
    cluster.admin.call("PATCH", path, change, "application/strategic-merge-patch+json")
    begin = time.monotonic()
    eventually(lambda: said(18081) == b"here")
    assert said(18080) == b""
    print(f"changed: {time.monotonic() - begin:.2f} s")  # noqa: T201

    cluster.delete(path)
    begin = time.monotonic()
    eventually(lambda: not said(18081))
    print(f"deleted: {time.monotonic() - begin:.2f} s")  # noqa: T201
    eventually(lambda: not pair[1].serves())
    echo.close()


def test_who_comes_too_late_is_told_who_was_first(cluster: Cluster, pair: list[Gateway]) -> None:
    cluster.service("first", 18080)
    eventually(lambda: cluster.ingress("first"))
    cluster.service("second", 18080)
    condition = eventually(lambda: cluster.condition("second"))
    assert (condition["status"], condition["reason"]) == ("False", "PortTaken")
    assert condition["message"].endswith("is taken by the Service default/first")
    assert eventually(lambda: cluster.events("second")) == ["PortTaken"]
    assert cluster.ingress("second") == []

    cluster.delete("/api/v1/namespaces/default/services/first")
    eventually(lambda: cluster.ingress("second"))
    assert cluster.condition("second")["status"] == "True"


def test_what_cannot_be_given(cluster: Cluster, pair: list[Gateway]) -> None:
    listening = socket.create_server((SHARED, 18090))
    ports = [
        {"name": "own", "port": 8000},
        {"name": "busy", "port": 18090},
        {"name": "free", "port": 18091},
    ]
    cluster.service("mixed", 0, ports=ports)
    cluster.service("stranger", 18092, annotations={"landfall.dev/address": "192.0.2.1"})
    ingress = eventually(lambda: cluster.ingress("mixed"))
    assert [each.get("error", "") for each in ingress[0]["ports"]] == [
        "landfall.dev/PortReserved",
        "landfall.dev/PortBusy",
        "",
    ]
    condition = eventually(lambda: cluster.condition("stranger"))
    assert condition["reason"] == "AddressNotInPool"
    listening.close()


def test_a_service_that_becomes_an_ordinary_one(cluster: Cluster, pair: list[Gateway]) -> None:
    cluster.service("web", 18080)
    eventually(lambda: cluster.ingress("web"))
    path = "/api/v1/namespaces/default/services/web"
    merge = "application/merge-patch+json"
    cluster.admin.call("PATCH", path, {"spec": {"type": "ClusterIP"}}, merge)
    eventually(lambda: not pair[0].serves())
    assert cluster.ingress("web") == []


def test_the_other_gateway_goes_on_where_the_first_one_stopped(
    cluster: Cluster, pair: list[Gateway]
) -> None:
    cluster.service("web", 18080)
    before = eventually(lambda: cluster.ingress("web"))
    pair[0].leads.clear()
    pair[0].stop()
    cluster.service("later", 18081)
    cluster.service("late", 18080)
    pair[1].leads.set()
    eventually(lambda: cluster.ingress("later"))
    eventually(lambda: cluster.condition("late"))
    assert cluster.ingress("web") == before
    assert pair[1].serves() == {("default/web", 18080), ("default/later", 18081)}
    version = cluster.read("web")["metadata"]["resourceVersion"]

    # the first one comes back without the address and takes what is there
    pair[0].listeners = ()
    pair[0].start()
    eventually(lambda: pair[0].serves() == pair[1].serves())
    assert cluster.read("web")["metadata"]["resourceVersion"] == version


def test_both_decide_for_a_while(cluster: Cluster, pair: list[Gateway]) -> None:
    pair[1].leads.set()
    for number in range(12):
        cluster.service(f"s{number}", 18100 + number // 2)
    eventually(lambda: all(cluster.condition(f"s{number}") for number in range(12)))
    pair[1].leads.clear()

    def served() -> list[int]:
        return sorted(
            port["port"]
            for number in range(12)
            for ingress in cluster.ingress(f"s{number}")
            for port in ingress["ports"]
            if "error" not in port
        )

    eventually(lambda: served() == list(range(18100, 18106)))
    eventually(lambda: pair[0].serves() == pair[1].serves())


def test_the_api_is_away(cluster: Cluster, way: Way, health_port: int, tmp_path: Path) -> None:
    cluster.clear()
    api = cluster.user("landfall:balancer", way.port)
    gateway = Gateway("gateway1", api, tmp_path, health_port)
    gateway.leads.set()
    try:
        gateway.start_proxy()
        gateway.start()
        echo = Echo(node_port(cluster.service("web", 18080)))
        eventually(lambda: said(18080) == b"here")
        way.close()
        eventually(lambda: any("does not answer" in line for line in gateway.log))
        cluster.service("later", 18081)
        assert said(18080) == b"here"

        # nor does it need the API to serve on after its own end
        gateway.stop()
        gateway.start()
        time.sleep(1)
        assert said(18080) == b"here"
        way.reopen()
        eventually(lambda: cluster.ingress("later"))
        assert gateway.serves() == {("default/web", 18080), ("default/later", 18081)}
        echo.close()
    finally:
        gateway.end()
        cluster.clear()


def test_its_credentials_may_do_only_this(cluster: Cluster) -> None:
    cluster.clear()
    cluster.service("web", 18080)
    user = cluster.user("landfall:balancer")
    merge = "application/merge-patch+json"
    web = "/api/v1/namespaces/default/services/web"
    for method, path, body in (
        ("GET", "/api/v1/secrets", None),
        ("GET", "/api/v1/pods", None),
        ("GET", "/api/v1/namespaces/default/events", None),
        ("GET", "/apis/coordination.k8s.io/v1/leases", None),
        ("PATCH", web, {"metadata": {"labels": {"a": "b"}}}),
        ("DELETE", web, None),
        ("POST", "/api/v1/namespaces/default/services", {"metadata": {"name": "x"}}),
        ("PATCH", "/api/v1/nodes/here", {"metadata": {"labels": {"a": "b"}}}),
        ("PATCH", "/api/v1/nodes/here/status", {"status": {}}),
    ):
        with pytest.raises(ApiError, match="403"):
            user.call(method, path, body, merge if method == "PATCH" else "")
    assert user.call("GET", SERVICES)["items"]
    assert user.call("GET", NODES)["items"]
    cluster.clear()
