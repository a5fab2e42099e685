# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemctl's output in, facts out; records."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._node.observed import (
    Record,
    UnitFact,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.systemd import (
    Systemd,
    parse,
    units_of_files,
)

SHOWN = """Type=oneshot
RemainAfterExit=no
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/usr/lib/systemd/system/a.service
DropInPaths=/etc/systemd/system/a.service.d/1.conf /etc/systemd/system/a.service.d/2.conf
UnitFileState=enabled
InactiveExitTimestampMonotonic=2500000
NeedDaemonReload=yes"""


def test_parse():
    folder = "/etc/systemd/system/a.service.d"
    assert parse(SHOWN, None, 1000.0) == UnitFact(
        load_state="loaded",
        active_state="active",
        sub_state="running",
        file_state="enabled",
        need_reload=True,
        oneshot=True,
        started_at=1002.5,
        unit_files=(
            "/usr/lib/systemd/system/a.service",
            f"{folder}/1.conf",
            f"{folder}/2.conf",
        ),
    )
    assert parse("LoadState=not-found\nnoise", None, 1000.0) == UnitFact()


def test_records(machine):
    systemd = Systemd(machine.root, machine)
    assert systemd.record("a.service") is None
    systemd.set_record("a.service", Record("1", "2"))
    assert systemd.record("a.service") == Record("1", "2")
    systemd.forget("a.service")
    systemd.forget("a.service")
    assert systemd.record("a.service") is None
    for damage in ("", "[]", "{"):
        machine.put("/var/lib/landfall/units/a.service.json", damage)
        assert systemd.record("a.service") is None


def test_many_units_are_one_call_and_none_is_no_call(machine, monkeypatch):
    systemd = Systemd(machine.root, machine)
    assert systemd.show([]) == {}
    machine.put("/etc/systemd/system/a.service", "[Service]\n")
    facts = systemd.show(["a.service", "b.service"])
    assert facts["a.service"].exists
    assert not facts["b.service"].exists
    assert facts["a.service"].unit_files == ("/etc/systemd/system/a.service",)


def test_unexpected_output_is_an_error(tmp_path):
    def run(_argv: Any, **_options: Any) -> Completed:
        return Completed(0, "LoadState=loaded\n", "")

    with pytest.raises(LandfallError, match="expected: 2 blocks; found: 1 blocks"):
        Systemd(tmp_path, run).show(["a.service", "b.service"])


def test_a_missing_journal_does_not_hide_the_error(tmp_path):
    def run(argv: Any, **_options: Any) -> Completed:
        raise CommandError("program not found", on=argv[0])

    assert Systemd(tmp_path, run).messages("a.service") == ""
    with pytest.raises(CommandError, match=r"stop of a unit failed: unit a\.service"):
        Systemd(tmp_path, run).do("stop", "a.service")


def test_units_of_files():
    assert units_of_files(
        [
            "/etc/systemd/system/a.service",
            "/etc/systemd/system/a.service.d/x.conf",
            "/usr/lib/systemd/system/b@1.socket",
            "/etc/systemd/system/c@.service",
            "/etc/systemd/system/x.target.wants/d.service",
            "/etc/systemd/journald.conf.d/x.conf",
            "/etc/other",
        ]
    ) == ["a.service", "b@1.socket"]
