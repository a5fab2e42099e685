# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written into a Service: its status, and events where that changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .allocation import Decision
from .model import CONDITION, Service

COMPONENT = "landfall-balancer"
NOTHING_OPEN = "no port is described"


@dataclass(frozen=True)
class Write:
    """What is to be written for a Service.

    Attributes:
        service: the Service, in the version that it is meant for.
        patch: a strategic merge patch of its status.
        event: an Event, if there is something to tell.
        summary: the same for the log.
    """

    service: Service
    patch: Mapping[str, Any]
    summary: str
    event: Optional[Mapping[str, Any]] = field(default=None, repr=False)


def writes(decisions: tuple[Decision, ...], gateway: str, now: str) -> Iterator[Write]:
    """Yield what differs between decisions and what the Services' status says.

    Args:
        decisions: for all Services.
        gateway: name of this gateway.
        now: the time, as the API writes it.
    """
    for decision in decisions:
        service = decision.service
        ingress, condition = _ingress(decision), _condition(decision)
        said = service.condition or {}
        news = any(said.get(key) != value for key, value in condition.items())
        if list(service.ingress) == ingress and not news:
            continue
        if said.get("status") != condition["status"]:
            since = now
        else:
            since = said.get("lastTransitionTime") or now
        yield Write(
            service,
            {
                # So that it fails when somebody else was faster, or the Service is a new one.
                "metadata": {"uid": service.uid, "resourceVersion": service.version},
                "status": {
                    "loadBalancer": {"ingress": ingress or None},
                    "conditions": [{**condition, "lastTransitionTime": since}],
                },
            },
            f"{'gives' if ingress else 'refuses'} {service}: {condition['message']}",
            _event(service, condition, gateway, now) if news else None,
        )


def _ingress(decision: Decision) -> list[dict[str, Any]]:
    if not decision.address:
        return []
    ports: list[dict[str, Any]] = []
    for port in decision.service.ports:
        entry: dict[str, Any] = {"port": port.port, "protocol": port.protocol}
        why = decision.refused.get(port)
        ports.append({**entry, "error": f"landfall.dev/{why.code}"} if why else entry)
    # "Proxy": nodes must not take packets for this address themselves, past the gateway.
    return [{"ip": decision.address, "ipMode": "Proxy", "ports": ports}]


def _condition(decision: Decision) -> dict[str, str]:
    refusals = decision.refusals
    message = "; ".join(refusal.message for refusal in refusals)
    if decision.address:
        ports = ", ".join(f"{port.protocol} {port.port}" for port in decision.ports)
        message = "; ".join(filter(None, [f"{decision.address}: {ports}", message]))
    served = bool(decision.address) and not refusals
    return {
        "type": CONDITION,
        "status": "True" if served else "False",
        "reason": "Served" if served else (refusals[0].code if refusals else "Invalid"),
        "message": message or NOTHING_OPEN,
    }


def _event(
    service: Service, condition: Mapping[str, str], gateway: str, now: str
) -> dict[str, Any]:
    """The name follows from the content, so that the same is not told twice."""
    content = f"{service.uid} {condition['reason']} {condition['message']}"
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{service.name}.{digest}", "namespace": service.namespace},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Service",
            "namespace": service.namespace,
            "name": service.name,
            "uid": service.uid,
            "resourceVersion": service.version,
        },
        "type": "Normal" if condition["status"] == "True" else "Warning",
        "reason": condition["reason"],
        "message": condition["message"],
        "source": {"component": COMPONENT, "host": gateway},
        "reportingComponent": COMPONENT,
        "reportingInstance": gateway,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
