# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of restarts, as a table of facts and verbs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired
from ansible_collections.landfall.platform.plugins.module_utils._node.fingerprint import record_for
from ansible_collections.landfall.platform.plugins.module_utils._node.observed import (
    Leaf,
    Observed,
    Record,
    UnitFact,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.unit_planner import (
    unit_changes,
)

FRAGMENT = "/usr/lib/systemd/system/a.service"
LEAVES = {
    "/etc/a": (Leaf("/etc/a", "/etc/a", "11", 100.0),),
    "/etc/d": (Leaf("/etc/d/1", "/etc/d/1", "22", 50.0), Leaf("/etc/d/2", "/opt/2", "33", 50.0)),
    FRAGMENT: (Leaf(FRAGMENT, FRAGMENT, "44", 10.0),),
}
RUNS = {"load_state": "loaded", "active_state": "active", "unit_files": (FRAGMENT,)}


def verbs(
    unit: dict[str, Any],
    fact: dict[str, Any],
    *,
    record: str | Record | None = "fresh",
    overlay: dict[str, str | None] | None = None,
    packages: bool = False,
    check: bool = False,
) -> list[str]:
    """Return the verbs for one unit; the record is by default that of the present contents."""
    wanted = Desired.from_params({"units": [{"name": "a.service", **unit}]})
    bare = Observed(leaves=LEAVES, units={"a.service": UnitFact(**fact)})
    recorded = record_for(wanted.units[0], wanted, bare, {}) if record == "fresh" else record
    seen = Observed(leaves=LEAVES, units={"a.service": UnitFact(**fact, record=recorded)})
    refused: list[Any] = []
    changes = unit_changes(
        wanted, seen, overlay or {}, packages_pending=packages, check=check, refuse=refused.append
    )
    words = [f"{change.action} {change.target}" for change in changes]
    made = [word.replace(" unit a.service", "") for word in words]
    return [*made, *(["refused"] if refused else [])]


STARTED = {"state": "started", "restart_on": ["/etc/a", "/etc/d"]}
RELOADED = {"state": "started", "reload_on": ["/etc/a"]}
DEAD = {**RUNS, "active_state": "inactive"}


@pytest.mark.parametrize(
    ("unit", "fact", "options", "expected"),
    [
        # started
        (STARTED, RUNS, {}, []),
        (STARTED, DEAD, {}, ["start"]),
        (STARTED, {**RUNS, "active_state": "failed"}, {}, ["start"]),
        (STARTED, {**RUNS, "active_state": "activating"}, {}, []),
        (STARTED, RUNS, {"record": None}, ["restart"]),
        (STARTED, RUNS, {"record": Record("other")}, ["restart"]),
        (STARTED, RUNS, {"overlay": {"/etc/a": "99"}}, ["restart"]),
        (STARTED, RUNS, {"overlay": {"/etc/d/new": "99"}}, ["restart"]),
        (STARTED, RUNS, {"overlay": {"/etc/d/1": None}}, ["restart"]),
        (STARTED, RUNS, {"overlay": {"/opt/2": "99"}}, ["restart"]),
        (STARTED, RUNS, {"overlay": {"/etc/other": "99"}}, []),
        # put back to what is recorded, while somebody may have restarted it in between
        (STARTED, RUNS, {"overlay": {"/etc/a": "11"}}, ["restart"]),
        (STARTED, {**RUNS, "need_reload": True}, {}, ["reload systemd unit files"]),
        (
            STARTED,
            RUNS,
            {"overlay": {"/etc/systemd/system/b.service": "1"}},
            ["reload systemd unit files"],
        ),
        (
            STARTED,
            RUNS,
            {"overlay": {"/etc/systemd/system/b.service.d/x.conf": "1"}},
            ["reload systemd unit files"],
        ),
        # reload
        (RELOADED, RUNS, {}, []),
        (RELOADED, RUNS, {"overlay": {"/etc/a": "99"}}, ["reload"]),
        (RELOADED, RUNS, {"record": None}, ["restart"]),
        (RELOADED, RUNS, {"overlay": {FRAGMENT: "9"}}, ["reload systemd unit files", "restart"]),
        # a job that ran to its end
        (STARTED, {**DEAD, "oneshot": True}, {}, []),
        (STARTED, {**DEAD, "oneshot": True}, {"record": None}, ["start"]),
        (STARTED, {**DEAD, "oneshot": True}, {"overlay": {"/etc/a": "9"}}, ["start"]),
        (STARTED, {**DEAD, "active_state": "failed", "oneshot": True}, {}, ["start"]),
        # stopped, enabled, masked
        ({"state": "stopped"}, RUNS, {}, ["stop"]),
        ({"state": "stopped"}, DEAD, {}, []),
        ({"enabled": True}, {**DEAD, "file_state": "disabled"}, {}, ["enable"]),
        ({"enabled": True}, {**DEAD, "file_state": "static"}, {}, []),
        ({"enabled": False}, {**DEAD, "file_state": "enabled"}, {}, ["disable"]),
        ({"enabled": False}, {**DEAD, "file_state": "static"}, {}, []),
        ({"masked": True}, RUNS, {}, ["stop", "mask"]),
        ({"masked": True}, {"load_state": "masked"}, {}, []),
        ({"masked": False}, {"load_state": "masked"}, {}, ["unmask"]),
        ({"enabled": True}, {"load_state": "masked"}, {}, ["unmask", "enable"]),
        ({}, {"load_state": "masked"}, {}, []),
        # a unit that others start
        ({"restart_on": ["/etc/a"]}, DEAD, {"overlay": {"/etc/a": "9"}}, []),
        ({"restart_on": ["/etc/a"]}, RUNS, {"overlay": {"/etc/a": "9"}}, ["restart"]),
        ({"restart_on": ["/etc/a"]}, {**RUNS, "started_at": 200.0}, {"record": None}, []),
        ({"restart_on": ["/etc/a"]}, {**RUNS, "started_at": 50.0}, {"record": None}, ["restart"]),
        ({"restart_on": ["/etc/a"]}, {**RUNS, "started_at": 50.0}, {}, []),
        ({"reload_on": ["/etc/a"]}, RUNS, {"overlay": {"/etc/a": "9"}}, ["reload"]),
        ({"reload_on": ["/etc/a"]}, {**RUNS, "started_at": 50.0}, {"record": None}, ["reload"]),
        ({"reload_on": ["/etc/a"]}, {**RUNS, "started_at": 200.0}, {"record": None}, []),
        ({}, RUNS, {"record": None}, []),
        # does not exist yet
        ({"enabled": True, **STARTED}, {}, {"packages": True}, ["enable", "start"]),
        ({"enabled": False, "state": "stopped"}, {}, {"packages": True}, ["disable", "stop"]),
        ({"enabled": False, "state": "stopped"}, {}, {}, []),
        ({"masked": True}, {}, {}, ["mask"]),
        ({"masked": True}, {}, {"packages": True}, ["stop", "mask"]),
        ({"enabled": True}, {}, {}, ["enable", "refused"]),
        ({"enabled": True, **STARTED}, {}, {"check": True}, ["enable", "start"]),
        (
            {"enabled": False, "state": "started"},
            {},
            {"overlay": {"/etc/systemd/system/a.service": "1"}, "packages": True},
            ["reload systemd unit files", "start"],
        ),
        (
            STARTED,
            {},
            {"overlay": {"/etc/systemd/system/a.service": None}},
            ["reload systemd unit files", "start", "refused"],
        ),
    ],
)
def test_verbs(unit, fact, options, expected):
    assert verbs(unit, fact, **options) == expected


def test_a_missing_path_counts_as_such():
    unit = {"state": "started", "restart_on": ["/etc/none"]}
    assert verbs(unit, RUNS) == []
    assert verbs(unit, RUNS, overlay={"/etc/none": "1"}) == ["restart"]


def test_links_to_unit_files_count_as_unit_files():
    wanted = Desired.from_params(
        {
            "links": [{"path": "/etc/systemd/system/a.service", "target": "/opt/a"}],
            "units": [{"name": "a.service", "state": "started"}],
        }
    )
    observed = Observed(units={"a.service": UnitFact(**RUNS)})
    first, second = (
        record_for(wanted.units[0], wanted, observed, {"/etc/systemd/system/a.service": sha})
        for sha in ("1", "2")
    )
    assert first != second
