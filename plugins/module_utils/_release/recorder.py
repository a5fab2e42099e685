# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release in the making: its record before, during and after the roll-out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from .._core.errors import LandfallError
from .._kube.api import Api
from .._kube.objects import Gvk, Object
from .._kube.wait import only_running, why
from .content import configuration_hash, without_values
from .images import declared_images, with_digests
from .model import (
    DEPLOYED,
    FAILED,
    PENDING,
    ROLLED_BACK,
    SUPERSEDED,
    History,
    Pin,
    Release,
    Scaled,
    numbered,
    succeeded,
)
from .store import ReleaseStore

_POD = Gvk("", "v1", "Pod")


def utc_now() -> str:
    """Return the time as a record holds it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@dataclass(frozen=True)
class Author:
    """Who rolls out.

    Attributes:
        by: user and host of the controller.
        run: id of the job, empty when there is none.
        now: returns the time.
    """

    by: str = ""
    run: str = ""
    now: Callable[[], str] = utc_now


@dataclass(frozen=True)
class Subject:
    """What is rolled out: the stack, and what is remembered besides its objects."""

    stack: str
    environment: str
    namespace: str
    scaled: Mapping[str, Scaled]
    pins: Mapping[str, Pin]
    source: str = ""


def drafted(subject: Subject, objects: Sequence[Mapping[str, Any]], author: Author) -> Release:
    """Return the release that these objects would be; its revision is not known yet."""
    kept = without_values(objects)
    return Release(
        revision=0,
        stack=subject.stack,
        environment=subject.environment,
        namespace=subject.namespace,
        status=PENDING,
        at=author.now(),
        by=author.by,
        run=author.run,
        hash=configuration_hash(kept),
        scaled=subject.scaled,
        pins=subject.pins,
        source=subject.source,
        images=declared_images(kept),
        objects=kept,
    )


class Recorder:
    """Records one roll-out.

    Args:
        api: the connection.
        history: the stack's releases when the roll-out began.
        draft: what is rolled out.
    """

    def __init__(self, api: Api, history: History, draft: Release) -> None:
        self._api = api
        self._store = ReleaseStore(api)
        self._history = history
        self._draft = draft
        self._release: Optional[Release] = None
        self._written = False

    @property
    def release(self) -> Optional[Release]:
        """The release with its revision, None when there is nothing to record."""
        return self._release

    def decide(self, changed: bool, waits: bool = True) -> Optional[Release]:
        """Find out whether there is something to record, and under which revision."""
        self._release = numbered(self._history, self._draft, changed, waits)
        return self._release

    def begin(self) -> None:
        """Record that the roll-out begins; its namespace must exist."""
        if self._release:
            self._put(self._release)

    def succeed(self, cause: str = "", instead: str = SUPERSEDED) -> Optional[Release]:
        """Record that the release runs, by the digests that its pods have.

        Args:
            cause: what it is for, if it is not an ordinary deployment.
            instead: what the release that ran before becomes.
        """
        if self._release is None:
            return None
        pods = pods_of(self._api, self._draft.namespace)
        earlier = [one.images for one in self._history.releases if one.ran]
        images = with_digests(self._release.images, pods, earlier)
        done = replace(self._release, status=DEPLOYED, ran=True, images=images, cause=cause)
        self._put(done)
        others = succeeded(self._history, done, instead)
        self._store.update(others)
        changed = {one.revision: one for one in (*self._history.releases, *others)}
        self._store.prune(History.of({**changed, done.revision: done}.values()))
        self._release = done
        return done

    def fail(self, error: LandfallError, purpose: str = "") -> None:
        """Record why the release did not become ready.

        It is no failure that jobs of it are still at work: the release stays pending, and the next
        run goes on with it.

        Args:
            error: what the roll-out ended with.
            purpose: what it was for, if it was not an ordinary deployment.
        """
        cause = f"{purpose}: {why(error)}" if purpose else why(error)
        self._end(PENDING if only_running(error) else FAILED, cause)

    def give_way(self, cause: str) -> None:
        """Record that an earlier release took the place of this one, which never ran."""
        self._end(ROLLED_BACK, cause)

    def _end(self, status: str, cause: str) -> None:
        if self._release:
            self._release = replace(self._release, status=status, cause=cause)
            self._put(self._release)

    def _put(self, release: Release) -> None:
        # The content never changes: what exists is only given another head.
        if self._written or self._history.get(release.revision):
            self._store.update([release])
        else:
            self._store.write(release)
        self._written = True


def pods_of(api: Api, namespace: str) -> list[Object]:
    """Return all pods of a namespace; the labels of a chart's pods are its own."""
    resource = api.resource(_POD)
    return api.list(resource, namespace=namespace) if resource else []
