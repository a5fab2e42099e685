# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a component is reached: Services, and routes through the shared Gateway."""

from __future__ import annotations

from typing import Optional

from .._kube.ready import WAIT
from .container_objects import protocol
from .context import Context
from .model import (
    Component,
    Exposure,
    Running,
    Stateful,
    members_name,
    ports_of,
    public_name,
    published,
    redirect_name,
)
from .naming import ADDRESS, GATEWAY, Object, metadata, selector


def services(context: Context, name: str) -> list[Object]:
    """Return the Services of a component: its own, its members', and the public one."""
    component = context.component(name)
    found = [service(context, name, name)] if ports_of(component) else []
    if isinstance(component, Stateful):
        headless = service(context, name, members_name(name))
        # Members must find each other before they are ready.
        headless["spec"] |= {"clusterIP": "None", "publishNotReadyAddresses": True}
        found.append(headless)
    if isinstance(component, Running) and component.publish:
        found.append(_public(context, name, component.publish.address))
    return found


def service(context: Context, component: str, name: str) -> Object:
    """Return a Service with all ports of a component."""
    spec: Object = {"selector": selector(context.instance, component)}
    ports = [
        {"name": port, "port": declared.number, "targetPort": port, **protocol(declared)}
        for port, declared in ports_of(context.component(component)).items()
    ]
    if ports:
        spec["ports"] = ports
    return _object(context, "Service", name, component, spec)


def _public(context: Context, name: str, address: str) -> Object:
    component = context.component(name)
    ports = ports_of(component)
    spec: Object = {
        "type": "LoadBalancer",
        "selector": selector(context.instance, name),
        "ports": [
            {"name": port, "port": number, "targetPort": port, **protocol(ports[port])}
            for port, number in published(component).items()
        ],
    }
    found = _object(context, "Service", public_name(name), name, spec)
    # Without a word the Service gets an address of its own, when the site has some to give.
    words = {} if address == "own" else {ADDRESS: address}
    found["metadata"]["annotations"] = {**words, WAIT: "true"}
    return found


def _object(context: Context, kind: str, name: str, component: str, spec: Object) -> Object:
    meta = metadata(context.instance, name, component)
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": spec}


def routes(context: Context) -> list[Object]:
    """Return the HTTPRoutes of all exposures."""
    found = []
    for name, exposure in context.stack.expose.items():
        section = "" if exposure.https == "both" else "https"
        found.append(_route(context, name, name, section, _rules(context, exposure)))
        if exposure.https == "redirect":
            redirect = {"scheme": "https", "statusCode": 301}
            rules = [{"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}]
            found.append(_route(context, redirect_name(name), name, "http", rules))
    return found


def _rules(context: Context, exposure: Exposure) -> list[Object]:
    rules = []
    # The longest path that fits wins anyway; in this order people see it, too.
    for path, route in sorted(exposure.paths.items(), key=lambda item: (-len(item[0]), item[0])):
        port = route_port(context.component(route.component), route.port)
        rules.append(
            {
                "matches": [{"path": {"type": "PathPrefix", "value": path}}],
                "backendRefs": [{"name": route.component, "port": port}],
            }
        )
    return rules


def _route(context: Context, name: str, exposure: str, section: str, rules: list[Object]) -> Object:
    # Without a section it attaches to all listeners of the Gateway.
    parent = {**GATEWAY, **({"sectionName": section} if section else {})}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(context.instance, name),
        "spec": {
            "parentRefs": [parent],
            "hostnames": list(context.instance.hosts[exposure]),
            "rules": rules,
        },
    }


def route_port(component: Component, name: Optional[str]) -> int:
    """Return the number of a port, of the first one without a name."""
    ports = ports_of(component)
    return ports[name].number if name else next(iter(ports.values())).number
