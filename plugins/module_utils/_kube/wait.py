# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until objects are ready: a predicate, a clock and a limit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Optional, Protocol

from .._core.errors import LandfallError, NotReadyError, ProblemsError
from .api import Api, Resource
from .cause import Cause
from .concurrent import each
from .explain import explain, find_cause, pods_of
from .jobs import has_begun, has_tried, is_unharmed, own_limit
from .objects import Gvk, Key, Object, gvk_of, key_of
from .ready import Facts, Failed, Ready, State, facts_from, readiness

FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 2.0
# A failure that the next look no longer shows (a rollout that goes on after a node returned) is
# none; what is seen for this long stays.
FAILED_FOR_S = 10.0
# How often to look for what makes waiting useless; costs two requests for each unready workload.
LOOK_S = 5.0
_NODE = Gvk("", "v1", "Node")
_STORAGE_CLASS = Gvk("storage.k8s.io", "v1", "StorageClass")


class ObjectNotReadyError(NotReadyError):
    """An object did not become ready; ``cause`` is one line that says why, empty if unknown."""

    def __init__(self, what: str, *, on: str, found: str, cause: str, remedy: str = "") -> None:
        super().__init__(what, on=on, found=found, remedy=remedy)
        self.cause = cause


class StillRunningError(ObjectNotReadyError):
    """A Job is still at work when its limit has passed; nothing of it has failed."""


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

        A Job that is at work may take as long as it says itself (``activeDeadlineSeconds``), when
        that is longer than the limit. The limit is not waited for when it cannot help: each object
        that is not ready has a cause that will last. As long as one is just starting, others may be
        waiting for it.

        Raises:
            StillRunningError: all that is not ready is Jobs that go on beyond their limits.
            NotReadyError: the limit passed, or one failed; says why, for each (ProblemsError).
        """
        start = self._clock.now()
        pause, failed_since = FIRST_PAUSE_S, start
        current = dict(live)
        useless, limits = _Useless(self._api, start), _Limits(self._api, self._timeout)
        while True:
            states = self._states(current)
            if not states:
                return
            now = self._clock.now()
            if not any(isinstance(state, Failed) for state in states.values()):
                failed_since = now
            pending = {key: current[key] for key in states}
            late = limits.passed(pending, now - start) or now - failed_since >= FAILED_FOR_S
            if late or useless.look(pending, now):
                self._give_up(states, current, now - start, limits)
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
        self,
        states: Mapping[Key, State],
        live: Mapping[Key, Object],
        waited: float,
        limits: _Limits,
    ) -> None:
        failed = {key for key, state in states.items() if isinstance(state, Failed)}
        running = {key for key in states if key not in failed and limits.at_work(live[key])}
        on_time = {key for key in states if key not in failed and limits.goes_on(live[key], waited)}
        # What is to blame comes first, and not a Job that only has not ended yet.
        order = sorted(states, key=lambda key: (key in running | on_time, key not in failed))
        problems: list[LandfallError] = []
        for index, key in enumerate(order):
            state = states[key]
            reason = "" if isinstance(state, Ready) else state.reason
            if key in running:
                problems.append(_still_running(key, reason, waited))
                continue
            # Reading events and logs costs requests; the first objects show the cause.
            cause = _cause(self._api, live[key]) if index < 5 else None
            details = explain(self._api, live[key]) if index < 5 else []
            lines = [reason, *([f"cause: {cause}"] if cause else []), *details]
            problems.append(
                ObjectNotReadyError(
                    "an object failed" if key in failed else f"not ready after {waited:.0f} s",
                    on=str(key),
                    found="\n    ".join(lines),
                    cause=str(cause or reason),
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


def _still_running(key: Key, reason: str, waited: float) -> StillRunningError:
    return StillRunningError(
        f"a job is still running after {waited:.0f} s",
        on=str(key),
        found=f"{reason}; nothing of it failed, and it goes on",
        cause=f"still running: {reason}",
        remedy="run this again to wait for it, or give it a limit (activeDeadlineSeconds)",
    )


class _Limits:
    """Knows how long each object is waited for; Jobs have limits of their own."""

    def __init__(self, api: Api, timeout: float) -> None:
        self._api = api
        self._timeout = timeout
        self._begun: set[Key] = set()

    def passed(self, pending: Mapping[Key, Object], waited: float) -> bool:
        """Tell whether to give up: something is late, or all that is left are Jobs that go on.

        Args:
            pending: what is not ready.
            waited: seconds since the wait began.
        """
        if waited < self._timeout:
            return False
        late = [obj for obj in pending.values() if not self.goes_on(obj, waited)]
        return len(late) == len(pending) or not all(map(self.at_work, late))

    def goes_on(self, obj: Object, waited: float) -> bool:
        """Tell whether an object is a Job that has begun, and has time left by its own word."""
        return self._has_begun(obj) and waited < own_limit(obj)

    def at_work(self, obj: Object) -> bool:
        """Tell whether an object is a Job that is at work, and nothing of it has failed."""
        if not self._has_begun(obj) or not is_unharmed(obj):
            return False
        cause = _cause(self._api, obj)
        return cause is None or cause.patience is None

    def _has_begun(self, obj: Object) -> bool:
        key = key_of(obj)
        if (key.group, key.kind) != ("batch", "Job") or obj["metadata"].get("deletionTimestamp"):
            return False
        if key not in self._begun and (has_tried(obj) or has_begun(_pods(self._api, obj))):
            self._begun.add(key)
        return key in self._begun


def _pods(api: Api, obj: Object) -> list[Object]:
    try:
        return pods_of(api, obj)
    except LandfallError:
        return []  # the next look decides


class _Useless:
    """Remembers since when objects have had a cause that will last."""

    def __init__(self, api: Api, now: float) -> None:
        self._api = api
        self._looked = now
        self._since: dict[Key, tuple[str, float]] = {}

    def look(self, pending: Mapping[Key, Object], now: float) -> bool:
        """Tell whether waiting is useless for all of these objects."""
        if now - self._looked < LOOK_S:
            return False
        self._looked = now
        causes = each("causes cannot be read", lambda obj: _cause(self._api, obj), pending.values())
        lasting = []
        for key, cause in zip(pending, causes):
            if cause is None or cause.patience is None:
                self._since.pop(key, None)
                continue
            kind, since = self._since.get(key, ("", now))
            self._since[key] = (cause.kind, since if kind == cause.kind else now)
            lasting.append(now - self._since[key][1] >= cause.patience)
        return len(lasting) == len(pending) and all(lasting)


def _cause(api: Api, obj: Object) -> Optional[Cause]:
    try:
        return find_cause(api, obj)
    except LandfallError:
        return None  # the next look, or the limit, decides


def only_running(error: LandfallError) -> bool:
    """Tell whether nothing failed: what is not ready is Jobs that are still at work."""
    problems = error.problems if isinstance(error, ProblemsError) else (error,)
    return bool(problems) and all(isinstance(one, StillRunningError) for one in problems)


def why(error: LandfallError) -> str:
    """Return one line that says why a roll-out failed, for the record of it."""
    first = error.problems[0] if isinstance(error, ProblemsError) and error.problems else error
    if isinstance(first, ObjectNotReadyError):
        return f"{first.on}: {first.cause}"
    return str(first).splitlines()[0]


def _gone(obj: Object) -> Object:
    """Return an object that a LIST no longer shows as one that is being deleted."""
    return {**obj, "metadata": {**obj["metadata"], "deletionTimestamp": "gone"}}


def _finalizers(obj: Object) -> str:
    finalizers = obj["metadata"].get("finalizers") or (obj.get("spec") or {}).get("finalizers")
    return f"finalizers {finalizers}" if finalizers else "no finalizers"
