# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about the pods of a node: their stack, component and release, from their labels.

The stack's role puts labels on what it makes (see ``_stack.naming``), the namespace names the
environment, and the image names the release.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any, Optional, Protocol

from .._core.errors import LandfallError
from .record import Origin

PLATFORM = "platform"
# Between two questions to the API.
AGAIN_S = 2.0
# So long a pod's log waits until somebody says whose it is.
PATIENCE_S = 30.0
# Names of pods that are gone are kept for what is still to be read.
MOST_GONE = 500

_PART_OF, _MANAGED_BY = "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"
_COMPONENTS = ("landfall.dev/component", "app.kubernetes.io/component", "app.kubernetes.io/name")
_ENVIRONMENT, _STACK = "landfall.dev/environment", "landfall.dev/stack"
# kubelet's name for a static pod: the uid of its log's folder is the hash of its manifest.
_STATIC = "kubernetes.io/config.hash"


class Api(Protocol):
    """What is asked of the cluster's API; tests pass their own."""

    def get(self, path: str) -> dict[str, Any]:
        """Return what the API answers."""
        ...


def origin_of(pod: Mapping[str, Any], namespace: Mapping[str, str], container: str) -> Origin:
    """Return whose a container's messages are, from its pod and its namespace's labels."""
    meta = pod["metadata"]
    labels = meta.get("labels") or {}
    ours = labels.get(_MANAGED_BY) == "landfall"
    stack = namespace.get(_STACK) or (labels.get(_PART_OF, "") if ours else "")
    component = next((labels[name] for name in _COMPONENTS if labels.get(name)), "")
    return Origin(
        stack or PLATFORM,
        component or labels.get("component", "") or labels.get("k8s-app", ""),
        meta["namespace"],
        namespace.get(_ENVIRONMENT, ""),
        _release(pod, container),
        meta["name"],
        container,
    )


def _release(pod: Mapping[str, Any], container: str) -> str:
    """Return the tag of a container's image, or the first digits of its digest."""
    spec = pod["spec"]
    every = [*(spec.get("initContainers") or []), *spec["containers"]]
    image = next((str(one["image"]) for one in every if one["name"] == container), "")
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag or digest.partition(":")[2][:12]


class Pods:
    """The pods of a node.

    Args:
        api: the cluster's.
        node: the node's name in the cluster.
    """

    def __init__(self, api: Api, node: str) -> None:
        self._api = api
        self._node = node
        self._pods: dict[str, Mapping[str, Any]] = {}
        self._namespaces: dict[str, Mapping[str, str]] = {}
        self._asked = -AGAIN_S
        self._since: dict[str, float] = {}
        self.failed = ""

    def origin(self, place: Mapping[str, str], now: float) -> Optional[Origin]:
        """Return whose a log is; None while it is worth waiting for an answer."""
        uid = place["uid"]
        waited = now - self._since.get(uid, now)
        if uid not in self._pods and waited < PATIENCE_S:
            self._ask(now)
        pod = self._pods.get(uid)
        if pod is not None:
            self._since.pop(uid, None)
            labels = self._namespaces.get(place["namespace"], {})
            return origin_of(pod, labels, place["container"])
        self._since.setdefault(uid, now)
        if waited < PATIENCE_S:
            return None
        return Origin(
            PLATFORM,
            namespace=place["namespace"],
            pod=place["pod"],
            container=place["container"],
        )

    def _ask(self, now: float) -> None:
        if now - self._asked < AGAIN_S:
            return
        self._asked = now
        node = urllib.parse.quote(f"spec.nodeName={self._node}")
        try:
            pods = self._api.get(f"/api/v1/pods?fieldSelector={node}")["items"]
            namespaces = self._api.get("/api/v1/namespaces")["items"]
        except LandfallError as error:
            self.failed = str(error)
            return
        self.failed = ""
        for pod in pods:
            notes = pod["metadata"].get("annotations") or {}
            uid = notes.get(_STATIC) or pod["metadata"]["uid"]
            self._pods.pop(uid, None)
            self._pods[uid] = _known(pod)
        for uid in list(self._pods)[: max(len(self._pods) - len(pods) - MOST_GONE, 0)]:
            del self._pods[uid]
        self._namespaces = {
            one["metadata"]["name"]: one["metadata"].get("labels") or {} for one in namespaces
        }


def _known(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the few things of a pod that are used."""
    meta, spec = pod["metadata"], pod["spec"]
    images = [
        {"name": one["name"], "image": one.get("image", "")}
        for one in [*(spec.get("initContainers") or []), *spec["containers"]]
    ]
    return {
        "metadata": {name: meta.get(name) for name in ("name", "namespace", "labels")},
        "spec": {"containers": images},
    }
