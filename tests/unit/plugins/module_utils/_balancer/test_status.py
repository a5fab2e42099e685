# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written into a Service, and when nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._balancer.allocation import (
    Pool,
    allocate,
)
from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import Service
from ansible_collections.landfall.platform.plugins.module_utils._balancer.status import (
    Write,
    writes,
)

from .conftest import service

POOL = Pool("10.77.0.5", reserved={80: "HTTP"})
PORTS = [{"port": 8080, "nodePort": 30001}, {"port": 80, "nodePort": 30002}]


def due(pool: Pool = POOL, now: str = "now", **changes: Any) -> list[Write]:
    found = Service.from_object(service(**changes))
    assert found
    return list(writes(allocate([found], pool), "gateway1", now))


def after(write: Write) -> dict[str, Any]:
    return {k: v for k, v in write.patch["status"].items() if v}


def test_a_new_service() -> None:
    (write,) = due()
    assert write.patch["metadata"] == {"uid": "uid-web", "resourceVersion": "7"}
    assert write.patch["status"] == {
        "loadBalancer": {
            "ingress": [
                {
                    "ip": "10.77.0.5",
                    "ipMode": "Proxy",
                    "ports": [{"port": 8080, "protocol": "TCP"}],
                }
            ]
        },
        "conditions": [
            {
                "type": "landfall.dev/Balanced",
                "status": "True",
                "reason": "Served",
                "message": "10.77.0.5: TCP 8080",
                "lastTransitionTime": "now",
            }
        ],
    }
    assert write.summary == "gives default/web: 10.77.0.5: TCP 8080"
    assert write.event
    assert (write.event["type"], write.event["reason"]) == ("Normal", "Served")


def test_what_is_written_needs_no_second_write() -> None:
    for changes in ({}, {"ports": PORTS}, {"ports": PORTS[1:]}):
        (write,) = due(**changes)
        assert due(**changes, status=after(write), now="later") == []


def test_a_port_that_cannot_be_had() -> None:
    (write,) = due(ports=PORTS)
    assert write.patch["status"]["loadBalancer"]["ingress"][0]["ports"] == [
        {"port": 8080, "protocol": "TCP"},
        {"port": 80, "protocol": "TCP", "error": "landfall.dev/PortReserved"},
    ]
    (condition,) = write.patch["status"]["conditions"]
    assert (condition["status"], condition["reason"]) == ("False", "PortReserved")
    reason = "TCP port 80 of 10.77.0.5 is the site's own (HTTP)"
    assert condition["message"] == f"10.77.0.5: TCP 8080; {reason}"
    assert write.event
    assert write.event["type"] == "Warning"


def test_nothing_can_be_had() -> None:
    (before,) = due()
    (write,) = due(ports=PORTS[1:], status=after(before), now="later")
    assert write.patch["status"]["loadBalancer"] == {"ingress": None}
    assert write.patch["status"]["conditions"][0]["lastTransitionTime"] == "later"
    assert write.summary.startswith("refuses default/web: TCP port 80")


def test_the_time_tells_when_the_status_changed() -> None:
    (before,) = due()
    (write,) = due(ports=[{"port": 8081, "nodePort": 1}], status=after(before), now="later")
    assert write.patch["status"]["conditions"][0]["lastTransitionTime"] == "now"


def test_a_status_that_somebody_damaged_is_repaired_without_news() -> None:
    (before,) = due()
    damaged = {**after(before), "loadBalancer": {"ingress": [{"ip": "10.77.0.5"}]}}
    (write,) = due(status=damaged)
    assert write.event is None
    assert write.patch["status"]["loadBalancer"] == before.patch["status"]["loadBalancer"]


def test_the_same_news_has_the_same_name() -> None:
    (one,), (other,) = due(now="now"), due(now="later")
    assert one.event
    assert other.event
    assert one.event["metadata"] == other.event["metadata"]


def test_a_service_without_ports() -> None:
    found = Service.from_object(service())
    assert found
    (write,) = writes(allocate([replace(found, ports=())], POOL), "gateway1", "now")
    assert write.patch["status"]["conditions"][0]["message"] == "no port is described"
