# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests change of a site where all is well, and what a report then finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Object
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    History,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import (
    Facts,
    Served,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.model import (
    Report,
)
from tests.support import cluster

Change = Callable[[Facts], Facts]


def having(**objects: list[Object]) -> Change:
    """Return what gives a site other objects of some kinds."""
    return lambda facts: replace(facts, objects={**facts.objects, **objects})


def adding(kind: str, *more: Object) -> Change:
    """Return what gives a site more objects of a kind."""

    def change(facts: Facts) -> Facts:
        return having(**{kind: [*facts.of(kind), *more]})(facts)

    return change


def first_node(**more: Any) -> Change:
    """Return what changes the first worker."""

    def change(facts: Facts) -> Facts:
        control, worker, *others = facts.of("Node")
        return having(Node=[control, {**worker, **more}, *others])(facts)

    return change


def status(**more: Any) -> Change:
    """Return what changes the first worker's status."""
    plain = cluster.node("worker1", "10.77.0.31")["status"]
    return first_node(status={**plain, **more})


def conditions(**given: str) -> Change:
    """Return what changes the first worker's conditions."""
    return status(conditions=[{"type": k, "status": v, "message": "why"} for k, v in given.items()])


def wanting(**more: Any) -> Change:
    """Return what changes what the inventory says."""
    return lambda facts: replace(facts, wanted=replace(facts.wanted, **more))


def released(**more: Any) -> Change:
    """Return what gives the guestbook another newest release."""

    def change(facts: Facts) -> Facts:
        old = facts.histories["guestbook-lab"].releases[0]
        new = replace(old, revision=3, **more)
        history = History.of([old, new])
        return replace(facts, histories={**facts.histories, "guestbook-lab": history})

    return change


def showing(shown: Served) -> Change:
    """Return what lets a host outside the cluster show something else."""
    return lambda facts: replace(facts, outside={**facts.outside, shown.name: shown})


def findings(report: Report) -> list[tuple[str, str, str]]:
    return [(one.state, one.on, one.what) for one in report.findings if one.on != "backups"]
