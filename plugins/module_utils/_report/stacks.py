# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks of a cluster and what the platform runs: releases, health, images, endpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .._kube.objects import Object
from .._kube.ready import Failed, Ready, readiness
from .._release import model as release
from .._release.environment import MARK
from .._release.store import ENVIRONMENT, STACK
from . import facts as f
from .model import BAD, GOOD, NOTE, WARNING, Image, Rollout, Stack, Workload, natural, worst
from .nodes import active

_SHOWN = 300
_BAD_RELEASES = {
    release.FAILED: (BAD, "the last roll-out failed"),
    release.PENDING: (WARNING, "a roll-out has not ended"),
    release.ROLLED_BACK: (WARNING, "the last roll-out was taken back"),
}


def in_namespaces(objects: Iterable[Object]) -> dict[str, list[Object]]:
    """Return objects by namespace."""
    found: dict[str, list[Object]] = {}
    for obj in objects:
        found.setdefault(str(obj["metadata"].get("namespace") or ""), []).append(obj)
    return found


def workload(obj: Object) -> Workload:
    """Return a workload with its health."""
    status, spec = obj.get("status") or {}, obj.get("spec") or {}
    if obj["kind"] == f.DAEMON_SETS:
        ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    else:
        ready, wanted = status.get("readyReplicas", 0), spec.get("replicas", 1)
    found = readiness(obj)
    if isinstance(found, Ready):
        state, detail = GOOD, ""
    else:
        lost = isinstance(found, Failed) or (wanted and not ready)
        state, detail = BAD if lost else WARNING, found.reason
    meta = obj["metadata"]
    namespace = str(meta.get("namespace") or "")
    return Workload(str(obj["kind"]), namespace, str(meta["name"]), ready, wanted, state, detail)


def workloads(objects: Iterable[Object]) -> tuple[Workload, ...]:
    """Return workloads in the order of their names."""
    return tuple(sorted(map(workload, objects), key=lambda one: (one.namespace, natural(one.name))))


def per_node(pods: Iterable[Object]) -> dict[str, int]:
    """Return the number of pods by node; the name is empty where they are on none."""
    counted = Counter(str((pod.get("spec") or {}).get("nodeName") or "") for pod in active(pods))
    return dict(sorted(counted.items()))


class Stacks:
    """What was read of stacks, by namespace."""

    def __init__(self, facts: f.Facts) -> None:
        self._facts = facts
        self.namespaces: dict[str, Mapping[str, str]] = {}
        for obj in facts.of(f.NAMESPACES):
            labels = obj["metadata"].get("labels") or {}
            if STACK in labels and ENVIRONMENT in labels:
                self.namespaces[str(obj["metadata"]["name"])] = labels
        self._workloads = in_namespaces(facts.of(*f.WORKLOADS))
        self._pods = in_namespaces(facts.of(f.PODS))
        self._routes = in_namespaces(facts.of(f.ROUTES))
        self._claims = in_namespaces(facts.of(f.CLAIMS))

    def on_the_fly(self, namespace: str) -> bool:
        """Tell whether an environment was made by hand, and is in no inventory."""
        return self.namespaces.get(namespace, {}).get(MARK) == "true"

    def platform(self) -> list[Object]:
        """Return the workloads that belong to no stack."""
        return [obj for obj in self._facts.of(*f.WORKLOADS) if not self._owned(obj)]

    def platform_pods(self) -> list[Object]:
        """Return the pods that belong to no stack."""
        return [pod for pod in self._facts.of(f.PODS) if not self._owned(pod)]

    def _owned(self, obj: Object) -> bool:
        return obj["metadata"].get("namespace") in self.namespaces

    def all(self) -> tuple[Stack, ...]:
        """Return the stacks of the cluster, and those that only the inventory has."""
        found = [self._stack(name, labels) for name, labels in self.namespaces.items()]
        for wanted in self._facts.wanted.stacks:
            if wanted.namespace not in self.namespaces:
                known = self._facts.reached
                state, detail = (BAD, "not in the cluster") if known else (NOTE, "not known")
                found.append(
                    Stack(wanted.name, wanted.environment, wanted.namespace, state, detail)
                )
        return tuple(sorted(found, key=lambda one: (natural(one.name), one.environment)))

    def _stack(self, namespace: str, labels: Mapping[str, str]) -> Stack:
        history = self._facts.histories.get(namespace, release.History())
        last, current = history.last, history.current
        parts = workloads(self._workloads.get(namespace, ()))
        state, detail = _health(last, parts)
        shown = current or last
        return Stack(
            name=str(labels[STACK]),
            environment=str(labels[ENVIRONMENT]),
            namespace=namespace,
            state=state,
            detail=detail,
            revision=shown.revision if shown else 0,
            status=last.status if last else "",
            at=shown.at if shown else "",
            by=shown.by if shown else "",
            urls=urls(self._routes.get(namespace, ())),
            workloads=parts,
            images=images(shown, self._pods.get(namespace, ())),
            history=tuple(map(_rollout, history.releases)),
            claims=tuple(map(_claim, self._claims.get(namespace, ()))),
            by_hand=_by_hand(current),
            pods=per_node(self._pods.get(namespace, ())),
        )


def _health(last: release.Release | None, parts: tuple[Workload, ...]) -> tuple[str, str]:
    """Return the state of a stack and what says so; the worst comes first."""
    found = []
    if last is None:
        found.append((WARNING, "no release is recorded"))
    elif last.status in _BAD_RELEASES:
        state, words = _BAD_RELEASES[last.status]
        cause = _cut(last.cause)
        found.append((state, f"{words}: {cause}" if cause else words))
    found += [(part.state, f"{part.name}: {part.detail}") for part in parts if part.state != GOOD]
    if not found:
        return GOOD, "serves"
    state = worst(*(one for one, _ in found))
    return state, "; ".join(text for _, text in sorted(found, key=lambda one: one[0] != state))


def _cut(text: str) -> str:
    line = (text.splitlines() or [""])[0]
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def _rollout(one: release.Release) -> Rollout:
    by = f"{one.by} ({one.run})" if one.run else one.by
    return Rollout(one.revision, one.status, one.at, by, _cut(one.cause))


def _claim(obj: Object) -> tuple[str, str, str]:
    status, spec = obj.get("status") or {}, obj.get("spec") or {}
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "")
    size = (status.get("capacity") or {}).get("storage", asked)
    return str(obj["metadata"]["name"]), str(size), str(status.get("phase", "Pending"))


def _by_hand(current: release.Release | None) -> tuple[str, ...]:
    if current is None:
        return ()
    return tuple(
        f"{name} has {one.replicas} replicas; the inventory says {one.declared}"
        for name, one in current.scaled.items()
    )


def urls(routes: Iterable[Object]) -> tuple[str, ...]:
    """Return where routes lead from: each host name with its shortest path."""
    found: dict[str, str] = {}
    for route in routes:
        spec = route.get("spec") or {}
        paths = [
            str((match.get("path") or {}).get("value") or "/")
            for rule in spec.get("rules") or ()
            for match in rule.get("matches") or [{}]
        ]
        for host in spec.get("hostnames") or ():
            path = min([*paths, *([found[host]] if host in found else [])], key=len, default="/")
            found[str(host)] = path
    return tuple(f"http://{host}{path}" for host, path in sorted(found.items()))


def images(shown: release.Release | None, pods: Iterable[Object]) -> tuple[Image, ...]:
    """Return the images of a release with the digests that its pods run."""
    running: dict[str, set[str]] = {}
    for pod in active(pods):
        for reference, digest in digests(pod):
            running.setdefault(reference, set()).add(digest)
    found = []
    for container, image in (shown.images if shown else {}).items():
        reference, _, digest = image.partition("@")
        found.append(Image(container, reference, digest, tuple(sorted(running.get(reference, ())))))
    return tuple(found)


def digests(pod: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return reference and digest of each container of a pod that was started."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    found = []
    for declared, seen in (
        ("initContainers", "initContainerStatuses"),
        ("containers", "containerStatuses"),
    ):
        ids = {one.get("name"): str(one.get("imageID", "")) for one in status.get(seen) or ()}
        for one in spec.get(declared) or ():
            digest = ids.get(one.get("name"), "").rpartition("@")[2]
            if digest.startswith("sha256:"):
                found.append((str(one.get("image", "")).partition("@")[0], digest))
    return found
