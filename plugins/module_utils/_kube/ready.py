# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a live object ready? One pure predicate a kind; unknown kinds are ready when they exist.

The rules are those of ``kubectl rollout status`` and ``kubectl wait``, and for the Gateway API
those of its conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

WAIT = "landfall.dev/wait"

Live = Mapping[str, Any]


@dataclass(frozen=True)
class Ready:
    """The object does what it is for."""


@dataclass(frozen=True)
class Waiting:
    """The object is on its way; ``reason`` says what is missing."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """The object will not become ready by itself."""

    reason: str


State = Union[Ready, Waiting, Failed]


@dataclass(frozen=True)
class Facts:
    """What some predicates need to know about the rest of the cluster.

    Attributes:
        late_binding: storage classes that bind a claim when its first consumer is scheduled.
        default_class: the default storage class, empty when there is none.
        lost_nodes: nodes whose kubelet no longer answers (``Ready`` is ``Unknown``); a
            DaemonSet does not wait for its pods there.
    """

    late_binding: frozenset[str] = frozenset()
    default_class: str = ""
    lost_nodes: int = 0


def condition(obj: Live, name: str) -> Optional[Mapping[str, Any]]:
    """Return the condition ``name`` of ``obj``."""
    for entry in (obj.get("status") or {}).get("conditions") or ():
        if entry.get("type") == name:
            found: Mapping[str, Any] = entry
            return found
    return None


def _text(entry: Optional[Mapping[str, Any]], name: str) -> str:
    if entry is None:
        return f"no condition {name} yet"
    detail = ": ".join(part for part in (entry.get("reason"), entry.get("message")) if part)
    return f"{name} is {entry.get('status')}" + (f" ({detail})" if detail else "")


def _is_true(obj: Live, *names: str) -> State:
    generation = obj["metadata"].get("generation", 0)
    for name in names:
        entry = condition(obj, name)
        if entry is None or entry.get("status") != "True":
            return Waiting(_text(entry, name))
        if entry.get("observedGeneration", generation) < generation:
            return Waiting(
                f"{name} is about generation {entry['observedGeneration']} of {generation}"
            )
    return Ready()


def _observed(obj: Live) -> Optional[Waiting]:
    status = obj.get("status") or {}
    if status.get("observedGeneration", 0) < obj["metadata"].get("generation", 0):
        return Waiting("its controller has not seen the change yet")
    return None


def _count(what: str, have: int, want: int) -> Optional[Waiting]:
    return Waiting(f"{have} of {want} {what}") if have < want else None


def _deployment(obj: Live, _facts: Facts) -> State:
    status, want = obj.get("status") or {}, obj["spec"].get("replicas", 1)
    progressing = condition(obj, "Progressing")
    stale = _observed(obj)
    if not stale and progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return Failed(_text(progressing, "Progressing"))
    updated = status.get("updatedReplicas", 0)
    total = status.get("replicas", 0)
    return (
        stale
        or _count("replicas updated", updated, want)
        or (Waiting(f"{total - updated} old replicas are ending") if total > updated else None)
        or _count("replicas available", status.get("availableReplicas", 0), updated)
        or Ready()
    )


def _stateful_set(obj: Live, _facts: Facts) -> State:
    status, spec = obj.get("status") or {}, obj["spec"]
    want = spec.get("replicas", 1)
    strategy = spec.get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    on_delete = strategy.get("type") == "OnDelete"
    updated = want if on_delete else status.get("updatedReplicas", 0)
    if not partition and status.get("currentRevision") == status.get("updateRevision"):
        updated = max(updated, status.get("currentReplicas", 0))
    return (
        _observed(obj)
        or _count("replicas ready", status.get("readyReplicas", 0), want)
        or _count("replicas updated", updated, want - partition)
        or Ready()
    )


def _daemon_set(obj: Live, facts: Facts) -> State:
    status = obj.get("status") or {}
    want = max(0, status.get("desiredNumberScheduled", 0) - facts.lost_nodes)
    on_delete = (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"
    updated = want if on_delete else status.get("updatedNumberScheduled", 0)
    return (
        _observed(obj)
        or _count("pods updated", updated, want)
        or _count("pods available", status.get("numberAvailable", 0), want)
        or Ready()
    )


def _replica_set(obj: Live, _facts: Facts) -> State:
    status, want = obj.get("status") or {}, obj["spec"].get("replicas", 1)
    return (
        _observed(obj)
        or _count("replicas available", status.get("availableReplicas", 0), want)
        or Ready()
    )


def _job(obj: Live, _facts: Facts) -> State:
    failed = condition(obj, "Failed")
    if failed and failed.get("status") == "True":
        return Failed(_text(failed, "Failed"))
    if obj["spec"].get("suspend"):
        return Ready()
    status = obj.get("status") or {}
    complete = condition(obj, "Complete")
    if complete and complete.get("status") == "True":
        return Ready()
    return Waiting(
        f"{status.get('succeeded', 0)} of {obj['spec'].get('completions', 1)} completions, "
        f"{status.get('active', 0)} pods active, {status.get('failed', 0)} failed"
    )


def _pod(obj: Live, _facts: Facts) -> State:
    phase = (obj.get("status") or {}).get("phase", "Pending")
    if phase == "Succeeded":
        return Ready()
    if phase == "Failed":
        status = obj["status"]
        return Failed(f"phase Failed ({status.get('reason') or status.get('message') or '-'})")
    state = _is_true(obj, "Ready")
    return state if isinstance(state, Ready) else Waiting(f"phase {phase}, {state.reason}")


def _claim(obj: Live, facts: Facts) -> State:
    phase = (obj.get("status") or {}).get("phase", "Pending")
    storage_class = obj["spec"].get("storageClassName", facts.default_class)
    if phase == "Bound" or (phase == "Pending" and storage_class in facts.late_binding):
        return Ready()
    text = f"phase {phase}, storage class {storage_class or '(no default class)'}"
    return Failed(text) if phase == "Lost" else Waiting(text)


def _definition(obj: Live, _facts: Facts) -> State:
    names = condition(obj, "NamesAccepted")
    if names and names.get("status") == "False":
        return Failed(_text(names, "NamesAccepted"))
    return _is_true(obj, "Established")


def _service(obj: Live, _facts: Facts) -> State:
    """A Service has nothing to wait for, unless it says that it needs an external address."""
    wanted = (obj["metadata"].get("annotations") or {}).get(WAIT) == "true"
    if not wanted or obj["spec"].get("type") != "LoadBalancer":
        return Ready()
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress")
    return Ready() if ingress else Waiting("no address of a load balancer yet")


def _namespace(obj: Live, _facts: Facts) -> State:
    phase = (obj.get("status") or {}).get("phase", "Active")
    return Ready() if phase == "Active" else Failed(f"phase {phase}")


def _gateway_class(obj: Live, _facts: Facts) -> State:
    return _is_true(obj, "Accepted")


def _gateway(obj: Live, _facts: Facts) -> State:
    return _is_true(obj, "Accepted", "Programmed")


def _route(obj: Live, _facts: Facts) -> State:
    wanted = obj["spec"].get("parentRefs") or ()
    parents = (obj.get("status") or {}).get("parents") or ()
    missing = _count("parents have answered", len(parents), len(wanted))
    if missing:
        return missing
    for parent in parents:
        as_object = {"metadata": obj["metadata"], "status": parent}
        state = _is_true(as_object, "Accepted", "ResolvedRefs")
        if isinstance(state, Waiting):
            return Waiting(f"parent {(parent.get('parentRef') or {}).get('name')}: {state.reason}")
    return Ready()


def _api_service(obj: Live, _facts: Facts) -> State:
    return _is_true(obj, "Available")


_PREDICATES: Mapping[tuple[str, str], Callable[[Live, Facts], State]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): _replica_set,
    ("batch", "Job"): _job,
    ("", "Pod"): _pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
    ("", "Namespace"): _namespace,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("gateway.networking.k8s.io", "GatewayClass"): _gateway_class,
    ("gateway.networking.k8s.io", "Gateway"): _gateway,
    ("gateway.networking.k8s.io", "HTTPRoute"): _route,
    ("gateway.networking.k8s.io", "GRPCRoute"): _route,
    ("gateway.networking.k8s.io", "TLSRoute"): _route,
}


def readiness(obj: Live, facts: Facts = Facts()) -> State:
    """Return the state of a live object.

    An object with the annotation ``landfall.dev/wait: "false"`` is never waited for.
    """
    if (obj["metadata"].get("annotations") or {}).get(WAIT) == "false":
        return Ready()
    if obj["metadata"].get("deletionTimestamp"):
        return Waiting("it is being deleted")
    group = str(obj["apiVersion"]).rpartition("/")[0]
    predicate = _PREDICATES.get((group, str(obj["kind"])))
    return predicate(obj, facts) if predicate else Ready()


def facts_from(storage_classes: list[Live], nodes: list[Live]) -> Facts:
    """Return the facts that these storage classes and nodes say."""
    default = "storageclass.kubernetes.io/is-default-class"
    defaults = [
        c["metadata"]["name"]
        for c in storage_classes
        if (c["metadata"].get("annotations") or {}).get(default) == "true"
    ]
    lost = [n for n in nodes if (condition(n, "Ready") or {}).get("status") == "Unknown"]
    return Facts(
        frozenset(
            c["metadata"]["name"]
            for c in storage_classes
            if c.get("volumeBindingMode") == "WaitForFirstConsumer"
        ),
        defaults[0] if defaults else "",
        len(lost),
    )
