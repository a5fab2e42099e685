# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something outside the cluster by a name inside: through a proxy, or straight."""

from __future__ import annotations

import ipaddress

from .container_objects import pod_security, protocol, resources
from .containers import Security, Target
from .context import Context
from .merge import PROXY_IMAGE
from .model import External
from .naming import CONFIGURATION, Object, labels, metadata, short_hash
from .network import services
from .pods import dns_config, spread
from .workloads import account, budget, kind, rolling

# Number of the user "haproxy" in the image.
_USER = 99
_FILE = "haproxy.cfg"
_FOLDER = "/usr/local/etc/haproxy"
# The proxy's own ports: those below 1024 are not for ordinary users on every node.
_FIRST, _HEALTH = 20000, 8404
_START_WITHIN_S = 60
# Connections that exist are finished; whoever holds one longer is cut off.
_DELAY_S, _GRACE_S = 5, 30

_COMMON = """\
global
  log stdout format raw local0 notice
  maxconn 8192
  hard-stop-after 30s

resolvers pod
  parse-resolv-conf
  hold valid 10s

defaults
  mode tcp
  log global
  option dontlognull
  option tcpka
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
  default-server check inter 2s fall 3 rise 1 resolvers pod init-addr last,libc,none
"""


def listeners(component: External) -> dict[str, int]:
    """Return the ports that the proxy's pods listen on for those of the Service."""
    return {name: _FIRST + number for number, name in enumerate(component.ports)}


def target_port(component: External, target: Target, name: str) -> int:
    """Return the port of the target for a port of the component."""
    return target.ports.get(name) or target.port or component.ports[name].number


def external(context: Context, name: str, component: External) -> list[Object]:
    """Return the objects of something outside, but for its NetworkPolicy."""
    target = component.target
    if target is None:
        return []
    if component.proxy:
        return _proxied(context, name, component, target)
    return _straight(context, name, component, target)


def configuration(component: External, target: Target) -> str:
    """Return the proxy's configuration."""
    ready = [f"  monitor fail if {{ nbsrv({name}) lt 1 }}" for name in component.ports]
    # No port of a component can have a name with a dot.
    health = ["frontend .health", f"  bind :::{_HEALTH} v4v6", "  mode http"]
    # Without "wait" the pods are ready even when nobody answers behind them.
    health += ["  monitor-uri /ready", *(ready if component.wait else [])]
    parts = [_COMMON, "\n".join(health) + "\n"]
    host = f"[{target.host}]" if ":" in target.host else target.host
    for name, number in listeners(component).items():
        parts.append(
            f"frontend {name}\n  bind :::{number} v4v6\n"
            f"  default_backend {name}\n\n"
            f"backend {name}\n  server target {host}:{target_port(component, target, name)}\n"
        )
    return "\n".join(parts)


def _proxied(context: Context, name: str, component: External, target: Target) -> list[Object]:
    data = {_FILE: configuration(component, target)}
    template = _template(context, name, component, data)
    return [
        *account(context, name, component),
        kind("v1", "ConfigMap", metadata(context.instance, name, name), data=data),
        *services(context, name),
        *budget(context, name, component.replicas),
        rolling(context, name, {"replicas": component.replicas}, _START_WITHIN_S, template),
    ]


def _template(context: Context, name: str, component: External, data: dict[str, str]) -> Object:
    probe = {"httpGet": {"path": "/ready", "port": _HEALTH}, "timeoutSeconds": 3}
    live = {"tcpSocket": {"port": _HEALTH}, "timeoutSeconds": 3}
    ports = [
        {"name": port, "containerPort": number} for port, number in listeners(component).items()
    ]
    container = {
        "name": name,
        "image": context.instance.tools[PROXY_IMAGE],
        "command": ["haproxy", "-W", "-db", "-f", f"{_FOLDER}/{_FILE}"],
        "ports": ports,
        "resources": resources(component.resources),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "configuration", "mountPath": _FOLDER, "readOnly": True}],
        "readinessProbe": {**probe, "periodSeconds": 2, "failureThreshold": 2},
        "livenessProbe": {**live, "periodSeconds": 10, "failureThreshold": 3},
        "lifecycle": {"preStop": {"sleep": {"seconds": _DELAY_S}}},
    }
    return {
        "metadata": {
            "labels": labels(context.instance, name),
            "annotations": {CONFIGURATION: short_hash(data)},
        },
        "spec": {
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": _DELAY_S + _GRACE_S,
            "securityContext": pod_security(Security(user=_USER)),
            "dnsConfig": dns_config(),
            "topologySpreadConstraints": [spread(context, name, component)],
            "containers": [container],
            "volumes": [{"name": "configuration", "configMap": {"name": name}}],
        },
    }


def _straight(context: Context, name: str, component: External, target: Target) -> list[Object]:
    """Return a Service without a selector and the EndpointSlice that says where it leads."""
    ports = [
        {
            "name": port,
            "port": declared.number,
            "targetPort": target_port(component, target, port),
            **protocol(declared),
        }
        for port, declared in component.ports.items()
    ]
    meta = metadata(context.instance, name, name)
    slice_meta = metadata(context.instance, name, name)
    slice_meta["labels"] |= {
        "kubernetes.io/service-name": name,
        "endpointslice.kubernetes.io/managed-by": "landfall",
    }
    return [
        kind("v1", "Service", meta, spec={"ports": ports}),
        kind(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            slice_meta,
            addressType=f"IPv{ipaddress.ip_address(target.host).version}",
            endpoints=[{"addresses": [target.host], "conditions": {"ready": True}}],
            ports=[
                {"name": one["name"], "port": one["targetPort"], "protocol": declared.protocol}
                for one, declared in zip(ports, component.ports.values())
            ],
        ),
    ]
