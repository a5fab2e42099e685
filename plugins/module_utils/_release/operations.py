# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a day's work does to a stack in the cluster: scale, refresh, run a job, roll back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from .._core.errors import InvalidInputError, LandfallError, RefusedError
from .._core.plan import Change, Plan
from .._kube.api import Api, Resource
from .._kube.apply import ApplyResult
from .._kube.concurrent import each
from .._kube.objects import Gvk, Key, Object, key_of
from .._kube.prune import PART_OF, set_id
from .._kube.wait import Clock, Waiter
from .content import component_of, with_replicas
from .images import declared_images
from .model import PENDING, ROLLED_BACK, History, Release, Scaled, rollback_target
from .recorder import Author, Recorder
from .refresh import MANAGER as REFRESHER
from .refresh import annotated
from .rollback import Ways, bring_back
from .run import MANAGER as RUNNER
from .run import RUN, job_of
from .scaling import scaled_change, set_by_hand
from .store import ReleaseStore, secrets_of
from .target import Target, check_component

Decided = Callable[[Plan[Change]], None]
_WORKLOADS = tuple(Gvk("apps", "v1", kind) for kind in ("Deployment", "StatefulSet", "DaemonSet"))
_JOB = Gvk("batch", "v1", "Job")


@dataclass(frozen=True)
class Context:
    """What every operation needs.

    Attributes:
        api: the connection.
        target: the stack.
        ways: how to apply; ``force`` means nothing here.
        clock: the time.
        author: who does it.
        decided: called with the changes before anything is changed.
    """

    api: Api
    target: Target
    ways: Ways
    clock: Clock
    author: Author
    decided: Decided

    @property
    def store(self) -> ReleaseStore:
        """The stack's releases."""
        return ReleaseStore(self.api)

    @property
    def selector(self) -> str:
        """What finds the stack's objects."""
        return f"{PART_OF}={set_id(self.target.owner)}"

    def waiter(self, selector: str = "") -> Waiter:
        """Return what waits for the stack's objects, or others."""
        return Waiter(self.api, selector or self.selector, self.ways.timeout, self.clock)


def _current(context: Context) -> Release:
    """Return the release that runs, with its objects."""
    found = context.store.history(context.target.namespace).current
    if found is None:
        raise RefusedError(
            "the stack has no release that runs",
            on=str(context.target),
            remedy="deploy it first (playbooks/deploy.yml)",
        )
    return context.store.full(found)


def _workloads(context: Context) -> dict[Key, tuple[Resource, Object]]:
    """Return the workloads of the stack that are not just being removed."""
    resources = [found for gvk in _WORKLOADS for found in [context.api.resource(gvk)] if found]
    namespace = context.target.namespace
    lists = each(
        "workloads cannot be read",
        lambda resource: context.api.list(resource, selector=context.selector, namespace=namespace),
        resources,
    )
    return {
        key_of(obj): (resource, obj)
        for resource, objects in zip(resources, lists)
        for obj in objects
        if not obj["metadata"].get("deletionTimestamp")
    }


def scale(context: Context, component: str, replicas: Optional[int]) -> Plan[Change]:
    """Give a component another number of replicas, which later deployments keep.

    Args:
        context: what every operation needs.
        component: which one.
        replicas: the number; None for what the inventory says.

    Raises:
        RefusedError: the load decides the component's number, or the stack is not deployed.
        InvalidInputError: there is no such component.
        NotReadyError: it does not become ready.
    """
    release = _current(context)
    workloads = {
        component_of(obj): (key, resource, obj)
        for key, (resource, obj) in _workloads(context).items()
        if "replicas" in obj["spec"]
    }
    check_component(component, workloads.keys(), context.target, "component with replicas")
    declared = _declared(release, component, context.target)
    key, resource, live = workloads[component]
    wanted = declared if replicas is None else replicas
    scaled = set_by_hand(release.scaled, component, wanted, declared)
    plan = scaled_change(key, live["spec"]["replicas"], wanted, scaled != release.scaled)
    context.decided(plan)
    if plan and not context.ways.check:
        # First what later deployments keep, then what they find: a run that is killed between
        # leaves nothing that the next deployment would undo.
        context.store.update([replace(release, scaled=scaled, objects=())])
        patch = {"spec": {"replicas": wanted}}
        live = context.api.merge(resource, key, patch, manager=context.target.manager)
    if context.ways.wait and not context.ways.check:
        context.waiter().ready({key: live})
    return plan


def _declared(release: Release, component: str, target: Target) -> int:
    held = release.scaled.get(component)
    for obj in release.objects:
        if component_of(obj) == component and "replicas" in (obj.get("spec") or {}):
            return held.declared if held else int(obj["spec"]["replicas"])
    raise RefusedError(
        "the load decides how many replicas the component has",
        on=f"{target}: {component}",
        remedy="change its scale in the inventory",
    )


def refresh(context: Context, components: Sequence[str]) -> Plan[Change]:
    """Replace the pods of components one by one, each ready before the next goes.

    Args:
        context: what every operation needs.
        components: which ones; all of the stack when empty.

    Raises:
        InvalidInputError: there is no such component.
        NotReadyError: the new pods do not become ready; the old ones serve on.
    """
    workloads = _workloads(context)
    known = {component_of(obj) for _, obj in workloads.values()}
    for component in components:
        check_component(component, known, context.target, "component with pods that stay")
    chosen = {
        key: (resource, annotated(obj, context.author.now()))
        for key, (resource, obj) in workloads.items()
        if not components or component_of(obj) in components
    }
    plan = Plan(tuple(Change(str(key), "refresh") for key in sorted(chosen)))
    context.decided(plan)
    if context.ways.check:
        return plan
    live = each(
        "pods cannot be replaced",
        lambda at: context.api.apply(at[0], at[1], manager=REFRESHER, force=True),
        chosen.values(),
    )
    if context.ways.wait:
        context.waiter().ready({key_of(obj): obj for obj in live})
    return plan


def run_job(context: Context, component: str) -> Plan[Change]:
    """Run a job of the stack once more, or a scheduled one now.

    Raises:
        InvalidInputError: the stack has no such job.
        NotReadyError: it fails, does not begin within the limit, or end within its own.
    """
    release = _current(context)
    jobs = {component_of(obj): obj for obj in release.objects if obj["kind"] in {"Job", "CronJob"}}
    check_component(component, jobs.keys(), context.target, "job")
    job = job_of(jobs[component], component, context.author.now())
    plan = Plan((Change(str(key_of(job)), "run"),))
    context.decided(plan)
    resource = context.api.resource(_JOB)
    if context.ways.check or resource is None:
        return plan
    live = context.api.apply(resource, job, manager=RUNNER)
    if context.ways.wait:
        selector = f"{RUN}={job['metadata']['labels'][RUN]}"
        context.waiter(selector).ready({key_of(live): live})
    return plan


def roll_back(context: Context, revision: Optional[int]) -> tuple[Plan[Change], Release]:
    """Go back to an earlier release, recorded as a new one.

    Args:
        context: what every operation needs.
        revision: to which one; the newest earlier one that ran when None.

    Returns:
        What was changed, and the release that runs now.

    Raises:
        RefusedError: there is none to go back to, or secrets that it needs are gone.
        NotReadyError: it does not become ready.
    """
    history = context.store.history(context.target.namespace)
    chosen = context.store.full(rollback_target(history, revision, str(context.target)))
    back = _WayBack(context, history, _as_declared(chosen))
    try:
        back.go()
    except LandfallError as error:
        back.fail(error)
        raise
    return back.plan, back.finish()


def _as_declared(release: Release) -> Release:
    """Return a release with the numbers of replicas that the inventory said then."""
    declared = {name: Scaled(one.declared, one.declared) for name, one in release.scaled.items()}
    return replace(release, objects=tuple(with_replicas(release.objects, declared)))


class _WayBack:
    """Applies a release again, and records that as a new one.

    Attributes:
        plan: what was changed; empty until that is known.
    """

    def __init__(self, context: Context, history: History, release: Release) -> None:
        self._context = context
        self._release = release
        self._scaled = history.current.scaled if history.current else {}
        self._cause = f"revision {release.revision} again"
        self._recorder = Recorder(context.api, history, self._draft())
        self.plan: Plan[Change] = Plan()

    def _draft(self) -> Release:
        author = self._context.author
        return replace(
            self._release,
            revision=0,
            status=PENDING,
            at=author.now(),
            by=author.by,
            run=author.run,
            cause=self._cause,
            scaled=self._scaled,
            images=declared_images(self._release.objects),
        )

    def go(self) -> None:
        """Apply the objects, and wait for them."""
        api, target = self._context.api, self._context.target
        bring_back(
            api,
            target.owner,
            self._release,
            secrets_of(api, target.owner, target.namespace),
            self._scaled,
            self._context.ways,
            self._context.clock,
            self._decided,
        )

    def _decided(self, result: ApplyResult) -> None:
        release = self._recorder.decide(changed=True)
        name = f"release {release.revision if release else ''} of {self._release.namespace}"
        # Also when all objects are as they shall be, the release that runs is another one.
        self.plan = Plan((*result.plan, Change(name, "record", after=f"{self._cause}\n")))
        self._context.decided(self.plan)
        if not self._context.ways.check:
            self._recorder.begin()

    def fail(self, error: LandfallError) -> None:
        """Record that it did not become ready; nothing when nothing was changed."""
        if self.plan and not self._context.ways.check:
            self._recorder.fail(error, self._cause)

    def finish(self) -> Release:
        """Return the release that runs now, recorded."""
        done = self._recorder.release
        if not self._context.ways.check:
            done = self._recorder.succeed(self._cause, ROLLED_BACK)
        if done is None:
            raise InvalidInputError(
                "the release could not be recorded", on=str(self._context.target)
            )
        return done
