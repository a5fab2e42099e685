# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a service that a stack has no place for, each with the reason and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core.names import hint
from .document import scalar
from .model import Service
from .world import World

# Read elsewhere, or the same for every component of a stack.
_MAPPED = frozenset(
    {"build", "cap_add", "cap_drop", "command", "configs", "container_name", "cpus", "depends_on"}
    | {"deploy", "entrypoint", "env_file", "environment", "expose", "extends", "healthcheck"}
    | {"image", "labels", "links", "mem_limit", "mem_reservation", "networks", "ports"}
    | {"privileged", "profiles", "read_only", "restart", "scale", "secrets", "shm_size"}
    | {"stop_grace_period", "tmpfs", "user", "volumes", "attach", "develop", "platform"}
    | {"pull_policy", "stdin_open", "tty", "annotations"}
)
_HOST = ("it shares the host with others, which pods of a stack do not",)
_KERNEL = ("it changes the kernel of the node, which belongs to all of its pods",)
_NODES = "set it on the nodes (role node) if the program needs it"
_UNMAPPED: Mapping[str, tuple[str, str]] = {
    "blkio_config": ("there is no such limit for pods", ""),
    "cgroup": (*_HOST, ""),
    "cgroup_parent": (*_HOST, ""),
    "cpu_shares": ("shares follow the requested CPU", "set resources: {requests: {cpu: …}}"),
    "cpu_quota": ("limits are in CPUs", "set resources: {limits: {cpu: …}}"),
    "cpuset": ("pods are not bound to single CPUs", ""),
    "credential_spec": ("it is of Windows", ""),
    "device_cgroup_rules": ("pods of a stack have no devices", "deploy it as manifests"),
    "devices": ("pods of a stack have no devices", "deploy it as manifests"),
    "dns": ("names are resolved by the cluster", "set the cluster's upstream name servers"),
    "dns_opt": ("names are resolved by the cluster", ""),
    "dns_search": ("names are resolved by the cluster", "use full names"),
    "domainname": ("pods have the cluster's domain", ""),
    "external_links": (
        "there are no containers outside the stack",
        "declare a component of type external",
    ),
    "extra_hosts": (
        "pods have no host table of their own",
        "declare a component of type external, or use the name server",
    ),
    "gpus": ("pods of a stack have no devices", "deploy it as manifests"),
    "group_add": ("pods have one group", "set security: {group: …}"),
    "init": (
        "a pod's first process is the image's program",
        "add an init such as tini to the image",
    ),
    "ipc": (*_HOST, ""),
    "isolation": ("it is of Windows", ""),
    "logging": ("the platform collects what containers write to their output", ""),
    "mac_address": ("pods get their addresses from the cluster", ""),
    "mem_swappiness": ("nodes do not swap", ""),
    "memswap_limit": ("nodes do not swap", ""),
    "oom_kill_disable": ("the node decides it", "set resources: {limits: {memory: …}}"),
    "oom_score_adj": ("the node decides it", "set resources: {requests: {memory: …}}"),
    "pid": (*_HOST, "make the containers sidecars of one component"),
    "pids_limit": ("the node limits processes of pods", _NODES),
    "runtime": ("the cluster has one runtime", ""),
    "security_opt": ("pods run with the runtime's own profiles", ""),
    "stop_signal": (
        "pods are ended with the signal that the image names, TERM by default",
        "set STOPSIGNAL in the image",
    ),
    "storage_opt": ("there is no such limit for pods", ""),
    "sysctls": (*_KERNEL, _NODES),
    "ulimits": ("limits of processes are those of the node's container runtime", _NODES),
    "userns_mode": (*_HOST, ""),
    "uts": (*_HOST, ""),
    "volumes_from": ("a claim is of one component", "make them sidecars of one component"),
    "working_dir": (
        "a component has no working directory of its own",
        "set WORKDIR in the image, or use absolute paths in command and arguments",
    ),
}


def note_unmapped(world: World, service: Service) -> None:
    """Note the fields of a service that are not in the stack."""
    for name, value in service.raw.items():
        place = f"{service.place}.{name}"
        if name in _UNMAPPED and value not in (None, [], {}, False, ""):
            if not _is_usual(name, value):
                why, remedy = _UNMAPPED[name]
                world.notes.add(place, f"{name}: {_shown(value)}", why, remedy)
        elif name not in _MAPPED and name not in _UNMAPPED and not _is_special(name):
            known = [*_MAPPED, *_UNMAPPED]
            remedy = hint(name, known) if len(name) < 40 else ""
            close = remedy if remedy.startswith("did") else ""
            world.notes.add(place, f"the field {name}", "Compose has none of this name", close)
    _note_names(world, service)
    _note_deploy(world, service)


def _is_usual(name: str, value: Any) -> bool:
    return name == "stop_signal" and scalar(value).removeprefix("SIG") in {"TERM", "15"}


def _is_special(name: str) -> bool:
    return name.startswith("x-") or name in {"hostname", "network_mode"}


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value[:3]) + (" …" if len(value) > 3 else "")
    if isinstance(value, Mapping):
        return _shown([f"{key}" for key in value])
    text = " ".join(scalar(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _note_names(world: World, service: Service) -> None:
    mode = scalar(service.raw.get("network_mode"))
    if mode.startswith(("service:", "container:")):
        world.notes.add(
            f"{service.place}.network_mode",
            f"the network of {mode.partition(':')[2]}",
            "components have a network of their own each",
            "make it a sidecar of that component, or use the component's name instead of localhost",
        )
    elif mode in {"host", "none"}:
        world.notes.add(
            f"{service.place}.network_mode",
            f"the network mode {mode}",
            "pods of a stack are in the cluster's network",
            "declare ports and publish for what is to be reached from outside"
            if mode == "host"
            else "set outbound: used",
        )
    component = world.names[service.name]
    aliases = [alias for found in service.networks.values() for alias in found]
    for key in ("hostname", "container_name"):
        given = service.raw.get(key)
        aliases += [given] if isinstance(given, str) and given else []
    others = [name for name in dict.fromkeys(aliases) if name != component and _named(world, name)]
    if others:
        world.notes.add(
            service.place,
            f"other host names of it ({', '.join(others)})",
            f"in the cluster its name is {component}; variables refer to it already",
            f"use {component} where files or commands have one of them",
        )


def _named(world: World, host: str) -> bool:
    """Tell whether a command or a file of any service holds a host name."""
    texts = [text for found in world.texts.values() for text in found]
    for one in world.services.values():
        texts += [*(one.command or ()), *(one.entrypoint or ())]
    return any(re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", text) for text in texts)


def _note_deploy(world: World, service: Service) -> None:
    deploy = service.raw.get("deploy")
    if not isinstance(deploy, Mapping):
        return
    place = f"{service.place}.deploy"
    for name in ("update_config", "rollback_config"):
        if deploy.get(name):
            world.notes.add(
                f"{place}.{name}",
                "how replicas are replaced",
                "pods are always replaced one by one, each ready before the next",
            )
    resources = deploy.get("resources")
    reservations = resources.get("reservations") if isinstance(resources, Mapping) else None
    if isinstance(reservations, Mapping) and reservations.get("devices"):
        world.notes.add(
            f"{place}.resources.reservations.devices",
            "devices",
            "pods of a stack have no devices",
            "deploy it as manifests",
        )
