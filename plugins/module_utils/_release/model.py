# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of a stack: what was brought into the cluster, when, by whom, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from .._core.errors import RefusedError
from .._kube.objects import Object

# Pending: being rolled out, or its run was killed. Rolled back: an earlier one took its place.
PENDING, DEPLOYED, FAILED = "pending", "deployed", "failed"
SUPERSEDED, ROLLED_BACK, REMOVED = "superseded", "rolled-back", "removed"
KEPT = 10
# Of a cause in a table; the whole of it is in the record.
_SHOWN = 120
INTERRUPTED = "the run ended before the roll-out did"


@dataclass(frozen=True)
class Scaled:
    """A number of replicas that was set by hand.

    It holds until the inventory says another number than it did then.

    Attributes:
        replicas: the number that was set.
        declared: the number that the inventory said at that time.
    """

    replicas: int
    declared: int


@dataclass(frozen=True)
class Pin:
    """An image that another environment has run, by digest.

    Attributes:
        image: the reference with its digest.
        instead_of: what stack and inventory said when it came; when they say something else, the
            pin no longer holds.
    """

    image: str
    instead_of: str = ""


@dataclass(frozen=True)
class Release:
    """One roll-out of a stack.

    Attributes:
        revision: counts from 1 in each namespace.
        at: when it began, UTC, as ``2026-01-31T12:00:00Z``.
        by: user and host of the controller.
        run: id of the job that ran it, empty when there is none.
        hash: tells two configurations apart; secrets count by their revision, not by value.
        cause: why it failed or was rolled back, or which one it brought back.
        ran: it was ready once, with its checks.
        images: component, or component/container, to the reference with the digest that ran.
        scaled: component to what was set by hand.
        pins: component, or component/container, to what was promoted.
        source: where the promoted images come from.
        objects: all objects without the values of Secrets; empty when only the head was read.
    """

    revision: int
    stack: str
    environment: str
    namespace: str
    status: str
    at: str = ""
    by: str = ""
    run: str = ""
    hash: str = ""
    cause: str = ""
    ran: bool = False
    images: Mapping[str, str] = field(default_factory=dict)
    scaled: Mapping[str, Scaled] = field(default_factory=dict)
    pins: Mapping[str, Pin] = field(default_factory=dict)
    source: str = ""
    objects: tuple[Object, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class History:
    """The releases of one stack, the newest first, without their objects."""

    releases: tuple[Release, ...] = ()

    @classmethod
    def of(cls, releases: Iterable[Release]) -> History:
        """Return them in their order."""
        return cls(tuple(sorted(releases, key=lambda one: -one.revision)))

    @property
    def last(self) -> Optional[Release]:
        """The newest release, however it ended."""
        return self.releases[0] if self.releases else None

    @property
    def current(self) -> Optional[Release]:
        """What runs: the newest deployed release."""
        return next((one for one in self.releases if one.status == DEPLOYED), None)

    def get(self, revision: int) -> Optional[Release]:
        """Return one release."""
        return next((one for one in self.releases if one.revision == revision), None)


def numbered(
    history: History, new: Release, changed: bool, waits: bool = True
) -> Optional[Release]:
    """Return the release that a deployment records, with its revision; None when none is needed.

    A release that was not finished, or failed and was left so, is gone on with when the
    configuration is still the same.

    Args:
        history: what the cluster has.
        new: what is being deployed; its revision does not count.
        changed: objects in the cluster differ from it.
        waits: the run waits until it is ready; otherwise it stays pending.
    """
    last = history.last
    if last is None:
        return replace(new, revision=1)
    # After a release was rolled back, what runs is the one before it.
    runs = last.status == DEPLOYED or (last.status == ROLLED_BACK and history.current)
    known = last.status == PENDING and last.hash == new.hash and not waits
    if not changed and (runs or known):
        return None
    if last.status in {PENDING, FAILED} and last.hash == new.hash:
        return replace(new, revision=last.revision)
    return replace(new, revision=last.revision + 1)


def succeeded(history: History, release: Release, instead: str = SUPERSEDED) -> list[Release]:
    """Return the other releases whose status changes when ``release`` is deployed.

    Args:
        history: what the cluster has.
        release: the one that is deployed now.
        instead: what the one that it replaces becomes.
    """
    changed = []
    for one in history.releases:
        if one.revision == release.revision:
            continue
        if one.status == DEPLOYED:
            back = instead == ROLLED_BACK
            cause = (
                f"revision {release.revision} brought an earlier one back" if back else one.cause
            )
            changed.append(replace(one, status=instead, cause=cause))
        elif one.status == PENDING:
            changed.append(replace(one, status=FAILED, cause=one.cause or INTERRUPTED))
    return changed


def surplus(history: History, keep: int = KEPT) -> list[Release]:
    """Return the releases to forget: all but the last ``keep`` and what runs."""
    return [one for one in history.releases[keep:] if one is not history.current]


def rollback_target(history: History, revision: Optional[int], on: str) -> Release:
    """Return the release to go back to.

    Args:
        history: what the cluster has.
        revision: the wanted one; without it the newest one that ran before the present one, has
            another configuration, and was not rolled back itself.
        on: the stack, for errors.

    Raises:
        RefusedError: there is none, it never ran, or it runs already.
    """
    known = ", ".join(str(one.revision) for one in history.releases if one.ran)
    current = history.current
    if revision is None:
        for one in history.releases:
            before = current is None or one.revision < current.revision
            same = current is not None and one.hash == current.hash
            if one.ran and before and not same and one.status != ROLLED_BACK:
                return one
        raise RefusedError(
            "there is no earlier release to go back to",
            on=on,
            found=f"revisions that ran: {known or 'none'}",
            remedy="see playbooks/history.yml",
        )
    found = history.get(revision)
    if found is None or not found.ran:
        raise RefusedError(
            "this release cannot be gone back to",
            on=f"{on}, revision {revision}",
            expected=f"a revision that ran: {known or 'there is none'}",
            found="it never became ready" if found else "it is not recorded",
        )
    if found is current:
        raise RefusedError("this release runs already", on=f"{on}, revision {revision}")
    return found


def table(releases: Sequence[Release]) -> list[str]:
    """Return the releases as lines of text with columns."""
    rows = [("revision", "when", "status", "by", "what")]
    rows += [
        (str(one.revision), one.at, one.status, _who(one), "; ".join(_what(one)))
        for one in releases
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[4]]).rstrip()
        for row in rows
    ]


def _who(release: Release) -> str:
    return f"{release.by} ({release.run})" if release.run else release.by


def _what(release: Release) -> list[str]:
    parts = [_cut(release.cause.splitlines()[0])] if release.cause else []
    parts += [f"{name} scaled to {one.replicas}" for name, one in release.scaled.items()]
    if release.source:
        parts.append(f"promoted from {release.source}")
    images = ", ".join(f"{name} {short(image)}" for name, image in release.images.items())
    return [*parts, images] if images else parts


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 2] + " …"


def short(image: str) -> str:
    """Return an image without its registry and path, its digest cut, for people."""
    name, _, digest = image.rpartition("/")[2].partition("@sha256:")
    return f"{name}@{digest[:12]}" if digest else name


def plain(release: Release) -> dict[str, Any]:
    """Return a release for the result of a module."""
    names = ("revision", "status", "at", "by", "run", "hash", "cause", "ran", "source")
    return {
        **{name: getattr(release, name) for name in names},
        "images": dict(release.images),
        "scaled": {name: one.replicas for name, one in release.scaled.items()},
    }
