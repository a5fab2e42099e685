# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server in memory, as far as the tests need one."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kube.api import (
    ApiError,
    ConflictError,
    Resource,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import (
    Gvk,
    Key,
    Object,
    crd_defines,
    key_of,
)

BUILT_IN = {
    Gvk("", "v1", "Namespace"): False,
    Gvk("", "v1", "Node"): False,
    Gvk("", "v1", "ConfigMap"): True,
    Gvk("", "v1", "Pod"): True,
    Gvk("", "v1", "Event"): True,
    Gvk("", "v1", "Secret"): True,
    Gvk("", "v1", "Service"): True,
    Gvk("", "v1", "ServiceAccount"): True,
    Gvk("", "v1", "PersistentVolumeClaim"): True,
    Gvk("apps", "v1", "Deployment"): True,
    Gvk("apps", "v1", "DaemonSet"): True,
    Gvk("apps", "v1", "StatefulSet"): True,
    Gvk("apps", "v1", "ReplicaSet"): True,
    Gvk("batch", "v1", "Job"): True,
    Gvk("batch", "v1", "CronJob"): True,
    Gvk("policy", "v1", "PodDisruptionBudget"): True,
    Gvk("autoscaling", "v2", "HorizontalPodAutoscaler"): True,
    Gvk("networking.k8s.io", "v1", "NetworkPolicy"): True,
    Gvk("gateway.networking.k8s.io", "v1", "HTTPRoute"): True,
    Gvk("rbac.authorization.k8s.io", "v1", "Role"): True,
    Gvk("rbac.authorization.k8s.io", "v1", "RoleBinding"): True,
    Gvk("", "v1", "ResourceQuota"): True,
    Gvk("", "v1", "LimitRange"): True,
    Gvk("storage.k8s.io", "v1", "StorageClass"): False,
    Gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition"): False,
}


class FakeApi:
    """Keeps whole objects by field manager; what was called is in ``calls``."""

    def __init__(self, *objects: Object) -> None:
        self.store: dict[Key, Object] = {}
        self.calls: list[str] = []
        self.conflict: dict[str, frozenset[str]] = {}
        self.refuse: dict[str, int] = {}
        self.logs: dict[str, str] = {}
        self.stay: set[str] = set()
        self.partial: set[str] = set()
        self.status: dict[str, list[Any]] = {}
        self._kinds = dict(BUILT_IN)
        self._versions = 0
        for obj in objects:
            self.put(obj)

    def put(self, obj: Object) -> None:
        self._versions += 1
        stored = copy.deepcopy(obj)
        stored["metadata"].setdefault("uid", f"u{self._versions}")
        self.store[key_of(obj)] = stored

    def resource(self, gvk: Gvk, *, fresh: bool = False) -> Resource | None:
        if fresh:
            self.calls.append("discover")
            for obj in self.store.values():
                if obj["kind"] == "CustomResourceDefinition":
                    served, namespaced = crd_defines(obj)
                    self._kinds.update(dict.fromkeys(served, namespaced))
        for known, namespaced in self._kinds.items():
            same = known == gvk or (not gvk.version and known.group_kind == gvk.group_kind)
            if same:
                return Resource(known, known.kind.lower() + "s", namespaced)
        return None

    def list(
        self,
        resource: Resource,
        *,
        selector: str = "",
        fields: str = "",
        namespace: str = "",
        metadata_only: bool = False,
    ) -> list[Object]:
        self.calls.append(f"list {resource.name}")
        wanted = [part.partition("=") for part in selector.split(",") if part]
        uid = fields.partition("=")[2]
        found = []
        for key, obj in list(self.store.items()):
            labels = obj["metadata"].get("labels") or {}
            if (key.group, key.kind) != (resource.gvk.group, resource.gvk.kind):
                continue
            if any(labels.get(k) != v if eq else k not in labels for k, eq, v in wanted):
                continue
            if namespace and key.namespace != namespace:
                continue
            if uid and obj["involvedObject"]["uid"] != uid:
                continue
            self._advance(key, obj)
            shown = {"metadata": obj["metadata"]} if metadata_only else obj
            found.append(
                copy.deepcopy({**shown, "apiVersion": obj["apiVersion"], "kind": key.kind})
            )
        return found

    def _advance(self, key: Key, obj: Object) -> None:
        states = self.status.get(key.name)
        if states:
            obj["status"] = states.pop(0) if len(states) > 1 else states[0]

    def get(self, resource: Resource, key: Key) -> Object | None:
        self.calls.append(f"get {key}")
        found = self.store.get(key)
        return copy.deepcopy(found) if found else None

    def apply(
        self,
        resource: Resource,
        obj: Object,
        *,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
    ) -> Object:
        key = key_of(obj)
        self.calls.append(f"{'try' if dry_run else 'apply'} {key}{' by force' if force else ''}")
        if key.name in self.refuse:
            raise ApiError("refused", status=self.refuse[key.name], on=str(key))
        if key.name in self.conflict and not force:
            raise ConflictError(on=str(key), found="x", managers=self.conflict[key.name])
        old = self.store.get(key)
        new = copy.deepcopy(obj)
        if old and manager in self.partial:
            new = copy.deepcopy(old)
            _merge(new, copy.deepcopy(obj))
        new["metadata"]["uid"] = old["metadata"]["uid"] if old else f"new-{key.name}"
        if key.kind == "CustomResourceDefinition":
            new["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
        new["metadata"]["managedFields"] = [
            {"manager": manager, "operation": "Apply", "fieldsV1": _fields(obj)}
        ]
        if not dry_run:
            self.store[key] = new
        return copy.deepcopy(new)

    def merge(self, resource: Resource, key: Key, patch: Object, *, manager: str) -> Object:
        self.calls.append(f"merge {key}")
        _merge(self.store[key], patch)
        return copy.deepcopy(self.store[key])

    def token(self, namespace: str, account: str, seconds: int) -> tuple[str, str]:
        self.calls.append(f"token {namespace}/{account}")
        return f"token-of-{account}", f"+{seconds}"

    def delete(self, resource: Resource, obj: Object) -> bool:
        key = key_of(obj)
        self.calls.append(f"delete {key}")
        if key.name in self.stay:
            self.store[key]["metadata"]["deletionTimestamp"] = "now"
            return True
        return self.store.pop(key, None) is not None

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int) -> str:
        return self.logs.get(f"{container}{' before' if previous else ''}", "")


def _merge(target: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        elif value is None:
            target.pop(key, None)
        else:
            target[key] = value


def _fields(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return {f"f:{key}": _fields(child) for key, child in value.items()}


class FakeClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
