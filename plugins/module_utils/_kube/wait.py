# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until objects are ready: a predicate, a clock and a limit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from .._core.errors import LandfallError, NotReadyError, ProblemsError
from .api import Api, Resource
from .concurrent import each
from .explain import explain
from .objects import Gvk, Key, Object, gvk_of, key_of
from .ready import Facts, Failed, Ready, State, facts_from, readiness

FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 2.0
# A failure that the next look no longer shows (a rollout that goes on after a node returned) is
# none; what is seen for this long stays.
FAILED_FOR_S = 10.0
_NODE = Gvk("", "v1", "Node")
_STORAGE_CLASS = Gvk("storage.k8s.io", "v1", "StorageClass")


class Clock(Protocol):
    """The time, in seconds."""

    def now(self) -> float:
        """Return a time that only goes forward."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return a time that only goes forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def look_facts(api: Api, pending: Iterable[Object]) -> Facts:
    """Return the facts that the predicates of these objects ask for."""
    kinds = {obj["kind"] for obj in pending}
    found: dict[Gvk, list[Object]] = {_STORAGE_CLASS: [], _NODE: []}
    for kind, gvk in (("PersistentVolumeClaim", _STORAGE_CLASS), ("DaemonSet", _NODE)):
        resource = api.resource(gvk) if kind in kinds else None
        if resource:
            found[gvk] = api.list(resource)
    return facts_from(list(found[_STORAGE_CLASS]), list(found[_NODE]))


def fetch(api: Api, keys: Mapping[Key, Resource], selector: str) -> dict[Key, Object]:
    """Return the present objects of these keys: one LIST a kind."""
    resources = list(dict.fromkeys(keys.values()))
    lists = each(
        "objects cannot be read", lambda resource: api.list(resource, selector=selector), resources
    )
    return {key_of(obj): obj for found in lists for obj in found if key_of(obj) in keys}


class Waiter:
    """Waits for the objects that one selector finds."""

    def __init__(self, api: Api, selector: str, timeout: float, clock: Clock) -> None:
        self._api = api
        self._selector = selector
        self._timeout = timeout
        self._clock = clock

    def _states(self, live: Mapping[Key, Object]) -> dict[Key, State]:
        states = {key: readiness(obj) for key, obj in live.items()}
        pending = [live[key] for key, state in states.items() if not isinstance(state, Ready)]
        if pending:
            facts = look_facts(self._api, pending)
            states.update({key_of(obj): readiness(obj, facts) for obj in pending})
        return {key: state for key, state in states.items() if not isinstance(state, Ready)}

    def ready(self, live: Mapping[Key, Object]) -> None:
        """Wait until all objects are ready; ``live`` is their last known form.

        Raises:
            NotReadyError: the limit passed, or one failed; says why, for each (ProblemsError).
        """
        start = self._clock.now()
        pause, failed_since = FIRST_PAUSE_S, start
        current = dict(live)
        while True:
            states = self._states(current)
            if not states:
                return
            now = self._clock.now()
            if not any(isinstance(state, Failed) for state in states.values()):
                failed_since = now
            if now - start >= self._timeout or now - failed_since >= FAILED_FOR_S:
                self._give_up(states, current, now - start)
            self._clock.sleep(pause)
            pause = min(LAST_PAUSE_S, pause * 1.5)
            current = self._again(current, states)

    def _again(self, current: Mapping[Key, Object], pending: Iterable[Key]) -> dict[Key, Object]:
        keys: dict[Key, Resource] = {}
        for key in pending:
            resource = self._api.resource(gvk_of(current[key]))
            if resource:
                keys[key] = resource
        fresh = fetch(self._api, keys, self._selector)
        return {key: fresh.get(key, _gone(current[key])) for key in pending}

    def _give_up(
        self, states: Mapping[Key, State], live: Mapping[Key, Object], waited: float
    ) -> None:
        problems: list[LandfallError] = []
        for index, (key, state) in enumerate(states.items()):
            reason = "" if isinstance(state, Ready) else state.reason
            # Reading events and logs costs requests; the first objects show the cause.
            details = explain(self._api, live[key]) if index < 5 else []
            failed = isinstance(state, Failed)
            problems.append(
                NotReadyError(
                    "an object failed" if failed else f"not ready after {waited:.0f} s",
                    on=str(key),
                    found="\n    ".join([reason, *details]),
                )
            )
        if len(problems) == 1:
            raise problems[0]
        raise ProblemsError("objects did not become ready", problems)

    def gone(self, keys: Mapping[Key, Resource]) -> None:
        """Wait until none of these objects exists any more.

        Raises:
            NotReadyError: some still exist when the limit has passed.
        """
        start, pause = self._clock.now(), FIRST_PAUSE_S
        left = dict(keys)
        while True:
            found = each(
                "objects cannot be read", lambda key: self._api.get(keys[key], key), list(left)
            )
            live = {key_of(obj): obj for obj in found if obj is not None}
            left = {key: left[key] for key in left if key in live}
            if not left:
                return
            if self._clock.now() - start >= self._timeout:
                raise NotReadyError(
                    f"still being deleted after {self._timeout:.0f} s",
                    on=", ".join(map(str, left)),
                    found=", ".join(_finalizers(live[key]) for key in left),
                    remedy="see which controller has to finish the deletion",
                )
            self._clock.sleep(pause)
            pause = min(LAST_PAUSE_S, pause * 1.5)


def _gone(obj: Object) -> Object:
    """Return an object that a LIST no longer shows as one that is being deleted."""
    return {**obj, "metadata": {**obj["metadata"], "deletionTimestamp": "gone"}}


def _finalizers(obj: Object) -> str:
    finalizers = obj["metadata"].get("finalizers") or (obj.get("spec") or {}).get("finalizers")
    return f"finalizers {finalizers}" if finalizers else "no finalizers"
