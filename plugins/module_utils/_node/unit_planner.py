# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a plan that concerns systemd units, and the rule of restarts.

A started unit is restarted when the digest of what it was last started with, which is recorded
after each start, differs from the present one (or the one that the plan leads to). So a run that
was killed between a change and the restart makes up for it when it is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Callable

from .._core.errors import InvalidInputError, LandfallError
from .desired import SYSTEMD_DIRECTORIES, Desired, Unit
from .fingerprint import Overlay, newest, record_for, restart_paths, touched
from .observed import Observed, UnitFact
from .steps import ChangeUnit, NodeChange, ReloadSystemd, change

ENABLED = ("enabled", "enabled-runtime", "static", "indirect", "generated", "alias", "transient")


def unit_changes(
    desired: Desired,
    observed: Observed,
    overlay: Overlay,
    *,
    packages_pending: bool,
    check: bool,
    refuse: Callable[[LandfallError], None],
) -> Iterator[NodeChange]:
    """Yield the changes of units, in the declared order, after systemd's own reload.

    Args:
        desired: what is declared.
        observed: what was seen.
        overlay: what the steps before this change.
        packages_pending: packages will be installed, so unknown units may come with them.
        check: units that nothing here brings are predicted as well.
        refuse: takes what cannot be done.
    """
    stale = any(fact.need_reload for fact in observed.units.values())
    if stale or any(_is_unit_file(path) for path in overlay):
        yield change("systemd unit files", "reload", step=ReloadSystemd())
    for unit in desired.units:
        if _retired(unit, desired):
            continue
        fact = observed.units.get(unit.name, UnitFact())
        if fact.exists:
            verbs = list(_verbs(unit, fact, desired, observed, overlay))
        else:
            brought = any(unit.owns(path) for path in overlay if overlay[path] is not None)
            verbs = list(_new_unit_verbs(unit, packages_pending and not brought))
            if not (packages_pending or brought or check) and {"enable", "start"} & set(verbs):
                refuse(_no_such_unit(unit))
        for verb in verbs:
            yield change(f"unit {unit.name}", verb, step=ChangeUnit(verb, unit))


def retired_changes(desired: Desired, observed: Observed) -> Iterator[NodeChange]:
    """Yield the changes of units whose file will be removed: systemd needs it to disable them."""
    for unit in desired.units:
        fact = observed.units.get(unit.name, UnitFact())
        if _retired(unit, desired) and fact.exists:
            for verb in _verbs(unit, fact, desired, observed, {}):
                yield change(f"unit {unit.name}", verb, step=ChangeUnit(verb, unit))


def _retired(unit: Unit, desired: Desired) -> bool:
    removed = (file.path for file in desired.files if file.absent and unit.owns(file.path))
    leaves = not unit.enabled and not unit.masked and unit.state == "stopped"
    return leaves and any(not path.endswith(".conf") for path in removed)


def _new_unit_verbs(unit: Unit, packaged: bool) -> Iterator[str]:
    """Yield the verbs for a unit that does not exist yet; packages enable and start theirs."""
    if unit.masked:
        yield from ("stop", "mask") if packaged else ("mask",)
        return
    if unit.enabled:
        yield "enable"
    elif unit.enabled is False and packaged:
        yield "disable"
    if unit.state == "started":
        yield "start"
    elif unit.state == "stopped" and packaged:
        yield "stop"


def _verbs(
    unit: Unit, fact: UnitFact, desired: Desired, observed: Observed, overlay: Overlay
) -> Iterator[str]:
    if unit.masked:
        if fact.running:
            yield "stop"
        if not fact.masked:
            yield "mask"
        return
    yield from _enablement(unit, fact)
    if unit.state == "stopped":
        if fact.running:
            yield "stop"
    elif unit.state == "started":
        yield from _started(unit, fact, desired, observed, overlay)
    elif fact.running and (unit.restart_on or unit.reload_on):
        yield from _kept_fresh(unit, fact, desired, observed, overlay)


def _enablement(unit: Unit, fact: UnitFact) -> Iterator[str]:
    if fact.masked and (unit.masked is False or unit.enabled or unit.state == "started"):
        yield "unmask"
    if unit.enabled and fact.file_state not in ENABLED:
        yield "enable"
    elif unit.enabled is False and fact.file_state in ("enabled", "enabled-runtime"):
        yield "disable"


def _started(
    unit: Unit, fact: UnitFact, desired: Desired, observed: Observed, overlay: Overlay
) -> Iterator[str]:
    """Yield the verb for a unit that shall run; without a record it was started by others."""
    wanted, record = record_for(unit, desired, observed, overlay), fact.record
    stale = (
        record is None
        or record.restart != wanted.restart
        or touched(restart_paths(unit, desired, fact), observed, overlay)
    )
    finished = fact.oneshot and fact.active_state == "inactive" and not stale
    if not fact.running and not finished:
        yield "start"
    elif stale:
        yield "restart"
    elif unit.reload_on and (
        (record and record.reload) != wanted.reload or touched(unit.reload_on, observed, overlay)
    ):
        yield "reload"


def _kept_fresh(
    unit: Unit, fact: UnitFact, desired: Desired, observed: Observed, overlay: Overlay
) -> Iterator[str]:
    """Yield the verb for a running unit that others start (a kubelet that kubeadm starts).

    It may have been started after the last change of its files; then it is fresh, whatever the
    record says.
    """
    wanted, record = record_for(unit, desired, observed, overlay), fact.record
    paths = restart_paths(unit, desired, fact)
    differs = record is None or record.restart != wanted.restart
    if touched(paths, observed, overlay) or (differs and newest(paths, observed) > fact.started_at):
        yield "restart"
        return
    differs = record is None or record.reload != wanted.reload
    if touched(unit.reload_on, observed, overlay) or (
        differs and newest(unit.reload_on, observed) > fact.started_at
    ):
        yield "reload"


def _is_unit_file(path: str) -> bool:
    parent = PurePosixPath(path).parent
    return str(parent) in SYSTEMD_DIRECTORIES or (
        str(parent.parent) in SYSTEMD_DIRECTORIES and parent.name.endswith(".d")
    )


def _no_such_unit(unit: Unit) -> InvalidInputError:
    return InvalidInputError(
        "unit does not exist",
        on=unit.name,
        expected="a unit that exists or comes with a declared package or file",
        found="no unit file",
        remedy="declare its package or its file under /etc/systemd/system in the same call",
    )
