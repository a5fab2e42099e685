# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes objects as data: their identity, the form they are sent in, and their order.

An object is a plain ``dict`` as it comes from YAML or JSON. Nothing here talks to a server.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from .._core.errors import InvalidInputError, LandfallError, ProblemsError

Object = dict[str, Any]

EARLY = frozenset({"Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass"})
WORKLOADS = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"}
)
LATE = frozenset(
    {
        "APIService",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
)
# Groups without a dot and these are the API server's own; every other group is a custom one.
OWN_GROUPS_SUFFIX = ".k8s.io"
CUSTOM_K8S_GROUPS = frozenset(
    {"gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "multicluster.x-k8s.io"}
)

WAVE_EARLY, WAVE_CONFIG, WAVE_WORKLOAD, WAVE_CUSTOM, WAVE_LATE = range(5)


@dataclass(frozen=True, order=True)
class Gvk:
    """Group, version and kind of an object; the core group is the empty string."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """The value of ``apiVersion``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> str:
        """``Kind.group`` as KEP-3659 writes it; ``Kind`` alone in the core group."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


@dataclass(frozen=True, order=True)
class Key:
    """What makes an object the same object: its version is not part of it."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}"


def gvk_of(obj: Mapping[str, Any]) -> Gvk:
    """Return the group, version and kind that ``obj`` names."""
    parts = str(obj["apiVersion"]).rpartition("/")
    return Gvk(parts[0], parts[2], str(obj["kind"]))


def key_of(obj: Mapping[str, Any]) -> Key:
    """Return the identity of ``obj``."""
    gvk, meta = gvk_of(obj), obj["metadata"]
    return Key(gvk.group, gvk.kind, str(meta.get("namespace") or ""), str(meta["name"]))


def _problem(obj: Any, where: str) -> Optional[LandfallError]:
    if not isinstance(obj, Mapping):
        return InvalidInputError(
            "a manifest is not a mapping",
            on=where,
            expected="apiVersion, kind, metadata",
            found=type(obj).__name__,
        )
    missing = [field for field in ("apiVersion", "kind") if not isinstance(obj.get(field), str)]
    meta = obj.get("metadata")
    if not isinstance(meta, Mapping) or not isinstance(meta.get("name"), str) or not meta["name"]:
        missing.append("metadata.name")
    if not missing:
        return None
    return InvalidInputError(
        "a manifest is incomplete",
        on=where,
        expected=f"{', '.join(missing)} as text",
        found=f"kind {obj.get('kind')!r}, name {meta.get('name') if isinstance(meta, Mapping) else None!r}",  # noqa: E501
    )


def check_objects(objects: Sequence[tuple[Any, str]]) -> list[Object]:
    """Return the objects when all of them are complete and none is there twice.

    Args:
        objects: each object with the place it came from (a file and line, or an index).

    Raises:
        ProblemsError: some are incomplete or double; all are named.
    """
    problems: list[LandfallError] = []
    seen: dict[Key, str] = {}
    result: list[Object] = []
    for obj, where in objects:
        problem = _problem(obj, where)
        if problem:
            problems.append(problem)
            continue
        key = key_of(obj)
        if key in seen:
            problems.append(
                InvalidInputError(
                    "an object is declared twice", on=str(key), found=f"{seen[key]} and {where}"
                )
            )
        seen[key] = where
        result.append(obj)
    if problems:
        raise ProblemsError("the manifests are not valid, nothing was applied", problems)
    return result


def is_custom(group: str) -> bool:
    """Tell whether the objects of ``group`` are defined by a CustomResourceDefinition."""
    if group in CUSTOM_K8S_GROUPS:
        return True
    return "." in group and not group.endswith(OWN_GROUPS_SUFFIX)


def wave_of(obj: Mapping[str, Any]) -> int:
    """Return the wave in which ``obj`` is applied; waves go one after another.

    Namespaces and definitions come first, then what workloads refer to, then workloads, then
    custom resources, and last what changes or serves other requests (webhooks, APIServices).
    """
    gvk = gvk_of(obj)
    if gvk.kind in EARLY:
        return WAVE_EARLY
    if gvk.kind in LATE:
        return WAVE_LATE
    if is_custom(gvk.group):
        return WAVE_CUSTOM
    return WAVE_WORKLOAD if gvk.kind in WORKLOADS else WAVE_CONFIG


def crd_defines(crd: Mapping[str, Any]) -> tuple[set[Gvk], bool]:
    """Return what a CustomResourceDefinition serves, and whether it is namespaced."""
    spec = crd.get("spec") or {}
    kind = (spec.get("names") or {}).get("kind", "")
    served = {
        Gvk(spec.get("group", ""), version.get("name", ""), kind)
        for version in spec.get("versions") or ()
        if version.get("served", True)
    }
    return served, spec.get("scope") == "Namespaced"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_without_nulls(item) for item in value]
    return value


def _plain_secret(obj: Object) -> Object:
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {k: base64.b64encode(str(v).encode()).decode() for k, v in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}
    return obj


def normalised(obj: Mapping[str, Any], labels: Mapping[str, str]) -> Object:
    """Return ``obj`` in the form that is compared and sent.

    Nulls, ``status`` and what only a server sets are dropped (a field manager must not own
    them), ``labels`` are added, and a Secret's ``stringData`` becomes ``data``, because the
    server never returns ``stringData`` and every comparison would find a difference.
    """
    result: Object = _without_nulls(obj)
    result.pop("status", None)
    meta = result["metadata"]
    for field in ("creationTimestamp", "managedFields", "resourceVersion", "uid", "generation"):
        meta.pop(field, None)
    if labels:
        meta["labels"] = {**(meta.get("labels") or {}), **labels}
    return (
        _plain_secret(result)
        if result["kind"] == "Secret" and "." not in result["apiVersion"]
        else result
    )


def by_wave(objects: Iterable[Object]) -> list[list[Object]]:
    """Return the objects in waves; those of one wave do not depend on each other."""
    waves: dict[int, list[Object]] = {}
    for obj in objects:
        waves.setdefault(wave_of(obj), []).append(obj)
    return [waves[number] for number in sorted(waves)]
