# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router on a real site: every source has its lines in the store, with whose they are."""

from __future__ import annotations

import json
import socket
import uuid
from typing import Any

from kubernetes import client

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from tests.support.waiting import eventually

from .conftest import NAMESPACE, LoggingSite


def found(site: LoggingSite, **terms: Any) -> list[dict[str, Any]]:
    """Return the newest records with these values; none while the store does not answer."""
    must = [{"match_phrase": {name: value}} for name, value in terms.items()]
    body = {"size": 20, "query": {"bool": {"must": must}}, "sort": [{"@timestamp": "desc"}]}
    try:
        answer = site.door("log-reader").call("POST", "/logs-*/_search", body)
    except LandfallError:
        return []
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def test_every_node_has_a_router(site: LoggingSite) -> None:
    status = client.AppsV1Api(site.api()).read_namespaced_daemon_set("router", NAMESPACE).status
    assert status.number_ready == status.desired_number_scheduled == 3


def test_a_request_is_found_by_stack_and_component(site: LoggingSite) -> None:
    url = f"http://guestbook.{site.domain}/?asked-for-by-the-test"
    eventually(lambda: site.request("GET", url).status_code == 200, 60, ignoring=(OSError,))
    terms = {"stack": "guestbook", "component": "ui", "message": "asked-for-by-the-test"}
    (line, *_) = eventually(lambda: found(site, **terms), 60, every=1)
    assert line["node"].startswith("worker")
    assert line["environment"]
    assert line["release"] == "1.0.0"
    assert line["pod"].startswith("ui-")


def test_a_gateways_line_is_found_by_host(site: LoggingSite) -> None:
    site.on("gateway1", "systemctl", "reload", "haproxy.service")
    terms = {"stack": "hosts", "node": "gateway1", "stream": "haproxy"}
    eventually(lambda: found(site, **terms), 60, every=1)
    eventually(lambda: found(site, stack="hosts", node="operator1"), 60, every=1)


def searched(site: LoggingSite, *options: str) -> list[dict[str, Any]]:
    """Return what logs.yml shows."""
    asked = [part for one in ("logs_format=json", *options) for part in ("-e", one)]
    output = site.play("logs", *asked).output
    return [json.loads(line) for line in output.splitlines() if line.startswith('{"')]


def test_a_connection_through_the_gateway_is_found_by_host(site: LoggingSite) -> None:
    with socket.create_connection((site.gateway, 80), timeout=10) as connection:
        connection.sendall(f"GET / HTTP/1.0\r\nHost: guestbook.{site.domain}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.")
        address, port = connection.getsockname()
    place = f'"{address}:{port}"'
    eventually(lambda: found(site, node="gateway1", message=place), 60, every=1)
    (line,) = searched(site, "logs_host=gateway1", f"logs_text='{place}'")
    assert (line["stack"], line["component"], line["stream"]) == ("hosts", "haproxy", "haproxy")
    assert f"{address}:{port} " in line["message"]
    assert searched(site, "logs_host=operator1", f"logs_text='{place}'") == []


def test_who_did_what_is_found_in_the_audit_log(site: LoggingSite) -> None:
    name = f"asked-for-{uuid.uuid4().hex[:8]}"
    meta = client.V1ObjectMeta(name=name)
    site.core().create_namespaced_config_map("default", client.V1ConfigMap(metadata=meta))
    site.core().delete_namespaced_config_map(name, "default")
    terms = {"component": "kube-apiserver", "stream": "audit", "message": name}
    eventually(lambda: len(found(site, **terms)) == 2, 60, every=1)
    lines = searched(
        site, "logs_stack=hosts", "logs_component=kube-apiserver", f"logs_text='\"{name}\"'"
    )
    assert [one["json"]["verb"] for one in lines] == ["create", "delete"]
    assert {one["json"]["user"]["username"] for one in lines} == {"kubernetes-admin"}
    assert {one["node"] for one in lines} == {"control1"}


def test_nodes_and_the_api_have_theirs(site: LoggingSite) -> None:
    eventually(
        lambda: found(site, stack="hosts", node="worker1", unit="kubelet.service"), 60, every=1
    )
    eventually(lambda: found(site, stack="hosts", stream="audit", node="control1"), 60, every=1)
    eventually(lambda: found(site, stack="platform", component="etcd"), 60, every=1)
