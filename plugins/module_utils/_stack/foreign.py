# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of charts and manifests become objects of the stack: namespace, labels, rules."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError, ProblemsError
from .._kube.objects import gvk_of, key_of
from .model import Helm
from .naming import COMPONENT, Object, labels
from .settings import Instance

HOOK = "helm.sh/hook"
# Kinds of Kubernetes itself and of the Gateway API that are in no namespace; what the stack
# defines itself says so in its definition, and the API server refuses the rest.
CLUSTER_KINDS = frozenset(
    {
        "APIService",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "ComponentStatus",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "IPAddress",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
# Where a pod template is in each kind that has one.
_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
    **dict.fromkeys(
        (
            "DaemonSet",
            "Deployment",
            "Job",
            "ReplicaSet",
            "ReplicationController",
            "StatefulSet",
        ),
        ("spec", "template"),
    ),
}


def adopted(instance: Instance, name: str, objects: Sequence[Object]) -> tuple[Object, ...]:
    """Return the objects of a chart or of manifests as objects of the stack.

    Args:
        instance: a stack in an environment.
        name: the component that they are of.
        objects: complete objects, as the chart or the files have them.

    Raises:
        ProblemsError: with every object that may not be in a stack, and why.
    """
    problems: list[LandfallError] = []
    defined = _defined_for_the_cluster(objects)
    found = []
    for obj in objects:
        hook = _hook(instance, name, obj)
        if hook == "skip":
            continue
        problem = _problem(instance, name, obj, defined, hook)
        if problem:
            problems.append(problem)
        else:
            found.append(_adopt(instance, name, obj, is_cluster_wide(obj, defined)))
    if problems:
        raise ProblemsError("a component has objects that may not be in a stack", problems)
    return tuple(found)


def is_cluster_wide(obj: Mapping[str, Any], defined: frozenset[tuple[str, str]]) -> bool:
    """Tell whether an object is in no namespace."""
    gvk = gvk_of(obj)
    own = "." not in gvk.group or gvk.group.endswith(".k8s.io")
    return (gvk.group, gvk.kind) in defined or (own and gvk.kind in CLUSTER_KINDS)


def _defined_for_the_cluster(objects: Sequence[Object]) -> frozenset[tuple[str, str]]:
    specs = [obj.get("spec") or {} for obj in objects if obj["kind"] == "CustomResourceDefinition"]
    return frozenset(
        (str(spec.get("group")), str((spec.get("names") or {}).get("kind")))
        for spec in specs
        if spec.get("scope") == "Cluster"
    )


def _hook(instance: Instance, name: str, obj: Mapping[str, Any]) -> str:
    """Return what to do with a hook of a chart: refuse, skip or apply; nothing for the rest."""
    component = instance.stack.components[name]
    hooks = str((obj["metadata"].get("annotations") or {}).get(HOOK) or "")
    if not isinstance(component, Helm) or not hooks:
        return ""
    # Tests of a chart are for people who ask for them.
    only_tests = all(hook.strip().startswith("test") for hook in hooks.split(","))
    return "skip" if only_tests else component.hooks


def _problem(
    instance: Instance,
    name: str,
    obj: Mapping[str, Any],
    defined: frozenset[tuple[str, str]],
    hook: str,
) -> Optional[LandfallError]:
    on = f"{key_of(obj)} of {name}"
    if hook == "refuse":
        return InvalidInputError(
            "a chart has a hook",
            on=on,
            found=str(obj["metadata"]["annotations"][HOOK]),
            remedy="hooks: skip leaves it out, hooks: apply makes it an ordinary object",
        )
    if is_cluster_wide(obj, defined):
        if instance.cluster_objects and obj["kind"] != "Namespace":
            return None
        return InvalidInputError(
            "an object belongs to no namespace",
            on=on,
            expected="objects of the stack's namespace",
            remedy="leave it out"
            if obj["kind"] == "Namespace"
            else "cluster_objects: true in the environment allows it",
        )
    other = obj["metadata"].get("namespace") or instance.namespace
    if other != instance.namespace:
        return InvalidInputError(
            "an object is in another namespace",
            on=on,
            expected=f"{instance.namespace}, or none",
            found=str(other),
        )
    return None


def _adopt(instance: Instance, name: str, obj: Object, cluster_wide: bool) -> Object:
    found = copy.deepcopy(obj)
    meta = found["metadata"]
    if not cluster_wide:
        meta["namespace"] = instance.namespace
    # Selectors of the chart's own objects go by its labels, so those stay.
    meta["labels"] = {**labels(instance, name), **(meta.get("labels") or {})}
    notes = {k: v for k, v in (meta.get("annotations") or {}).items() if not k.startswith(HOOK)}
    if notes:
        meta["annotations"] = notes
    else:
        meta.pop("annotations", None)
    inner: Any = found
    for step in _TEMPLATES.get(str(obj["kind"]), ("",)):
        inner = inner.get(step) if isinstance(inner, dict) else None
    if isinstance(inner, dict):
        pods = inner.get("metadata") or {}
        inner["metadata"] = {**pods, "labels": {**(pods.get("labels") or {}), COMPONENT: name}}
    return found
