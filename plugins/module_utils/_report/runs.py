# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of a site, from the records that the callback plugin progress writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._progress import records
from .facts import PastRun

# What only looks at the site is no run of it.
_LOOKS = frozenset({"report", "status", "history", "check_inventory"})
_MOST = 10


def past(state: Path) -> tuple[PastRun, ...]:
    """Return the last runs, the newest first; of one that goes on, what it did so far."""
    found = []
    for path in records.files(state):
        if records.playbook_of(path) not in _LOOKS:
            found.append(_run(path))
        if len(found) == _MOST:
            break
    return tuple(one for one in found if one)


def _run(path: Path) -> PastRun | None:
    events = list(records.events(path))
    if not events or events[0].get("event") != "run":
        return None
    head, last = events[0], events[-1]
    ended = last.get("event") == "end"
    steps = _ended(last) if ended else _so_far(events)
    hosts = last.get("hosts") or {}
    return PastRun(
        playbook=str(head.get("playbook", "")),
        at=str(head.get("at", "")),
        seconds=float(last.get("t") or 0.0),
        ok=bool(last.get("ok")) if ended else None,
        changed=sum(bool(one.get("changed")) for one in hosts.values()),
        steps=steps,
    )


def _ended(end: Mapping[str, Any]) -> tuple[tuple[str, str, float], ...]:
    return tuple(
        (str(one["play"]), str(one["step"]), float(one["seconds"])) for one in end["steps"]
    )


def _so_far(events: list[dict[str, Any]]) -> tuple[tuple[str, str, float], ...]:
    """Return the steps of a run without an end: each took until the next one began."""
    steps = [one for one in events if one.get("event") == "step"]
    ends = [float(one["t"]) for one in steps[1:]] + [float(events[-1].get("t") or 0.0)]
    return tuple(
        (str(one["play"]), str(one["step"]), end - float(one["t"])) for one, end in zip(steps, ends)
    )
