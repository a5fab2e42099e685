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
    Gvk("", "v1", "PersistentVolumeClaim"): True,
    Gvk("apps", "v1", "Deployment"): True,
    Gvk("apps", "v1", "DaemonSet"): True,
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
        self, resource: Resource, *, selector: str = "", fields: str = "", namespace: str = ""
    ) -> list[Object]:
        self.calls.append(f"list {resource.name}")
        label, _, value = selector.partition("=")
        uid = fields.partition("=")[2]
        found = []
        for key, obj in list(self.store.items()):
            labels = obj["metadata"].get("labels") or {}
            if (key.group, key.kind) != (resource.gvk.group, resource.gvk.kind):
                continue
            if label and labels.get(label) != value:
                continue
            if namespace and key.namespace != namespace:
                continue
            if uid and obj["involvedObject"]["uid"] != uid:
                continue
            self._advance(key, obj)
            found.append(copy.deepcopy(obj))
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
        new["metadata"]["uid"] = old["metadata"]["uid"] if old else f"new-{key.name}"
        if key.kind == "CustomResourceDefinition":
            new["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
        new["metadata"]["managedFields"] = [
            {"manager": manager, "operation": "Apply", "fieldsV1": _fields(obj)}
        ]
        if not dry_run:
            self.store[key] = new
        return copy.deepcopy(new)

    def delete(self, resource: Resource, obj: Object) -> bool:
        key = key_of(obj)
        self.calls.append(f"delete {key}")
        if key.name in self.stay:
            self.store[key]["metadata"]["deletionTimestamp"] = "now"
            return True
        return self.store.pop(key, None) is not None

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int) -> str:
        return self.logs.get(f"{container}{' before' if previous else ''}", "")


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
