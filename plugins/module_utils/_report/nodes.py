# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a cluster: health, versions, and what is promised and used of what they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._kube.compare import quantity
from .._kube.objects import Object
from .._kube.ready import condition
from . import facts as f
from .model import BAD, GOOD, NOTE, WARNING, Amounts, Node, natural

CONTROL_PLANE, WORKER = "control plane", "worker"
_ROLE = "node-role.kubernetes.io/control-plane"
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
_DONE = ("Succeeded", "Failed")
_PROCESSOR, _MEMORY = "cpu", "memory"


def active(pods: Iterable[Object]) -> list[Object]:
    """Return the pods that have not ended."""
    return [pod for pod in pods if (pod.get("status") or {}).get("phase") not in _DONE]


def amount(value: Any) -> float:
    """Return a Kubernetes quantity as a number, 0 when it is none."""
    return float(quantity(value) or 0)


def pod_amount(pod: Mapping[str, Any], field: str, resource: str) -> float:
    """Return what a pod asks for, as the scheduler counts it.

    Init containers run one after another before the others; those that are restarted always run
    beside them. The source is the documentation of Kubernetes, "Sidecar containers".

    Args:
        pod: the pod.
        field: ``requests`` or ``limits``.
        resource: ``cpu`` or ``memory``.
    """
    spec = pod.get("spec") or {}

    def of(container: Mapping[str, Any]) -> float:
        return amount(((container.get("resources") or {}).get(field) or {}).get(resource, 0))

    together = sum(of(one) for one in spec.get("containers") or ())
    most, beside = 0.0, 0.0
    for one in spec.get("initContainers") or ():
        if one.get("restartPolicy") == "Always":
            beside += of(one)
            most = max(most, beside)
        else:
            most = max(most, beside + of(one))
    overhead = amount((spec.get("overhead") or {}).get(resource, 0))
    return max(together + beside, most) + overhead


def nodes(facts: f.Facts) -> tuple[Node, ...]:
    """Return the nodes of the cluster, and the hosts that should be one and are not."""
    pods: dict[str, list[Object]] = {}
    for pod in active(facts.of(f.PODS)):
        pods.setdefault(str((pod.get("spec") or {}).get("nodeName") or ""), []).append(pod)
    wanted = facts.wanted.nodes
    found = [_node(obj, pods.get(obj["metadata"]["name"], ()), facts) for obj in facts.of(f.NODES)]
    names = {node.name for node in found}
    found += [_missing(name, facts) for name in wanted if name not in names]
    return tuple(sorted(found, key=lambda one: (CONTROL_PLANE not in one.roles, natural(one.name))))


def _missing(name: str, facts: f.Facts) -> Node:
    role = CONTROL_PLANE if name in facts.wanted.groups.get(f.CONTROL_PLANES, {}) else WORKER
    state, detail = (BAD, "not in the cluster") if facts.reached else (NOTE, "not known")
    return Node(name, facts.wanted.nodes[name], (role,), state, detail)


def _node(obj: Object, pods: Sequence[Object], facts: f.Facts) -> Node:
    meta, status = obj["metadata"], obj.get("status") or {}
    info, name = status.get("nodeInfo") or {}, str(meta["name"])
    state, detail = health(obj)
    roles = [CONTROL_PLANE] if _ROLE in (meta.get("labels") or {}) else [WORKER]
    used = facts.usage.get(name)
    return Node(
        name=name,
        address=_address(status) or facts.wanted.nodes.get(name, ""),
        roles=tuple(roles),
        state=state,
        detail=detail,
        version=str(info.get("kubeletVersion", "")).removeprefix("v"),
        runtime=str(info.get("containerRuntimeVersion", "")).rpartition("//")[2].removeprefix("v"),
        system=str(info.get("osImage", "")),
        kernel=str(info.get("kernelVersion", "")),
        processor=_amounts(status, pods, _PROCESSOR, used[0] if used else None),
        memory=_amounts(status, pods, _MEMORY, used[1] if used else None),
        pods=len(pods),
        most_pods=int(amount((status.get("allocatable") or {}).get("pods", 0))),
    )


def _address(status: Mapping[str, Any]) -> str:
    for one in status.get("addresses") or ():
        if one.get("type") == "InternalIP":
            return str(one.get("address", ""))
    return ""


def _amounts(
    status: Mapping[str, Any], pods: Sequence[Object], resource: str, used: float | None
) -> Amounts:
    return Amounts(
        amount((status.get("allocatable") or {}).get(resource, 0)),
        sum(pod_amount(pod, "requests", resource) for pod in pods),
        sum(pod_amount(pod, "limits", resource) for pod in pods),
        used,
    )


def health(obj: Object) -> tuple[str, str]:
    """Return the state of a node, and why in words."""
    ready = condition(obj, "Ready") or {}
    if ready.get("status") != "True":
        reason = ready.get("message") or "its kubelet has said nothing yet"
        return BAD, f"not ready: {reason}"
    pressed = [name for name in _PRESSURES if (condition(obj, name) or {}).get("status") == "True"]
    if pressed:
        return WARNING, ", ".join(pressed)
    if (obj.get("spec") or {}).get("unschedulable"):
        return NOTE, "takes no new pods (cordoned)"
    return GOOD, "ready"
