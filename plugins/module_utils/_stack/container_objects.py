# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers of a pod: what they run, what they may, and how they are asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Optional, Union

from .containers import Content, Init, Port, Probe, Probes, Resources, Security
from .context import Context, has_traffic, secret
from .merge import CONTENT_IMAGE
from .model import Pods, Running, fetcher_name
from .naming import Object
from .volumes import content_mount, main_mounts, other_mounts

# Enough to be scheduled fairly; whoever knows better says so in the stack.
DEFAULT_REQUESTS = {"cpu": "50m", "memory": "64Mi"}
FETCHER_RESOURCES = {**DEFAULT_REQUESTS}, {"memory": "256Mi"}
READY_FAILURES, LIVE_FAILURES = 3, 6
START_PERIOD_S = 2


def main_container(context: Context, name: str, component: Pods) -> Object:
    """Return a component's own container; its variables are in the ConfigMap of its name."""
    container = {
        **_common(component),
        "name": name,
        "securityContext": _may(component.security),
        "volumeMounts": main_mounts(component),
        "envFrom": _sources(component),
        "env": _secret_variables(component.environment),
    }
    if context.plain(component.environment):
        # The last one wins: what a component says itself counts more than what it shares.
        container["envFrom"].append({"configMapRef": {"name": name}})
    if isinstance(component, Running):
        container |= {"ports": _ports(component.ports)}
        container |= probes(component.probes, component.ports)
    if delay(component):
        container["lifecycle"] = {"preStop": {"sleep": {"seconds": delay(component)}}}
    return _lean(container)


def init_containers(context: Context, component: Pods) -> list[Object]:
    """Return what runs before: tarballs are unpacked, then the stack's own, then sidecars start."""
    found = [_fetcher(context, number, content) for number, content in enumerate(component.content)]
    found += [_other(context, component, name, one) for name, one in component.init.items()]
    for name, sidecar in component.sidecars.items():
        made = _other(context, component, name, sidecar)
        found.append(
            _lean(
                {
                    **made,
                    "restartPolicy": "Always",
                    "ports": _ports(sidecar.ports),
                    **probes(sidecar.probes, sidecar.ports),
                }
            )
        )
    return found


def _other(context: Context, component: Pods, name: str, container: Init) -> Object:
    # Kubernetes would take $(NAME) and $$ for its own references.
    plain = context.plain(container.environment).items()
    return _lean(
        {
            **_common(container),
            "name": name,
            "securityContext": {
                **_may(container.security),
                **_user(component.security, container.security),
            },
            "volumeMounts": other_mounts(component, container),
            "envFrom": _sources(container),
            "env": [{"name": key, "value": text.replace("$", "$$")} for key, text in plain]
            + _secret_variables(container.environment),
        }
    )


def _fetcher(context: Context, number: int, content: Content) -> Object:
    requests, limits = FETCHER_RESOURCES
    url = content.url.replace("$", "$$")
    arguments = [f"--url={url}", f"--into={content.path}", f"--strip={content.strip}"]
    if content.digest:
        arguments.append(f"--digest={content.digest}")
    return {
        "name": fetcher_name(number),
        "image": context.instance.tools[CONTENT_IMAGE],
        "args": arguments,
        "resources": {"requests": dict(requests), "limits": dict(limits)},
        "securityContext": _may(Security()),
        "volumeMounts": [content_mount(number, content, writable=True)],
    }


def _common(container: Union[Pods, Init]) -> Object:
    return {
        "name": "",
        "image": container.image,
        "command": list(container.command),
        "args": list(container.arguments),
        "resources": resources(container.resources),
    }


def _lean(container: Object) -> Object:
    return {field: value for field, value in container.items() if value not in ([], {})}


def _ports(ports: Mapping[str, Port]) -> list[Object]:
    return [
        {"name": name, "containerPort": port.number, **protocol(port)}
        for name, port in ports.items()
    ]


def protocol(port: Port) -> Object:
    """Return the field that says a port's protocol; TCP is what everybody assumes."""
    return {} if port.protocol == "TCP" else {"protocol": port.protocol}


def delay(component: Pods) -> int:
    """Return the seconds to wait before the end: only who has ports gets requests."""
    return component.stop.delay if has_traffic(component) else 0


def _sources(container: Union[Pods, Init]) -> list[Object]:
    return [
        {"configMapRef": {"name": source.config}}
        if source.config
        else {"secretRef": {"name": source.secret}}
        for source in container.environment_from
    ]


def _secret_variables(environment: Mapping[str, str]) -> list[Object]:
    places = {name: secret(text) for name, text in environment.items()}
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": place[0], "key": place[1]}}}
        for name, place in places.items()
        if place
    ]


def resources(declared: Resources) -> Object:
    """Return requests and limits; everything requests something."""
    own, limits = declared.requests, declared.limits
    requests = {
        # A limit without a request is the request, too; so says Kubernetes.
        "cpu": own.cpu or limits.cpu or DEFAULT_REQUESTS["cpu"],
        "memory": own.memory or limits.memory or DEFAULT_REQUESTS["memory"],
    }
    most = {"cpu": limits.cpu, "memory": limits.memory}
    found: Object = {"requests": requests}
    if any(most.values()):
        found["limits"] = {name: value for name, value in most.items() if value}
    return found


# what it may ------------------------------------------------------------------------------------


def pod_security(security: Security) -> Object:
    """Return what all containers of a pod may, unless they say otherwise."""
    found: Object = {"seccompProfile": {"type": "RuntimeDefault"}}
    if not security.root:
        found["runAsNonRoot"] = True
    if security.user:
        found["runAsUser"] = security.user
    group = security.group or security.user
    if group:
        found |= {
            "runAsGroup": group,
            "fsGroup": group,
            "fsGroupChangePolicy": "OnRootMismatch",
        }
    return found


def _user(pod: Security, own: Security) -> Object:
    """Return what differs from the pod's user."""
    found: Object = {}
    if own.root != pod.root:
        found["runAsNonRoot"] = not own.root
    if own.root and pod.user:
        found["runAsUser"] = 0
    if own.user:
        found["runAsUser"] = own.user
    if own.group or own.user:
        found["runAsGroup"] = own.group or own.user
    return found


def _may(security: Security) -> Object:
    capabilities: Object = {"drop": ["ALL"]}
    if security.capabilities:
        capabilities["add"] = sorted(set(security.capabilities))
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": not security.writable,
        "capabilities": capabilities,
    }


def is_restricted(component: Pods) -> bool:
    """Tell whether the Pod Security level ``restricted`` allows the component's pods."""
    allowed = {"NET_BIND_SERVICE"}
    every = [component.security]
    every += [one.security for one in {**component.init, **component.sidecars}.values()]
    return all(not one.root and set(one.capabilities) <= allowed for one in every)


# probes -----------------------------------------------------------------------------------------


def probes(declared: Probes, ports: Mapping[str, Port]) -> Object:
    """Return how a container is asked whether it started, is ready, and lives."""
    ready, live = declared.ready, declared.live
    tcp = [name for name, port in ports.items() if port.protocol == "TCP"]
    if ready is None and tcp:
        ready = Probe()
    first = live or ready
    found: Object = {}
    if ready:
        found["readinessProbe"] = _probe(ready, tcp, READY_FAILURES)
    if live:
        found["livenessProbe"] = _probe(live, tcp, LIVE_FAILURES)
    if first:
        found["startupProbe"] = {
            **_probe(first, tcp, None),
            "periodSeconds": START_PERIOD_S,
            "failureThreshold": math.ceil(declared.start_within / START_PERIOD_S),
        }
    return found


def _probe(probe: Probe, tcp: list[str], failures: Optional[int]) -> Object:
    common = {
        "periodSeconds": probe.period,
        "timeoutSeconds": probe.timeout,
        "failureThreshold": probe.failures or failures,
    }
    if probe.command:
        return {"exec": {"command": list(probe.command)}, **common}
    port = probe.port or tcp[0]
    if probe.http:
        return {"httpGet": {"path": probe.http, "port": port}, **common}
    return {"tcpSocket": {"port": port}, **common}
