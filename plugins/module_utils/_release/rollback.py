# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go back to an earlier release: its objects again, with the secrets that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._kube.api import Api
from .._kube.apply import ApplyResult, apply_objects
from .._kube.concurrent import each
from .._kube.explain import not_ready_pods, selector_of
from .._kube.objects import Gvk, Key, Object
from .._kube.prune import PART_OF, set_id
from .._kube.wait import Clock
from .content import restored
from .model import Release, Scaled

_STATEFUL_SET = Gvk("apps", "v1", "StatefulSet")
_POD, _JOB = Gvk("", "v1", "Pod"), Gvk("batch", "v1", "Job")
_REVISION = "controller-revision-hash"


def _ignore(result: ApplyResult) -> None:
    """Do nothing with a result."""


@dataclass(frozen=True)
class Ways:
    """How objects are applied: wait at most ``timeout`` seconds, only predict, take over."""

    wait: bool = True
    timeout: float = 300.0
    check: bool = False
    force: bool = False

    def apply(
        self,
        api: Api,
        owner: str,
        objects: Sequence[Mapping[str, Any]],
        clock: Clock,
        decided: Callable[[ApplyResult], None] = _ignore,
        *,
        prune: bool = True,
    ) -> ApplyResult:
        """Bring the cluster to what an owner declares; see ``_kube.apply.apply_objects``."""
        return apply_objects(
            api,
            owner,
            objects,
            prune=prune,
            wait=self.wait,
            timeout=self.timeout,
            check=self.check,
            force=self.force,
            clock=clock,
            decided=decided,
        )


def blocking(stateful_set: Mapping[str, Any], pods: Iterable[Object]) -> list[Object]:
    """Return the pods of a roll-out that failed, which keep an ordered StatefulSet from going back.

    Its controller waits for a broken pod to get ready before it replaces it, which never happens.
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
    """
    status = stateful_set.get("status") or {}
    failed = status.get("updateRevision")
    if not failed or failed == status.get("currentRevision"):
        return []
    return [
        pod
        for pod in not_ready_pods(pods)
        if (pod["metadata"].get("labels") or {}).get(_REVISION) == failed
    ]


def _blocking(api: Api, objects: Sequence[Mapping[str, Any]]) -> list[Object]:
    sets, pods = api.resource(_STATEFUL_SET), api.resource(_POD)
    wanted = [obj for obj in objects if obj["kind"] == "StatefulSet"]
    if not sets or not pods or not wanted:
        return []

    def look(obj: Mapping[str, Any]) -> list[Object]:
        meta = obj["metadata"]
        live = api.get(sets, Key("apps", "StatefulSet", meta["namespace"], meta["name"]))
        if live is None:
            return []
        found = api.list(pods, selector=selector_of(live), namespace=meta["namespace"])
        return blocking(live, found)

    return [pod for found in each("pods cannot be read", look, wanted) for pod in found]


def _jobs(api: Api, owner: str, namespace: str) -> list[Object]:
    resource = api.resource(_JOB)
    selector = f"{PART_OF}={set_id(owner)}"
    return api.list(resource, selector=selector, namespace=namespace) if resource else []


def bring_back(
    api: Api,
    owner: str,
    release: Release,
    secrets: Mapping[str, Mapping[str, Any]],
    scaled: Mapping[str, Scaled],
    ways: Ways,
    clock: Clock,
    decided: Callable[[ApplyResult], None] = _ignore,
) -> None:
    """Apply the objects of a release again.

    Args:
        api: the connection.
        owner: of the stack's objects.
        release: with its objects.
        secrets: the stack's Secrets, as they shall be.
        scaled: numbers of replicas that were set by hand.
        ways: how.
        clock: the time.
        decided: called with the changes before anything is applied.

    Raises:
        RefusedError: secrets that the release needs are gone; nothing was changed.
        NotReadyError: it does not become ready, either.
    """
    on = f"{release.stack} in {release.namespace}, revision {release.revision}"
    jobs = {obj["metadata"]["name"] for obj in _jobs(api, owner, release.namespace)}
    objects = restored(release.objects, secrets, scaled, jobs, on)
    doomed = [] if ways.check else _blocking(api, objects)
    replace(ways, wait=False).apply(api, owner, objects, clock, decided)
    _delete(api, doomed)
    if ways.wait and not ways.check:
        ways.apply(api, owner, objects, clock)


def _delete(api: Api, pods: Sequence[Object]) -> None:
    resource = api.resource(_POD)
    if resource:
        each("pods cannot be deleted", lambda pod: api.delete(resource, pod), pods)
