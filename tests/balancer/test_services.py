# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of type LoadBalancer on a real site: their life, and what they live through."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3
from kubernetes import client, config

from tests.support.outage import watched
from tests.support.site import Site
from tests.support.waiting import eventually

NAMESPACE = "balanced"
IMAGE = "docker.io/library/busybox:1.37.0"
GATEWAYS = ("gateway1", "gateway2")
PROXY = "/var/lib/landfall-balancer/tcp.cfg"


def measured(name: str, what: Callable[[], Any]) -> Any:
    """Wait for something and say how long it took; the limit is generous."""
    begin = time.monotonic()
    found = eventually(what)
    print(f"{name}: {time.monotonic() - begin:.2f} s")  # noqa: T201 (pytest -s shows it)
    return found


@pytest.fixture(scope="module")
def pods(site: Site) -> Iterator[None]:
    """Two pods that answer with their names."""
    core, apps = apis(site)
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    serve = "mkdir /tmp/www; hostname > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"
    labels = {"app": "echo"}
    container = {
        "name": "http",
        "image": IMAGE,
        "command": ["sh", "-c", serve],
        "readinessProbe": {"httpGet": {"port": 8080}, "periodSeconds": 1},
    }
    body = {
        "metadata": {"name": "echo"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
            },
        },
    }
    apps.create_namespaced_deployment(NAMESPACE, body)
    eventually(
        lambda: apps.read_namespaced_deployment("echo", NAMESPACE).status.ready_replicas == 2
    )
    yield
    core.delete_namespace(NAMESPACE)


def apis(site: Site) -> tuple[client.CoreV1Api, client.AppsV1Api]:
    """Return the API as its administrator."""
    connection = config.new_client_from_config(str(site.state / "kubeconfig"))
    return client.CoreV1Api(connection), client.AppsV1Api(connection)


@pytest.fixture
def core(site: Site, pods: None) -> Iterator[client.CoreV1Api]:
    """The API, and no Services but those of the test."""
    found = apis(site)[0]
    yield found
    for one in found.list_namespaced_service(NAMESPACE).items:
        found.delete_namespaced_service(one.metadata.name, NAMESPACE)
    eventually(lambda: all("frontend balanced" not in serving(site, g) for g in GATEWAYS))


def serving(site: Site, gateway: str) -> str:
    """Return what a gateway's HAProxy was given."""
    return site.on(gateway, "cat", PROXY)


def create(core: client.CoreV1Api, name: str, port: int = 80, **spec: Any) -> None:
    """Create a Service of the pods."""
    annotations = spec.pop("annotations", {})
    ports = [{"name": "http", "port": port, "targetPort": 8080}]
    core.create_namespaced_service(
        NAMESPACE,
        {
            "metadata": {"name": name, "annotations": annotations},
            "spec": {
                "type": "LoadBalancer",
                "selector": {"app": "echo"},
                "ports": ports,
                **spec,
            },
        },
    )


def address(core: client.CoreV1Api, name: str) -> str:
    """Return the address that a Service has; empty without."""
    ingress = core.read_namespaced_service(name, NAMESPACE).status.load_balancer.ingress
    return str(ingress[0].ip) if ingress else ""


def condition(core: client.CoreV1Api, name: str) -> Any:
    """Return what a Service's status says of the gateways."""
    found = core.read_namespaced_service(name, NAMESPACE).status.conditions or []
    return next((c for c in found if c.type == "landfall.dev/Balanced"), None)


def answers(where: str, port: int = 80) -> bool:
    """Tell whether a pod answers."""
    try:
        answer = requests.get(f"http://{where}:{port}/", timeout=3)
    except requests.RequestException:
        return False
    return answer.ok and answer.text.startswith("echo-")


def test_the_life_of_a_service(site: Site, core: client.CoreV1Api) -> None:
    begin = time.monotonic()
    create(core, "web")
    where = measured("created, has an address", lambda: address(core, "web"))
    measured("then reached", lambda: answers(where))
    print(f"created and reached: {time.monotonic() - begin:.2f} s")  # noqa: T201
    assert where == site.address(100)
    eventually(lambda: serving(site, "gateway1") == serving(site, "gateway2"))

    port = {"name": "http", "port": 81, "targetPort": 8080}
    core.patch_namespaced_service(
        "web",
        NAMESPACE,
        [{"op": "replace", "path": "/spec/ports", "value": [port]}],
    )
    measured("changed", lambda: answers(where, 81) and not answers(where, 80))
    assert address(core, "web") == where

    core.delete_namespaced_service("web", NAMESPACE)
    measured("deleted", lambda: not answers(where, 81))


def test_one_address_for_each_until_there_is_none(site: Site, core: client.CoreV1Api) -> None:
    for name in ("a", "b"):
        create(core, name)
        eventually(lambda name=name: address(core, name))
    assert {address(core, name) for name in "ab"} == {site.address(100), site.address(101)}
    create(core, "c")
    found = eventually(lambda: condition(core, "c"))
    assert (found.status, found.reason) == ("False", "PoolExhausted")
    events = eventually(
        lambda: core.list_namespaced_event(NAMESPACE, field_selector="involvedObject.name=c").items
    )
    assert [(event.type, event.reason) for event in events] == [("Warning", "PoolExhausted")]
    core.delete_namespaced_service("a", NAMESPACE)
    eventually(lambda: address(core, "c"))
    eventually(lambda: answers(site.address(100)))


def test_the_shared_address(site: Site, core: client.CoreV1Api) -> None:
    shared = {"annotations": {"landfall.dev/address": site.gateway}}
    create(core, "own", 443, **shared)
    create(core, "first", 8088, annotations={"landfall.dev/address": "shared"})
    eventually(lambda: address(core, "first"))
    create(core, "second", 8088, **shared)
    assert eventually(lambda: condition(core, "own")).reason == "PortReserved"
    second = eventually(lambda: condition(core, "second"))
    assert second.message.endswith("is taken by the Service balanced/first")
    assert eventually(lambda: answers(site.gateway, 8088))


def test_who_may_connect(site: Site, core: client.CoreV1Api) -> None:
    create(core, "open", loadBalancerSourceRanges=[f"{site.octets}.0/24"])
    create(core, "closed", 82, loadBalancerSourceRanges=["192.0.2.0/24"])
    where = eventually(lambda: address(core, "open"))
    eventually(lambda: answers(where))
    closed = eventually(lambda: address(core, "closed"))
    assert not answers(closed, 82)


def test_only_nodes_with_a_pod(site: Site, core: client.CoreV1Api) -> None:
    create(core, "near", externalTrafficPolicy="Local")
    where = eventually(lambda: address(core, "near"))
    eventually(lambda: answers(where))
    assert "check port" in serving(site, "gateway1")


def query(where: str, name: str) -> bytes:
    """Ask a DNS server over UDP; return its answer, empty without."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        try:
            asking.sendto(question, (where, 53))
            return asking.recv(512)
        except OSError:
            return b""


def test_datagrams(site: Site, core: client.CoreV1Api) -> None:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}]
    spec = {"type": "LoadBalancer", "selector": {"k8s-app": "kube-dns"}, "ports": ports}
    body = {"metadata": {"name": "dns"}, "spec": spec}
    core.create_namespaced_service("kube-system", body)

    def where() -> str:
        found = core.read_namespaced_service("dns", "kube-system").status.load_balancer.ingress
        return str(found[0].ip) if found else ""

    given = eventually(where)
    begin = time.monotonic()
    answer = eventually(lambda: query(given, "kubernetes.default.svc.cluster.local"))
    print(f"UDP answered: {time.monotonic() - begin:.2f} s")  # noqa: T201
    assert answer.endswith(socket.inet_aton("10.96.0.1"))
    core.delete_namespaced_service("dns", "kube-system")
    eventually(lambda: not query(given, "kubernetes.default.svc.cluster.local"))


def test_changes_of_others_cost_no_request(site: Site, core: client.CoreV1Api) -> None:
    create(core, "steady")
    where = eventually(lambda: address(core, "steady"))
    eventually(lambda: answers(where))
    shared = {"annotations": {"landfall.dev/address": site.gateway}}
    good = bad = 0
    for number in range(8):
        create(core, f"other{number}", 8100 + number, **shared)
        for _ in range(20):
            good, bad = (good + 1, bad) if answers(where) else (good, bad + 1)
    print(f"{good} requests during 8 reloads, {bad} failed")  # noqa: T201
    assert bad == 0
    eventually(lambda: all(address(core, f"other{number}") for number in range(8)))


def test_it_is_restarted(site: Site, core: client.CoreV1Api) -> None:
    create(core, "web")
    where = eventually(lambda: address(core, "web"))
    eventually(lambda: answers(where))
    with watched({"web": lambda: answers(where)}) as outages:
        for gateway in GATEWAYS:
            site.on(gateway, "systemctl", "restart", "landfall-balancer.service")
        create(core, "later")
        eventually(lambda: address(core, "later"))
    print(f"longest gap: {outages['web'].longest:.2f} s")  # noqa: T201
    assert address(core, "web") == where


def test_the_api_is_away(site: Site, core: client.CoreV1Api) -> None:
    create(core, "web")
    where = eventually(lambda: address(core, "web"))
    eventually(lambda: answers(where))
    manifest, aside = "/etc/kubernetes/manifests/kube-apiserver.yaml", "/root/kube-apiserver.yaml"
    site.on("control1", "mv", manifest, aside)
    try:
        eventually(lambda: not site.succeeds("control1", "pgrep", "-x", "kube-apiserver"))
        for gateway in GATEWAYS:
            site.on(gateway, "systemctl", "restart", "landfall-balancer.service")
            site.on(gateway, "systemctl", "restart", "landfall-balancer-tcp.service")
        assert eventually(lambda: answers(where))
    finally:
        site.on("control1", "mv", aside, manifest)

    def created() -> bool:
        try:
            create(core, "later")
        except (client.ApiException, urllib3.exceptions.HTTPError):
            return False
        return True

    eventually(created, limit=120)
    later = measured("served after the API came back", lambda: address(core, "later"))
    eventually(lambda: answers(later))
    assert address(core, "web") == where


def test_a_gateway_is_lost(site: Site, core: client.CoreV1Api) -> None:
    create(core, "web")
    where = eventually(lambda: address(core, "web"))
    eventually(lambda: answers(where))
    eventually(lambda: serving(site, "gateway1") == serving(site, "gateway2"))
    active = next(g for g in GATEWAYS if f"{where}/32" in site.on(g, "ip", "-br", "address"))
    other = next(g for g in GATEWAYS if g != active)
    with watched({"web": lambda: answers(where)}) as outages:
        site.stop(active)
        eventually(lambda: f"{where}/32" in site.on(other, "ip", "-br", "address"))
        eventually(lambda: answers(where))
    print(f"{active} lost, longest gap: {outages['web'].longest:.2f} s")  # noqa: T201
    create(core, "later")
    later = measured("created after that", lambda: address(core, "later"))
    eventually(lambda: answers(later))
    site.restart(active)
    eventually(lambda: site.succeeds(active, "systemctl", "is-active", "landfall-balancer-tcp"))
    eventually(lambda: serving(site, "gateway1") == serving(site, "gateway2"))
    assert address(core, "web") == where
    assert answers(where)


def test_a_run_leaves_it_alone(site: Site, core: client.CoreV1Api) -> None:
    create(core, "web")
    where = eventually(lambda: address(core, "web"))
    eventually(lambda: answers(where))
    run = site.play("site")
    assert run.changed == {}
    assert answers(where)
    assert not site.on("gateway1", "systemctl", "--failed", "--no-legend", "--plain").strip()
