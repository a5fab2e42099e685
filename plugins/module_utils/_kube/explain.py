# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why is an object not ready? Its events, its pods' waiting containers, their last log lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from .._core.errors import LandfallError
from .api import Api
from .cause import Cause, cause, new_pods
from .objects import Gvk, Object

PODS, EVENTS, LOG_LINES = 3, 3, 8
_POD = Gvk("", "v1", "Pod")
_EVENT = Gvk("", "v1", "Event")
_SETS = Gvk("apps", "v1", "ReplicaSet")
_WITH_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})


def selector_of(obj: Mapping[str, Any]) -> str:
    """Return the label selector of a workload's pods, empty when it has none."""
    labels = ((obj.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def not_ready_pods(pods: Iterable[Object]) -> list[Object]:
    """Return the pods that are not ready and not done, the newest first."""

    def waiting(pod: Object) -> bool:
        status = pod.get("status") or {}
        conditions = {c.get("type"): c.get("status") for c in status.get("conditions") or ()}
        return status.get("phase") != "Succeeded" and conditions.get("Ready") != "True"

    found = [pod for pod in pods if waiting(pod)]
    return sorted(found, key=lambda p: str(p["metadata"].get("creationTimestamp")), reverse=True)


def container_reasons(pod: Mapping[str, Any]) -> list[str]:
    """Return one line for the pod and one for each container that waits or has ended badly."""
    status, name = pod.get("status") or {}, pod["metadata"]["name"]
    lines = [
        f"pod {name} is not scheduled: {entry.get('message')}"
        for entry in status.get("conditions") or ()
        if entry.get("type") == "PodScheduled" and entry.get("status") == "False"
    ]
    for container in _containers(status):
        for state in (container.get("state") or {}, container.get("lastState") or {}):
            for word, detail in state.items():
                if word == "running" or (word == "terminated" and not detail.get("exitCode")):
                    continue
                parts = [detail.get("reason"), detail.get("message")]
                if word == "terminated":
                    parts.insert(1, f"exit code {detail.get('exitCode')}")
                text = ": ".join(str(part) for part in parts if part)
                lines.append(f"pod {name}, container {container['name']}: {word}: {text}")
    return lines or [f"pod {name}: phase {status.get('phase')}, not ready"]


def crashed(pod: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return the containers whose log says why, with whether it is the previous run's log."""
    found = []
    for container in _containers(pod.get("status") or {}):
        now, before = container.get("state") or {}, container.get("lastState") or {}
        if (now.get("terminated") or {}).get("exitCode"):
            found.append((container["name"], False))
        elif before.get("terminated"):
            found.append((container["name"], "waiting" in now))
        elif "running" in now and not container.get("ready"):
            found.append((container["name"], False))
    return found


def event_lines(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the last warnings, or the last events when there is no warning."""

    def when(event: Mapping[str, Any]) -> str:
        return str(event.get("lastTimestamp") or event.get("eventTime") or "")

    chosen = [e for e in events if e.get("type") == "Warning"] or list(events)
    return [
        f"event {event.get('reason')}: {str(event.get('message')).strip()}"
        for event in sorted(chosen, key=when)[-EVENTS:]
    ]


def _containers(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _events(api: Api, obj: Mapping[str, Any]) -> list[str]:
    resource, meta = api.resource(_EVENT), obj["metadata"]
    if not resource or not meta.get("uid"):
        return []
    namespace = meta.get("namespace") or "default"
    fields = f"involvedObject.uid={meta['uid']}"
    return event_lines(api.list(resource, fields=fields, namespace=namespace))


def pods_of(api: Api, obj: Object) -> list[Object]:
    """Return the pods of a workload; a pod is its own."""
    if obj["kind"] == "Pod":
        return [obj]
    selector, resource = selector_of(obj), api.resource(_POD)
    if not selector or not resource:
        return []
    return api.list(resource, selector=selector, namespace=obj["metadata"].get("namespace", ""))


def _pod_lines(api: Api, pod: Object) -> list[str]:
    meta = pod["metadata"]
    lines = container_reasons(pod)
    if pod.get("kind") != "Pod" or meta.get("ownerReferences"):
        lines += _events(api, pod)
    for container, previous in crashed(pod):
        log = api.log(
            meta["namespace"], meta["name"], container, previous=previous, lines=LOG_LINES
        )
        lines += [f"log of {meta['name']}/{container}: {line}" for line in log.splitlines()]
    return lines


def find_cause(api: Api, obj: Object) -> Optional[Cause]:
    """Return why a workload's new pods are not ready; None for other kinds, or when it is unknown.

    A workload whose controller has not seen its present form yet has no new pods.
    """
    selector = selector_of(obj)
    if obj["kind"] not in _WITH_PODS or not selector:
        return None
    # A Job's template never changes, and its status says nothing about generations.
    generation = 0 if obj["kind"] == "Job" else obj["metadata"].get("generation", 0)
    if (obj.get("status") or {}).get("observedGeneration", 0) < generation:
        return None
    namespace = obj["metadata"].get("namespace", "")
    sets = api.resource(_SETS) if obj["kind"] == "Deployment" else None
    pods = pods_of(api, obj)
    owned = api.list(sets, selector=selector, namespace=namespace) if sets else []
    return cause(obj, new_pods(obj, pods, owned))


def explain(api: Api, obj: Object) -> list[str]:
    """Return lines that say why ``obj`` is not ready; none when the server tells nothing."""
    try:
        lines = _events(api, obj)
        for pod in not_ready_pods(pods_of(api, obj))[:PODS]:
            lines += _pod_lines(api, pod)
    except LandfallError as error:
        return [f"(details cannot be read: {error})"]
    return lines
