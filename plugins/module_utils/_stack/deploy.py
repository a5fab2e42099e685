# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring one stack into the cluster: secrets, objects, the checks, the record, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from .._core.errors import LandfallError, ProblemsError, UnreachableError
from .._core.plan import Change, Plan
from .._kube.api import Api
from .._kube.apply import ApplyResult, predict_objects
from .._kube.concurrent import each
from .._kube.objects import Gvk, Key, Object
from .._kube.plan import CREATE
from .._kube.wait import ObjectNotReadyError, only_running, why
from .._release.content import before
from .._release.model import History, Pin, Release
from .._release.recorder import Author, Recorder, Subject, drafted
from .._release.rollback import Ways, bring_back
from .._release.scaling import held
from .._release.store import ReleaseStore, secrets_of
from .addresses import Addresses
from .compile import compile_stack
from .images import promoted
from .replicas import declared_replicas, with_replicas
from .secrets import settle
from .settings import Instance
from .vault import UnreadVault, Vault
from .verify import Asker, Clock, requests, verify

_SECRET = Gvk("", "v1", "Secret")


@dataclass(frozen=True)
class Options:
    """How to deploy.

    Attributes:
        wait: until everything is ready and the checks succeed; at most ``timeout`` seconds.
        check: change nothing, predict.
        force: take over fields of others.
        vault: where secrets that say so are read.
        author: who deploys.
        pins: promoted images by component, or component/container.
        source: where the promoted images come from.
    """

    wait: bool = True
    timeout: float = 300.0
    check: bool = False
    force: bool = False
    vault: Optional[Vault] = None
    author: Author = field(default_factory=Author)
    pins: Mapping[str, Pin] = field(default_factory=dict)
    source: str = ""

    def with_promotion(self, pins: Mapping[str, Pin], source: str) -> Options:
        """Return these options for a stack to which images were promoted."""
        return replace(self, pins=pins, source=source)

    @property
    def ways(self) -> Ways:
        """How to apply."""
        return Ways(self.wait, self.timeout, self.check, self.force)


@dataclass(frozen=True)
class Deployed:
    """What a deployment changed (or would).

    Attributes:
        plan: the changes; false when nothing differs and nothing is recorded.
        release: the record, None when none is needed.
        notes: what the operator should know although it is no change.
    """

    plan: Plan[Change]
    release: Optional[Release] = None
    notes: tuple[str, ...] = ()


Decided = Callable[[Deployed], None]


class RolledBackError(ObjectNotReadyError):
    """A roll-out failed, and the release before it was brought back."""


def present_secrets(api: Api, instance: Instance) -> dict[str, Optional[Mapping[str, Any]]]:
    """Return the stack's Secrets as the cluster has them, None for those that it has not."""
    resource = api.resource(_SECRET)
    names = list(instance.stack.secrets)
    if resource is None:
        return dict.fromkeys(names)
    live = each(
        "secrets cannot be read",
        lambda name: api.get(resource, Key("", "Secret", instance.namespace, name)),
        names,
    )
    return dict(zip(names, live))


def predict(instance: Instance, pins: Mapping[str, Pin] = {}) -> Deployed:
    """Return what deploying to a cluster that does not exist yet would do."""
    objects = promoted(compile_stack(instance, settle(instance, {}, vault=UnreadVault())), pins)
    return Deployed(Plan(tuple(predict_objects(instance.owner, objects).plan)))


class _Rollout:
    """One deployment of one stack."""

    def __init__(
        self, api: Api, instance: Instance, options: Options, history: History, clock: Clock
    ) -> None:
        self._api = api
        self._options = options
        self._history = history
        self._clock = clock
        present = history.current or history.last
        declared = declared_replicas(instance)
        self._scaled = held(present.scaled if present else {}, declared)
        self._instance = with_replicas(instance, self._scaled)
        self._earlier = present_secrets(api, instance)
        # Those of charts count only for the way back.
        self._all = self._secrets() if instance.rollback and not options.check else {}
        self.recorder: Optional[Recorder] = None

    def run(self, ask: Asker, decided: Decided) -> Deployed:
        """Roll out, verify and record."""
        objects, first = self._objects()
        subject = Subject(
            self._instance.stack.name,
            self._instance.environment,
            self._instance.namespace,
            self._scaled,
            self._options.pins,
            self._options.source,
        )
        draft = drafted(subject, objects, self._options.author)
        self.recorder = Recorder(self._api, self._history, draft)
        found: list[Deployed] = []

        def on_decision(result: ApplyResult) -> None:
            found.append(self._decide(first, result))
            decided(found[0])
            new = any(
                one.obj["kind"] == "Namespace" and one.action == CREATE for one in result.plan
            )
            if not self._options.check and not new and self.recorder:
                self.recorder.begin()

        ways, owner = self._options.ways, self._instance.owner
        ways.apply(self._api, owner, objects, self._clock, on_decision)
        if self._options.wait and not self._options.check:
            verify(requests(self._instance), ask, self._clock)
            self.recorder.succeed()
        elif not self._options.check:
            self.recorder.begin()
        return found[0]

    def _objects(self) -> tuple[list[Object], Plan[Change]]:
        """Return the objects, and what had to be changed to know an external address."""
        settled = settle(self._instance, self._earlier, vault=self._options.vault)
        addresses = Addresses(self._api, self._instance, self._options.ways, self._clock)
        known, plan = addresses.settle(lambda given: compile_stack(self._instance, settled, given))
        objects = compile_stack(self._instance, settled, known)
        return promoted(addresses.awaited(objects), self._options.pins), plan

    def _decide(self, first: Plan[Change], result: ApplyResult) -> Deployed:
        changes: tuple[Change, ...] = (*first, *result.plan)
        if self.recorder is None:
            return Deployed(Plan(changes))
        release = self.recorder.decide(bool(changes), waits=self._options.wait)
        if release and not changes:
            target = f"release {release.revision} of {release.namespace}"
            changes = (Change(target, "record", after=f"{release.hash}\n"),)
        return Deployed(Plan(changes), release, self._notes())

    def _notes(self) -> tuple[str, ...]:
        return tuple(
            f"{self._instance.namespace}: {name} has {one.replicas} replicas, set by hand; the "
            f"inventory says {one.declared}"
            for name, one in self._scaled.items()
        )

    def failed(self, error: LandfallError) -> LandfallError:
        """Record a failure, go back where that is asked for, and return what to report."""
        recorder, target = self.recorder, self._history.current
        if recorder is None or recorder.release is None or self._options.check:
            return error  # nothing was rolled out
        cause, failed = why(error), recorder.release
        what = "a roll-out failed, and its record could not be written"
        try:
            recorder.fail(error)
            if only_running(error) or not self._instance.rollback or target is None:
                return error
            what = f"a roll-out failed, and so did going back to revision {target.revision}"
            self._go_back(target)
            recorder.give_way(cause)
        except LandfallError as second:
            return ProblemsError(what, [error, second])
        return RolledBackError(
            f"revision {failed.revision} failed and revision {target.revision} was brought back",
            on=f"{failed.stack} in {failed.namespace}",
            found=str(error),
            cause=cause,
        )

    def _go_back(self, target: Release) -> None:
        bring_back(
            self._api,
            self._instance.owner,
            ReleaseStore(self._api).full(target),
            before({**self._all, **self._earlier}, self._secrets()),
            self._scaled,
            self._options.ways,
            self._clock,
        )

    def _secrets(self) -> dict[str, Object]:
        return secrets_of(self._api, self._instance.owner, self._instance.namespace)


def deploy(
    api: Api,
    instance: Instance,
    options: Options,
    ask: Asker,
    clock: Clock,
    decided: Decided,
    history: Optional[History] = None,
) -> Deployed:
    """Bring one stack into the cluster, check that it serves, and record it.

    Args:
        api: the connection.
        instance: the stack in its environment.
        options: how.
        ask: sends the checks' requests.
        clock: the time.
        decided: called with the changes before anything is applied.
        history: the stack's releases; read when they are not given.

    Raises:
        RolledBackError: it failed, and the release before it was brought back.
        LandfallError: see ``_kube.apply.apply_objects`` and ``verify``.
    """
    if history is None:
        history = ReleaseStore(api).history(instance.namespace)
    rollout = _Rollout(api, instance, options, history, clock)
    try:
        return rollout.run(ask, decided)
    except UnreachableError:
        raise  # what cannot be reached can neither be recorded nor rolled back
    except LandfallError as error:
        raise rollout.failed(error) from error
