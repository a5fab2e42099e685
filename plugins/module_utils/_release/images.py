# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of a release: of every container, with the digests that ran, and promoted ones."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._kube.objects import Object
from .content import component_of, is_foreign, pod_template
from .model import Pin


def place(obj: Mapping[str, Any], container: str) -> str:
    """Return how a container of a workload is named in a release.

    A component's own container has the component's name, another one ``component/container``.
    Charts and manifests have any number of workloads, so theirs are
    ``component/kind.workload/container``.
    """
    component = component_of(obj)
    if is_foreign(obj):
        return f"{component}/{str(obj['kind']).lower()}.{obj['metadata']['name']}/{container}"
    return component if container == component else f"{component}/{container}"


def _containers(template: Mapping[str, Any]) -> list[Object]:
    spec = template["spec"]
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def declared_images(objects: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the image of each container of the workloads."""
    found = {}
    for obj in objects:
        template = pod_template(obj)
        for container in _containers(template) if template else ():
            found[place(obj, container["name"])] = str(container["image"])
    return found


def pinned(objects: Sequence[Object], pins: Mapping[str, Pin]) -> list[Object]:
    """Return the objects with promoted images in the containers that have one."""
    return [_pinned(obj, pins) if pins else obj for obj in objects]


def _pinned(obj: Object, pins: Mapping[str, Pin]) -> Object:
    if pod_template(obj) is None:
        return obj
    obj = copy.deepcopy(obj)
    for container in _containers(pod_template(obj) or {}):
        pin = pins.get(place(obj, container["name"]))
        if pin:
            container["image"] = pin.image
    return obj


# digests -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ran:
    """A container as pods show it; which of a chart's workloads a pod is of they do not say."""

    component: str
    container: str
    image: str

    @classmethod
    def declared(cls, name: str, image: str) -> _Ran:
        """Return what pods show of the container that has a place in a release."""
        component, _, rest = name.partition("/")
        return cls(component, rest.rpartition("/")[2] or component, image)


def with_digests(
    images: Mapping[str, str],
    pods: Iterable[Mapping[str, Any]],
    earlier: Iterable[Mapping[str, str]] = (),
) -> dict[str, str]:
    """Return the images with the digests that pods run.

    A container that has not run yet (of a schedule, say) gets the digest that others run of the
    same reference. One whose pods are gone (of a job, with their node) keeps the one it ran.

    Args:
        images: declared reference of each container; one that has a digest keeps it.
        pods: of the stack; where they run several digests of one container, it gets none.
        earlier: images of earlier releases, the newest first.
    """
    wanted = {_Ran.declared(name, image) for name, image in images.items()}
    running: dict[_Ran, set[str]] = {}
    others: dict[str, set[str]] = {}
    for pod in pods:
        for one, digest in _digests(pod):
            if one in wanted:
                running.setdefault(one, set()).add(digest)
                others.setdefault(one.image, set()).add(digest)
    before = list(earlier)
    found = {}
    for name, image in images.items():
        digests = running.get(_Ran.declared(name, image)) or others.get(image, set())
        plain = image.partition("@")[0]
        if digests:
            found[name] = f"{plain}@{min(digests)}" if len(digests) == 1 else image
        else:
            ran = (one.get(name, "") for one in before)
            found[name] = next((one for one in ran if one.startswith(f"{image}@")), image)
    return found


def _digests(pod: Mapping[str, Any]) -> list[tuple[_Ran, str]]:
    """Return the containers of a pod whose digests are known."""
    if pod["metadata"].get("deletionTimestamp"):
        return []
    own = {one["name"]: str(one["image"]) for one in _containers(pod)}
    found = []
    for one in _statuses(pod):
        _, at, digest = str(one.get("imageID", "")).rpartition("@")
        if at:
            ran = _Ran(component_of(pod), str(one["name"]), own.get(one["name"], ""))
            found.append((ran, digest))
    return found


def _statuses(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
