# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer of Octavia in place of gateways: API, HTTP and HTTPS at the public address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .addresses import servers
from .model import CONTROL_PLANES, WORKERS, Site


def balancer(site: Site, subnet: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the resources of the load balancer and its floating address."""
    properties = {"name": site.stack, "vip_subnet": subnet, "vip_address": site.address}
    yield "balancer", {"type": "OS::Octavia::LoadBalancer", "properties": properties}
    ports = site.ports
    for name, port, target, role in (
        ("api", ports.gateway_api_port, 6443, CONTROL_PLANES),
        ("http", ports.gateway_http_port, ports.gateway_http_node_port, WORKERS),
        ("https", ports.gateway_https_port, ports.gateway_https_node_port, WORKERS),
    ):
        yield from _listener(name, port)
        for server in servers(site):
            if server.role.name == role:
                member = {
                    "pool": {"get_resource": f"balancer_{name}_pool"},
                    "address": server.address,
                    "protocol_port": target,
                    "subnet": subnet,
                }
                title = f"balancer_{name}_{server.name}"
                yield title, {"type": "OS::Octavia::PoolMember", "properties": member}
    if site.address_floating:
        port_id = {"get_attr": ["balancer", "vip_port_id"]}
        properties = {"floating_network": site.network.external, "port_id": port_id}
        resource: dict[str, Any] = {"type": "OS::Neutron::FloatingIP", "properties": properties}
        if not site.network.existing:
            resource["depends_on"] = ["router_interface"]
        yield "gateway_floating", resource


def _listener(name: str, port: int) -> Iterator[tuple[str, dict[str, Any]]]:
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        f"balancer_{name}": (
            "OS::Octavia::Listener",
            {"loadbalancer": "balancer", "protocol": "TCP", "protocol_port": port},
        ),
        f"balancer_{name}_pool": (
            "OS::Octavia::Pool",
            {
                "listener": f"balancer_{name}",
                "protocol": "TCP",
                "lb_algorithm": "LEAST_CONNECTIONS",
            },
        ),
        f"balancer_{name}_monitor": (
            "OS::Octavia::HealthMonitor",
            {
                "pool": f"balancer_{name}_pool",
                "type": "TCP",
                "delay": 3,
                "timeout": 2,
                "max_retries": 2,
            },
        ),
    }
    references = ("loadbalancer", "listener", "pool")
    for title, (kind, properties) in parts.items():
        given: dict[str, Any] = {
            key: {"get_resource": value} if key in references else value
            for key, value in properties.items()
        }
        yield title, {"type": kind, "properties": given}
