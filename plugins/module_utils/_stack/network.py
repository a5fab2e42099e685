# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom: Services, routes through the shared Gateway, and NetworkPolicies."""

from __future__ import annotations

from .model import Component, Stateful, members_name
from .naming import GATEWAY, GATEWAY_NAMESPACES, Object, metadata, selector
from .settings import Instance
from .validate import used_by

_DNS_PORTS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
_NAMESPACE = "kubernetes.io/metadata.name"


def services(instance: Instance, name: str) -> list[Object]:
    """Return the Service of a component, and for a stateful one that of its members."""
    component = instance.stack.components[name]
    found = [_service(instance, name, name)] if component.ports else []
    if isinstance(component, Stateful):
        headless = _service(instance, name, members_name(name))
        # Members must find each other before they are ready.
        headless["spec"] |= {"clusterIP": "None", "publishNotReadyAddresses": True}
        found.append(headless)
    return found


def _service(instance: Instance, component: str, name: str) -> Object:
    spec: Object = {"selector": selector(instance, component)}
    ports = [
        {"name": port, "port": number, "targetPort": port}
        for port, number in instance.stack.components[component].ports.items()
    ]
    if ports:
        spec["ports"] = ports
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(instance, name, component),
        "spec": spec,
    }


def routes(instance: Instance) -> list[Object]:
    """Return one HTTPRoute an exposure; it attaches to all listeners of the Gateway."""
    return [_route(instance, name) for name in instance.stack.expose]


def _route(instance: Instance, name: str) -> Object:
    rules = []
    # The longest path that fits wins anyway; in this order people see it, too.
    for path, route in sorted(
        instance.stack.expose[name].paths.items(), key=lambda item: (-len(item[0]), item[0])
    ):
        port = _port(instance.stack.components[route.component], route.port)
        rules.append(
            {
                "matches": [{"path": {"type": "PathPrefix", "value": path}}],
                "backendRefs": [{"name": route.component, "port": port}],
            }
        )
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(instance, name),
        "spec": {
            "parentRefs": [dict(GATEWAY)],
            "hostnames": list(instance.hosts[name]),
            "rules": rules,
        },
    }


def _port(component: Component, name: str | None) -> int:
    return component.ports[name] if name else next(iter(component.ports.values()))


# policies ---------------------------------------------------------------------------------------


def policy(instance: Instance, name: str) -> Object:
    """Return who may reach a component, and whom it may reach.

    A node's own probes need no rule: traffic from the node of a pod is always allowed.
    """
    component = instance.stack.components[name]
    spec: Object = {
        "podSelector": {"matchLabels": selector(instance, name)},
        "policyTypes": ["Ingress"],
        "ingress": _ingress(instance, name),
    }
    if component.outbound == "used":
        spec["policyTypes"] = ["Ingress", "Egress"]
        spec["egress"] = _egress(instance, name)
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(instance, name, name),
        "spec": spec,
    }


def _pods(instance: Instance, name: str) -> Object:
    return {"podSelector": {"matchLabels": selector(instance, name)}}


def _numbers(numbers: list[int]) -> list[Object]:
    return [{"port": number, "protocol": "TCP"} for number in sorted(set(numbers))]


def _ingress(instance: Instance, name: str) -> list[Object]:
    component = instance.stack.components[name]
    rules: list[Object] = []
    users = [other for other in instance.stack.components if name in used_by(instance.stack, other)]
    if users and component.ports:
        rules.append(
            {
                "from": [_pods(instance, user) for user in users],
                "ports": _numbers(list(component.ports.values())),
            }
        )
    if isinstance(component, Stateful):
        rules.append({"from": [_pods(instance, name)]})
    public = [
        _port(component, route.port)
        for exposure in instance.stack.expose.values()
        for route in exposure.paths.values()
        if route.component == name
    ]
    if public:
        namespaces = {"key": _NAMESPACE, "operator": "In", "values": list(GATEWAY_NAMESPACES)}
        gateway = {"namespaceSelector": {"matchExpressions": [namespaces]}}
        rules.append({"from": [gateway], "ports": _numbers(public)})
    return rules


def _egress(instance: Instance, name: str) -> list[Object]:
    component = instance.stack.components[name]
    dns = {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {_NAMESPACE: "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [dict(port) for port in _DNS_PORTS],
    }
    rules: list[Object] = [dns]
    for other in used_by(instance.stack, name):
        ports = list(instance.stack.components[other].ports.values())
        if ports:
            rules.append({"to": [_pods(instance, other)], "ports": _numbers(ports)})
    if isinstance(component, Stateful):
        rules.append({"to": [_pods(instance, name)]})
    return rules
