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
from .explain import explain, find_cause
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

    def __init__(self, what: str, *, on: str, found: str, cause: str) -> None:
        super().__init__(what, on=on, found=found)
        self.cause = cause


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

        The limit is not waited for when it cannot help: each object that is not ready has a cause
        that will last. As long as one is just starting, others may be waiting for it.

        Raises:
            NotReadyError: the limit passed, or one failed; says why, for each (ProblemsError).
        """
        start = self._clock.now()
        pause, failed_since = FIRST_PAUSE_S, start
        current = dict(live)
        useless = _Useless(self._api, start)
        while True:
            states = self._states(current)
            if not states:
                return
            now = self._clock.now()
            if not any(isinstance(state, Failed) for state in states.values()):
                failed_since = now
            late = now - start >= self._timeout or now - failed_since >= FAILED_FOR_S
            if late or useless.look({key: current[key] for key in states}, now):
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
            cause = _cause(self._api, live[key]) if index < 5 else None
            details = explain(self._api, live[key]) if index < 5 else []
            failed = isinstance(state, Failed)
            lines = [reason, *([f"cause: {cause}"] if cause else []), *details]
            problems.append(
                ObjectNotReadyError(
                    "an object failed" if failed else f"not ready after {waited:.0f} s",
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
