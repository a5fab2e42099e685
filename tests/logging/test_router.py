# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router on a real site: whose a line is, and that none is lost whoever is away."""

from __future__ import annotations

from typing import Any

from kubernetes import client

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from tests.support.waiting import eventually

from .conftest import NAMESPACE, LoggingSite

LINES = 20_000
BUSYBOX = "docker.io/library/busybox:1.37.0"


def found(site: LoggingSite, **terms: Any) -> list[dict[str, Any]]:
    """Return the newest records with these values; none while the store does not answer."""
    must = [{"match_phrase": {name: value}} for name, value in terms.items()]
    body = {"size": 20, "query": {"bool": {"must": must}}, "sort": [{"@timestamp": "desc"}]}
    try:
        answer = site.door("log-reader").call("POST", "/logs-*/_search", body)
    except LandfallError:
        return []
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def count(site: LoggingSite, **terms: Any) -> int:
    """Count the records with these values; -1 while the store does not answer."""
    must = [{"match_phrase": {name: value}} for name, value in terms.items()]
    try:
        body = {"query": {"bool": {"must": must}}}
        return int(site.door("log-reader").call("POST", "/logs-*/_count", body)["count"])
    except LandfallError:
        return -1


def test_every_node_has_a_router(site: LoggingSite) -> None:
    status = client.AppsV1Api(site.api()).read_namespaced_daemon_set("router", NAMESPACE).status
    assert status.number_ready == status.desired_number_scheduled == 3


def test_a_request_is_found_by_stack_and_component(site: LoggingSite) -> None:
    url = f"http://guestbook.{site.domain}/?asked-for-by-the-test"
    eventually(lambda: site.request("GET", url).status_code == 200, 60, ignoring=(OSError,))
    terms = {"stack": "guestbook", "component": "ui", "message": "asked-for-by-the-test"}
    (line, *_) = eventually(lambda: found(site, **terms), 60, every=1)
    assert line["node"] in ("worker1", "worker2")
    assert line["environment"]
    assert line["release"] == "1.0.0"
    assert line["pod"].startswith("ui-")


def test_a_gateways_line_is_found_by_host(site: LoggingSite) -> None:
    site.on("gateway1", "systemctl", "reload", "haproxy.service")
    terms = {"stack": "hosts", "node": "gateway1", "stream": "haproxy"}
    eventually(lambda: found(site, **terms), 60, every=1)
    eventually(lambda: found(site, stack="hosts", node="operator1"), 60, every=1)


def test_nodes_and_the_api_have_theirs(site: LoggingSite) -> None:
    eventually(
        lambda: found(site, stack="hosts", node="worker1", unit="kubelet.service"), 60, every=1
    )
    eventually(lambda: found(site, stack="hosts", stream="audit", node="control1"), 60, every=1)
    eventually(lambda: found(site, stack="platform", component="etcd"), 60, every=1)


def test_store_and_routers_away_lose_nothing(site: LoggingSite) -> None:
    core = site.core()
    script = (
        f"i=0; while [ $i -lt {LINES} ]; do echo numbered $i; i=$((i+1)); "
        "[ $((i % 500)) -gt 0 ] || sleep 1; done; sleep 3600"
    )
    container = {"name": "writer", "image": BUSYBOX, "command": ["sh", "-c", script]}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 1}
    pod = {"metadata": {"name": "writer"}, "spec": spec}
    core.create_namespaced_pod("default", pod)
    try:
        eventually(lambda: count(site, pod="writer") > 0, 120, every=1)
        _kill(site, "store")
        _kill(site, "router")
        eventually(lambda: count(site, pod="writer") >= 0, 300, every=2)
        _kill(site, "router")
        eventually(lambda: count(site, pod="writer") >= LINES, 300, every=2)
        assert count(site, pod="writer") == LINES
    finally:
        core.delete_namespaced_pod("writer", "default", grace_period_seconds=0)


def _kill(site: LoggingSite, name: str) -> None:
    """End all pods of a name without giving them time."""
    site.core().delete_collection_namespaced_pod(
        NAMESPACE, label_selector=f"app.kubernetes.io/name={name}", grace_period_seconds=0
    )
