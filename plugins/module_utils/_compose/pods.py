# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a component's pods run: what they may, what they get, when they are ready, where they are."""

from __future__ import annotations

import re
from typing import Any

from .._kube.compare import quantity
from .._stack.kinds import LABEL_KEY, LABEL_VALUE
from .credentials import Credentials, guarded_test
from .model import Service
from .world import World

# Of what container runtimes allow by default, what programs that begin as root go on with.
_USUAL = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")
_ALLOWED = frozenset(
    {*_USUAL, "AUDIT_WRITE", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETPCAP"}
    | {"SYS_CHROOT"}
)
_UNPRIVILEGED = 1024
_USER = re.compile(r"([0-9]{1,9})(?::([0-9]{1,9}))?")
_CONSTRAINT = re.compile(r"\s*node\.(labels\.(?P<label>\S+)|hostname)\s*==\s*(?P<value>\S+)\s*")
_MOST_PERIOD, _MOST_START, _LEAST_START = 300, 3600, 120


def security(world: World, service: Service) -> dict[str, Any]:
    """Return what the containers may: as little as lets the image run as it does elsewhere."""
    _note_rights(world, service)
    found: dict[str, Any] = _user(world, service)
    if not service.read_only:
        found["writable"] = True
    added = [name.upper().removeprefix("CAP_") for name in service.cap_add]
    kept = (
        list(_USUAL) if found.get("root") and "ALL" not in map(str.upper, service.cap_drop) else []
    )
    dropped = {name.upper().removeprefix("CAP_") for name in service.cap_drop}
    ports = world.ports.get(service.name, {}).values()
    if found.get("root") and any(port.number < _UNPRIVILEGED for port in ports):
        kept.append("NET_BIND_SERVICE")
    capabilities = {name for name in kept if name not in dropped}
    capabilities |= {name for name in added if name in _ALLOWED}
    for name in sorted(set(added) - _ALLOWED):
        world.notes.add(
            f"{service.place}.cap_add",
            f"the capability {name}",
            "it is beyond what namespaces of stacks allow",
            "change the image so that it does without, or deploy it as manifests",
        )
    if capabilities:
        found["capabilities"] = sorted(capabilities)
    return found


def _user(world: World, service: Service) -> dict[str, Any]:
    given = _USER.fullmatch(service.user)
    image = world.known(service.name)
    if given and int(given[1]):
        user, group = int(given[1]), int(given[2] or 0)
        return {"user": user, "group": group} if group and group != user else {"user": user}
    if service.user and not given and service.user.partition(":")[0] != "root":
        world.notes.add(
            f"{service.place}.user",
            f"the user {service.user}",
            "Kubernetes needs a number, so the image's own user counts",
            "set security: {user: <its number>}",
        )
    elif image.user and not service.user:
        return {"user": image.user}
    else:
        world.notes.gather(
            service.name,
            "containers that may run as root and write their file system",
            "containers of Compose may, and images may count on it",
            "set security: {user: …} without root and writable, with scratch where it writes",
        )
    return {"root": True}


def _note_rights(world: World, service: Service) -> None:
    if service.raw.get("privileged") is True:
        world.notes.add(
            f"{service.place}.privileged",
            "all rights on the host",
            "containers of a stack have none",
            "see which right it needs; what manages nodes belongs into manifests or the platform",
        )


def resources(service: Service) -> dict[str, Any]:
    """Return requests and limits; a request is never above its limit."""
    limits, requests = service.deploy.limits, dict(service.deploy.requests)
    for name, most in limits.items():
        if name in requests and (quantity(requests[name]) or 0) > (quantity(most) or 0):
            requests[name] = most
    found = {"requests": requests, "limits": dict(limits)}
    return {name: value for name, value in found.items() if value}


def probes(world: World, service: Service, found: Credentials) -> dict[str, Any]:
    """Return when the pods are ready; by the service's health check if it has one."""
    health = service.health
    if health is None or not health.test:
        return {}
    words = guarded_test(health.test, health.shell, service, found)
    if words is None or not fitting(words):
        world.notes.add(
            f"{service.place}.healthcheck",
            "the health check",
            "it holds a password, or an empty or too long word; a TCP connection is asked instead",
            "set probes: with a command that reads the password from a variable",
        )
        return {}
    ready = {
        "command": list(words),
        "period": min(max(health.interval, 1), _MOST_PERIOD),
        "timeout": min(max(health.timeout, 1), _MOST_PERIOD),
        "failures": min(max(health.retries, 1), 100),
    }
    start = health.start_period + health.interval * health.retries
    if start > _LEAST_START:
        return {"ready": ready, "start_within": min(start, _MOST_START)}
    return {"ready": ready}


def stop(service: Service, kind: str, replicas: int) -> dict[str, int]:
    """Return how the pods end."""
    found = {}
    if kind == "stateful" and replicas < 2:
        # There is one: nobody else can take the requests while it waits.
        found["delay"] = 0
    if service.stop_grace:
        found["grace"] = min(service.stop_grace, 3600)
    return found


def nodes(world: World, service: Service) -> dict[str, Any]:
    """Return where the pods may run."""
    selector = {}
    for number, text in enumerate(service.deploy.constraints):
        found = _CONSTRAINT.fullmatch(text)
        label = (found["label"] or "kubernetes.io/hostname") if found else ""
        value = found["value"] if found else ""
        if re.fullmatch(LABEL_KEY.pattern, label) and re.fullmatch(LABEL_VALUE.pattern, value):
            selector[label] = value
            continue
        world.notes.add(
            f"{service.place}.deploy.placement.constraints[{number}]",
            text,
            "pods are placed by labels of nodes alone, and not on control planes",
            "label the nodes, and set nodes: {selector: {<label>: <value>}}",
        )
    return {"selector": selector} if selector else {}


def fitting(words: tuple[str, ...]) -> bool:
    """Tell whether the stack takes a command's words."""
    return all(0 < len(word) <= 4096 for word in words)
