# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the controllers and kubelets of a cluster, where only an API server runs.

It does for Deployments, StatefulSets and Jobs what a test needs to see: pods of the present
template (one ReplicaSet each), ready or not, and the status that follows.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import (
    KubeClient,
    path_of,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import (
    Gvk,
    Key,
    Object,
    gvk_of,
    key_of,
)

_APPS = {name: Gvk("apps", "v1", name) for name in ("Deployment", "StatefulSet", "ReplicaSet")}
_POD, _JOB = Gvk("", "v1", "Pod"), Gvk("batch", "v1", "Job")
_SERVICE, _NAMESPACE = Gvk("", "v1", "Service"), Gvk("", "v1", "Namespace")
_REVISION = "deployment.kubernetes.io/revision"
MANAGER = "controllers"


def digest_of(image: str) -> str:
    """Return the digest that an image has in this cluster."""
    return "sha256:" + hashlib.sha256(image.partition("@")[0].encode()).hexdigest()


def short(value: Any) -> str:
    """Return a hash of a pod template."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:10]


class Controllers:
    """Reconciles one namespace until it is closed.

    Args:
        api: the connection of an administrator.
        namespace: which one.
        broken: tells of an image that it cannot be pulled.
        busy: tells of an image that jobs with it are at work for now.
    """

    def __init__(
        self,
        api: KubeClient,
        namespace: str,
        broken: Callable[[str], bool],
        busy: Callable[[str], bool] = lambda image: False,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._broken = broken
        self._busy = busy
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.problems: list[BaseException] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Reconcile as long as the context lasts."""
        self._thread.start()
        try:
            yield
        finally:
            self._end.set()
            self._thread.join(30)
            assert not self.problems, [str(one) for one in self.problems]

    def _run(self) -> None:
        while not self._end.wait(0.1) and self._look():
            pass

    def _look(self) -> bool:
        try:
            self.reconcile()
        except LandfallError as error:
            # Objects come and go while it looks; what stays wrong fails the test by its wait.
            if "not found" not in str(error) and "modified" not in str(error):
                self.problems.append(error)
                return False
        return True

    def reconcile(self) -> None:
        """Bring all workloads one step on, and let the namespace end when it is to."""
        self._namespace_ends()
        for kind in ("Deployment", "StatefulSet"):
            for obj in self._list(_APPS[kind]):
                self._workload(obj)
        for job in self._list(_JOB):
            if not (job.get("status") or {}).get("conditions"):
                self._job(job)
        for pod in self._list(_POD):
            if not _owner(pod) and (pod.get("status") or {}).get("phase") != "Running":
                self._start(pod, pod["spec"])
        for service in self._list(_SERVICE):
            if service["spec"].get("type") == "LoadBalancer":
                address = {"ingress": [{"ip": "192.0.2.7"}]}
                self._status(service, {"loadBalancer": address})

    def _list(self, gvk: Gvk) -> list[Object]:
        resource = self._api.resource(gvk)
        assert resource
        return self._api.list(resource, namespace=self._namespace)

    def _namespace_ends(self) -> None:
        """Let a deleted namespace go; what was in it stays behind: use its name only once."""
        resource = self._api.resource(_NAMESPACE)
        assert resource
        found = self._api.get(resource, Key("", "Namespace", "", self._namespace))
        if found and found["metadata"].get("deletionTimestamp"):
            self._api._call(
                "PUT",
                path_of(resource, "", self._namespace) + "/finalize",
                self._namespace,
                body={**found, "spec": {"finalizers": []}},
                content_type="application/json",
            )

    def _workload(self, obj: Object) -> None:
        template, want = obj["spec"]["template"], obj["spec"].get("replicas", 1)
        revision = short(template)
        label = "pod-template-hash" if obj["kind"] == "Deployment" else "controller-revision-hash"
        pods = [pod for pod in self._list(_POD) if _owner(pod) == obj["metadata"]["name"]]
        current = [p for p in pods if p["metadata"]["labels"].get(label) == revision]
        if obj["kind"] == "Deployment":
            self._replica_set(obj, revision)
        names = [f"{revision}-{number}" for number in range(len(current), want)]
        current += [self._pod(obj, template, name, {label: revision}) for name in names]
        good = not any(self._broken(c["image"]) for c in _containers(template["spec"]))
        # The old ones go when the new ones serve, and what is too many.
        for pod in [*(p for p in pods if p not in current and good), *current[want:]]:
            self._delete(pod)
        self._workload_status(obj, revision, want, want if good else 0)

    def _workload_status(self, obj: Object, revision: str, want: int, ready: int) -> None:
        status: Object = {
            "observedGeneration": obj["metadata"]["generation"],
            "replicas": want,
            "updatedReplicas": want,
            "readyReplicas": ready,
            "availableReplicas": ready,
        }
        if obj["kind"] == "StatefulSet":
            old = (obj.get("status") or {}).get("currentRevision", revision)
            status["currentRevision"] = revision if ready == want else old
            status["updateRevision"] = revision
        self._status(obj, status)

    def _replica_set(self, deployment: Object, revision: str) -> None:
        meta = deployment["metadata"]
        labels = {**deployment["spec"]["selector"]["matchLabels"], "pod-template-hash": revision}
        note = {_REVISION: revision}
        self._merge(deployment, {"metadata": {"annotations": note}})
        template = deployment["spec"]["template"]
        pods = {**template, "metadata": {**template["metadata"], "labels": labels}}
        self._apply(
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "metadata": {
                    "name": f"{meta['name']}-{revision}",
                    "namespace": self._namespace,
                    "labels": labels,
                    "annotations": note,
                },
                "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pods},
            }
        )

    def _pod(self, owner: Object, template: Object, suffix: str, labels: Object) -> Object:
        meta = template["metadata"]
        pod = self._apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": f"{owner['metadata']['name']}-{suffix}",
                    "namespace": self._namespace,
                    "labels": {**meta["labels"], **labels},
                    "annotations": {"owner": owner["metadata"]["name"]},
                },
                # What it mounts is nobody's business here.
                "spec": {
                    field: [_bare(one) for one in template["spec"].get(field) or ()]
                    for field in ("initContainers", "containers")
                },
            }
        )
        self._start(pod, template["spec"])
        return pod

    def _start(self, pod: Object, spec: Object) -> None:
        statuses = {
            f"{field}Statuses": [self._container(one) for one in spec.get(f"{field}s") or ()]
            for field in ("initContainer", "container")
        }
        ready = all(one["ready"] for found in statuses.values() for one in found)
        self._status(
            pod,
            {
                "phase": "Running" if ready else "Pending",
                **statuses,
                "conditions": [
                    {"type": name, "status": "True" if ready or name == "PodScheduled" else "False"}
                    for name in ("PodScheduled", "Ready")
                ],
            },
        )

    def _container(self, container: Object) -> Object:
        image = container["image"]
        status: Object = {
            "name": container["name"],
            "image": image,
            "imageID": "",
            "ready": False,
            "restartCount": 0,
        }
        if self._broken(image):
            waiting = {"reason": "ImagePullBackOff", "message": f"{image}: not found"}
            return {**status, "state": {"waiting": waiting}}
        digest = f"{image.partition('@')[0]}@{digest_of(image)}"
        return {**status, "ready": True, "imageID": digest, "state": {"running": {}}}

    def _job(self, job: Object) -> None:
        self._pod(job, job["spec"]["template"], "0", {})
        images = [one["image"] for one in _containers(job["spec"]["template"]["spec"])]
        now = "2026-01-31T12:00:00Z"
        begun: Object = {"startTime": now, "active": 1, "ready": 1}
        if any(map(self._broken, images)):
            self._status(job, {**begun, "ready": 0})
            return
        self._status(job, begun)
        if any(map(self._busy, images)):
            return
        complete = [{"type": name, "status": "True"} for name in ("SuccessCriteriaMet", "Complete")]
        ended = {"active": 0, "ready": 0, "succeeded": 1, "completionTime": now}
        self._status(job, {"startTime": now, **ended, "conditions": complete})

    def _apply(self, obj: Object) -> Object:
        resource = self._api.resource(gvk_of(obj))
        assert resource
        return self._api.apply(resource, obj, manager=MANAGER, force=True)

    def _merge(self, obj: Object, patch: Object) -> None:
        resource = self._api.resource(_APPS[obj["kind"]])
        assert resource
        self._api.merge(resource, key_of(obj), patch, manager=MANAGER)

    def _status(self, obj: Object, status: Object) -> None:
        resource = self._api.resource(
            _APPS.get(obj["kind"]) or {"Pod": _POD, "Job": _JOB, "Service": _SERVICE}[obj["kind"]]
        )
        assert resource
        key = key_of(obj)
        self._api._call(
            "PATCH",
            path_of(resource, key.namespace, key.name) + "/status",
            str(key),
            query={"fieldManager": MANAGER},
            body={"status": status},
            content_type="application/merge-patch+json",
        )

    def _delete(self, pod: Object) -> None:
        resource = self._api.resource(_POD)
        assert resource
        self._api.delete(resource, pod)


def _containers(spec: Object) -> list[Object]:
    return [*(spec.get("initContainers") or ()), *spec["containers"]]


def _bare(container: Object) -> Object:
    return {"name": container["name"], "image": container["image"]}


def _owner(pod: Object) -> str:
    return str((pod["metadata"].get("annotations") or {}).get("owner", ""))
