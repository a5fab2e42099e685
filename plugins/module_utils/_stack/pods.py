# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a component: containers, probes, volumes and what they may."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Optional

from .model import Component, Probe, Security, Stateful
from .naming import (
    CONFIGURATION,
    SECRETS,
    Object,
    labels,
    plain_environment,
    secret_environment,
    selector,
    short_hash,
)
from .secrets import Settled
from .settings import Instance

# Enough to be scheduled fairly; whoever knows better says so in the stack.
DEFAULT_REQUESTS = {"cpu": "50m", "memory": "64Mi"}
READY_FAILURES, LIVE_FAILURES = 3, 6
START_PERIOD_S = 2
# A name server on a node that just died must not cost every look-up the resolver's 5 s: it is
# given 1 s, and the next question usually goes to another one.
DNS_OPTIONS = (("timeout", "1"), ("attempts", "3"))


def pod_template(instance: Instance, name: str, secrets: Mapping[str, Settled]) -> Object:
    """Return the pod template of component ``name``."""
    component = instance.stack.components[name]
    annotations = _annotations(instance, name, secrets)
    meta: Object = {"labels": labels(instance, name)}
    if annotations:
        meta["annotations"] = annotations
    spec: Object = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _delay(component) + component.stop.grace,
        "securityContext": _pod_security(component.security),
        "dnsConfig": {"options": [{"name": name, "value": value} for name, value in DNS_OPTIONS]},
        # Always there, whatever the number of replicas: scaling must not replace pods.
        "topologySpreadConstraints": [_spread(instance, name)],
        "containers": [_container(instance, name)],
    }
    volumes = [_scratch_volume(i, component) for i in range(len(component.scratch))]
    if volumes:
        spec["volumes"] = volumes
    return {"metadata": meta, "spec": spec}


def _annotations(instance: Instance, name: str, secrets: Mapping[str, Settled]) -> dict[str, str]:
    """Return what makes pods be replaced when the configuration that they use changed."""
    plain = plain_environment(instance, name)
    used = {s for s, _ in secret_environment(_environment(instance, name)).values()}
    found = {}
    if plain:
        found[CONFIGURATION] = short_hash(plain)
    if used:
        found[SECRETS] = ",".join(f"{one}={secrets[one].revision}" for one in sorted(used))
    return found


def _environment(instance: Instance, name: str) -> Mapping[str, str]:
    return instance.stack.components[name].environment


def _delay(component: Component) -> int:
    """Seconds to wait before the end: only who has ports gets requests."""
    return component.stop.delay if component.ports else 0


def _spread(instance: Instance, name: str) -> Object:
    spread: Object = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector(instance, name)},
    }
    if not isinstance(instance.stack.components[name], Stateful):
        # During a roll-out the old pods must not push the new ones onto one node.
        spread["matchLabelKeys"] = ["pod-template-hash"]
    return spread


def _container(instance: Instance, name: str) -> Object:
    component = instance.stack.components[name]
    container: Object = {
        "name": name,
        "image": component.image,
        "command": list(component.command),
        "args": list(component.arguments),
        "ports": [{"name": port, "containerPort": n} for port, n in component.ports.items()],
        "resources": _resources(component),
        "securityContext": _container_security(component.security),
        "volumeMounts": _mounts(component),
        **_sources(instance, name),
        **_probes(component),
    }
    if _delay(component):
        container["lifecycle"] = {"preStop": {"sleep": {"seconds": _delay(component)}}}
    return {field: value for field, value in container.items() if value not in ([], {})}


def _sources(instance: Instance, name: str) -> Object:
    plain = plain_environment(instance, name)
    secret = secret_environment(_environment(instance, name))
    return {
        "envFrom": [{"configMapRef": {"name": name}}] if plain else [],
        "env": [
            {"name": variable, "valueFrom": {"secretKeyRef": {"name": place, "key": key}}}
            for variable, (place, key) in secret.items()
        ],
    }


def _resources(component: Component) -> Object:
    own, limits = component.resources.requests, component.resources.limits
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


def _pod_security(security: Security) -> Object:
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


def _container_security(security: Security) -> Object:
    capabilities: Object = {"drop": ["ALL"]}
    if security.capabilities:
        capabilities["add"] = sorted(set(security.capabilities))
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": not security.writable,
        "capabilities": capabilities,
    }


def is_restricted(component: Component) -> bool:
    """Tell whether the Pod Security level ``restricted`` allows the component's pods."""
    allowed = {"NET_BIND_SERVICE"}
    return not component.security.root and set(component.security.capabilities) <= allowed


# directories ------------------------------------------------------------------------------------


def _scratch_volume(number: int, component: Component) -> Object:
    scratch = component.scratch[number]
    directory = {"sizeLimit": scratch.size}
    if scratch.memory:
        directory["medium"] = "Memory"
    return {"name": f"scratch-{number}", "emptyDir": directory}


def _mounts(component: Component) -> list[Object]:
    mounts = [
        {"name": f"scratch-{number}", "mountPath": scratch.path}
        for number, scratch in enumerate(component.scratch)
    ]
    if isinstance(component, Stateful):
        mounts += [
            {"name": claim_name(name), "mountPath": volume.path}
            for name, volume in component.volumes.items()
        ]
    return mounts


def claim_name(volume: str) -> str:
    """Return the name of a volume's claim template; a scratch directory never has it."""
    return f"claim-{volume}"


# probes -----------------------------------------------------------------------------------------


def _probes(component: Component) -> Object:
    ready, live = component.probes.ready, component.probes.live
    if ready is None and component.ports:
        ready = Probe()
    first = live or ready
    found: Object = {}
    if ready:
        found["readinessProbe"] = _probe(component, ready, READY_FAILURES)
    if live:
        found["livenessProbe"] = _probe(component, live, LIVE_FAILURES)
    if first:
        found["startupProbe"] = {
            **_probe(component, first, None),
            "periodSeconds": START_PERIOD_S,
            "failureThreshold": math.ceil(component.probes.start_within / START_PERIOD_S),
        }
    return found


def _probe(component: Component, probe: Probe, failures: Optional[int]) -> Object:
    common = {
        "periodSeconds": probe.period,
        "timeoutSeconds": probe.timeout,
        "failureThreshold": probe.failures or failures,
    }
    if probe.command:
        return {"exec": {"command": list(probe.command)}, **common}
    port = probe.port or next(iter(component.ports))
    if probe.http:
        return {"httpGet": {"path": probe.http, "port": port}, **common}
    return {"tcpSocket": {"port": port}, **common}
