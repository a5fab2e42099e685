# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetworkPolicies: who reaches whom follows from who uses whom.

A node's own probes need no rule: traffic from the node of a pod is always allowed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Optional
from urllib.parse import urlsplit

from .containers import Port
from .context import Context
from .model import Component, External, Foreign, Pods, Stateful, ports_of, published
from .naming import COMPONENT, PROXY_LABELS, PROXY_NAMESPACE, Object, metadata, selector
from .proxy import listeners, target_port

_NAMESPACE = "kubernetes.io/metadata.name"
# Where the API server may answer; its addresses are the control planes' own.
_API_PORTS = (443, 6443)


def policy(context: Context, name: str) -> Object:
    """Return who may reach a component's pods, and whom they may reach."""
    component = context.component(name)
    spec: Object = {
        "podSelector": {"matchLabels": selector(context.instance, name)},
        "policyTypes": ["Ingress"],
        "ingress": _ingress(context, name),
    }
    if isinstance(component, External) or _is_limited(component):
        spec["policyTypes"] = ["Ingress", "Egress"]
        spec["egress"] = _egress(context, name)
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(context.instance, name, name),
        "spec": spec,
    }


def _is_limited(component: Component) -> bool:
    return isinstance(component, Pods) and component.outbound == "used"


def _pods(context: Context, name: str) -> Object:
    """Return the pods of a component; those of charts and manifests have a label of ours."""
    if isinstance(context.component(name), Foreign):
        return {"podSelector": {"matchLabels": {COMPONENT: name}}}
    return {"podSelector": {"matchLabels": selector(context.instance, name)}}


def _elsewhere(namespace: str, marks: dict[str, str]) -> Object:
    """Return the pods of the platform in a namespace that have these labels."""
    return {
        "namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}},
        "podSelector": {"matchLabels": dict(marks)},
    }


def _numbers(ports: Iterable[Port]) -> list[Object]:
    found = sorted({(port.protocol, port.number) for port in ports})
    return [{"port": number, "protocol": protocol} for protocol, number in found]


def _inner(component: Component) -> list[Port]:
    """Return the ports that a component's pods listen on."""
    if isinstance(component, External):
        return [Port(number) for number in listeners(component).values()]
    return list(ports_of(component).values())


def _ingress(context: Context, name: str) -> list[Object]:
    component = context.component(name)
    rules: list[Object] = []
    users, ports = context.users[name], _inner(component)
    if users and ports:
        rules.append({"from": [_pods(context, one) for one in users], "ports": _numbers(ports)})
    if isinstance(component, Stateful):
        rules.append({"from": [_pods(context, name)]})
    routed = _routed(context, name)
    if routed:
        gateway = _elsewhere(PROXY_NAMESPACE, PROXY_LABELS)
        rules.append({"from": [gateway], "ports": _numbers(routed)})
    public = published(component)
    if public:
        declared = ports_of(component)
        rules.append({"ports": _numbers(declared[port] for port in public)})
    return rules


def _routed(context: Context, name: str) -> list[Port]:
    component = context.component(name)
    inner = dict(zip(ports_of(component), _inner(component)))
    return [
        inner[route.port or next(iter(inner))]
        for exposure in context.stack.expose.values()
        for route in exposure.paths.values()
        if route.component == name
    ]


def _egress(context: Context, name: str) -> list[Object]:
    component = context.component(name)
    dns = {
        "to": [_elsewhere("kube-system", {"k8s-app": "kube-dns"})],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    }
    rules: list[Object] = [dns]
    for other in context.uses[name]:
        rules += _towards(context, other)
    if isinstance(component, Stateful):
        rules.append({"to": [_pods(context, name)]})
    if isinstance(component, External):
        rules += _outside(component)
    if isinstance(component, Pods):
        for content in component.content:
            url = urlsplit(content.url)
            port = Port(url.port or (443 if url.scheme == "https" else 80))
            rules.append(_to_host(url.hostname or "", [port]))
        if component.access:
            rules.append({"ports": _numbers(map(Port, _API_PORTS))})
    return rules


def _towards(context: Context, other: str) -> list[Object]:
    """Return the rules that let pods reach a component that they use."""
    component = context.component(other)
    if isinstance(component, Foreign):
        return [{"to": [_pods(context, other)]}]
    if isinstance(component, External) and not component.proxy:
        return _outside(component)
    ports = _inner(component)
    return [{"to": [_pods(context, other)], "ports": _numbers(ports)}] if ports else []


def _outside(component: External) -> list[Object]:
    target = component.target
    if target is None:
        return []
    ports = [
        Port(target_port(component, target, name), port.protocol)
        for name, port in component.ports.items()
    ]
    return [_to_host(target.host, ports)]


def _to_host(host: str, ports: list[Port]) -> Object:
    """Return the rule towards a host; policies know addresses alone, so a name opens the port."""
    block = _block(host)
    rule: Object = {"ports": _numbers(ports)}
    return {"to": [{"ipBlock": {"cidr": block}}], **rule} if block else rule


def _block(host: str) -> Optional[str]:
    try:
        return str(ipaddress.ip_network(host.strip("[]")))
    except ValueError:
        return None
