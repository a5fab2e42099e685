# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a workload's new pods do not become ready, and whether waiting longer can help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from .objects import Object
from .ready import condition

IMAGE, CRASH, PROBE, CONFIGURATION = "image", "crash", "probe", "configuration"
QUOTA, REFUSED, UNSCHEDULABLE = "quota", "refused", "unschedulable"

_IMAGE_REASONS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
)
_CONFIGURATION_REASONS = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)
# What a registry says when asking again gives the same answer.
_FINAL = ("not found", "manifest unknown", "unauthorized", "denied", "forbidden", "invalid")

# Seconds that a state must have lasted. A registry may be restarted, a Secret come from another
# controller, a quota be used by pods that are just ending.
FINAL_IMAGE_S, IMAGE_S, CONFIGURATION_S, REFUSED_S = 20.0, 120.0, 60.0, 60.0
# With the kubelet's back-off of 10, 20 and 40 s between them, four restarts take over a minute.
# Fewer are normal: who needs a database crashes until it is there.
RESTARTS = 4

_REVISION = "deployment.kubernetes.io/revision"
_GENERATION = "deprecated.daemonset.template.generation"


@dataclass(frozen=True)
class Cause:
    """Why something is not ready.

    Attributes:
        kind: image, crash, probe, configuration, quota, refused or unschedulable.
        text: one line that names pod and container.
        patience: seconds that this must last before waiting is given up; None when it may still
            get better by itself (a node that comes back, a slow start).
    """

    kind: str
    text: str
    patience: Optional[float] = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def of_container(pod: str, status: Mapping[str, Any]) -> Optional[Cause]:
    """Return why a container does not run, or None when it does, or ended well."""
    where = f"pod {pod}, container {status.get('name')}"
    state, last = status.get("state") or {}, status.get("lastState") or {}
    waiting = state.get("waiting") or {}
    reason, message = str(waiting.get("reason", "")), str(waiting.get("message") or "")
    if reason in _IMAGE_REASONS:
        final = reason == "InvalidImageName" or any(word in message for word in _FINAL)
        image = f"{where}: {message or reason} ({status.get('image')})"
        return Cause(IMAGE, image, FINAL_IMAGE_S if final else IMAGE_S)
    if reason in _CONFIGURATION_REASONS:
        return Cause(CONFIGURATION, f"{where}: {reason}: {message}", CONFIGURATION_S)
    ended = state.get("terminated") or last.get("terminated") or {}
    if not ended or not ended.get("exitCode") or status.get("ready"):
        return None
    restarts = status.get("restartCount", 0)
    why = ended.get("reason") or "Error"
    text = f"{where} ended with exit code {ended['exitCode']} ({why}), {restarts} restarts"
    hopeless = "running" not in state and restarts >= RESTARTS
    return Cause(CRASH, text, 0.0 if hopeless else None)


def of_pod(pod: Mapping[str, Any]) -> Optional[Cause]:
    """Return why a pod is not ready, None when it is or is just starting."""
    name, status = str(pod["metadata"]["name"]), pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return None
    scheduled = condition(pod, "PodScheduled") or {}
    if scheduled.get("status") == "False":
        return Cause(UNSCHEDULABLE, f"pod {name}: {scheduled.get('message')}")
    containers = [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]
    for container in containers:
        found = of_container(name, container)
        if found:
            return found
    for container in status.get("containerStatuses") or ():
        if "running" in (container.get("state") or {}) and not container.get("ready"):
            where = f"pod {name}, container {container['name']}"
            return Cause(PROBE, f"{where} runs, but its probe does not succeed")
    return None


def of_workload(obj: Mapping[str, Any]) -> Optional[Cause]:
    """Return why a workload cannot even make pods, None when it can."""
    failure = condition(obj, "ReplicaFailure") or {}
    if failure.get("status") != "True":
        return None
    message = str(failure.get("message") or failure.get("reason"))
    kind = QUOTA if "exceeded quota" in message else REFUSED
    return Cause(kind, message, REFUSED_S)


def new_pods(
    obj: Mapping[str, Any], pods: Iterable[Object], sets: Iterable[Object]
) -> list[Object]:
    """Return the pods that a workload made of its present template.

    Args:
        obj: Deployment, StatefulSet, DaemonSet or Job.
        pods: those that its selector finds.
        sets: the ReplicaSets that its selector finds; only a Deployment has some.
    """
    notes = obj["metadata"].get("annotations") or {}
    if obj["kind"] == "Job":
        return list(pods)
    if obj["kind"] == "Deployment":
        label = "pod-template-hash"
        values = {
            (one["metadata"].get("labels") or {}).get(label)
            for one in sets
            if (one["metadata"].get("annotations") or {}).get(_REVISION) == notes.get(_REVISION)
        }
    elif obj["kind"] == "StatefulSet":
        label = "controller-revision-hash"
        values = {(obj.get("status") or {}).get("updateRevision")}
    else:
        label, values = "pod-template-generation", {notes.get(_GENERATION)}
    wanted = values - {None}
    return [pod for pod in pods if (pod["metadata"].get("labels") or {}).get(label) in wanted]


def cause(obj: Mapping[str, Any], pods: Sequence[Object]) -> Optional[Cause]:
    """Return the cause that is surest to last, of a workload and its new pods."""
    found = [one for one in (of_workload(obj), *map(of_pod, pods)) if one]
    if obj["kind"] == "Job":
        # How often it is tried again it says itself.
        found = [replace(one, patience=None) if one.kind == CRASH else one for one in found]
    lasting = [one for one in found if one.patience is not None]
    return next(iter(lasting or found), None)
