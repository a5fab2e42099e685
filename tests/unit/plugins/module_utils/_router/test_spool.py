# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records on disk, and what is left of them when a process dies at any point."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.landfall.platform.plugins.module_utils._router import spool as module
from ansible_collections.landfall.platform.plugins.module_utils._router.record import Record
from ansible_collections.landfall.platform.plugins.module_utils._router.spool import Spool

ONE = Record("logs-a-b", "1", b"{}")
LINE = b"logs-a-b\t1\t{}\n"


def names(root: Path, folder: str) -> list[str]:
    return sorted(path.name for path in (root / folder).iterdir())


def test_a_segment_goes_its_way(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1 << 20)
    spool.append([ONE], 0.0)
    spool.sync()
    assert (tmp_path / "open/000000000001.seg").read_bytes() == LINE
    spool.publish(0.5)
    assert spool.idle()
    spool.publish(1.0)
    assert names(tmp_path, "out-0") == ["000000000001.seg"]
    assert (
        tmp_path / "out-0/000000000001.seg"
    ).read_bytes() == LINE + b"end\t000000000001.seg\t-\n"
    assert spool.size() == len(LINE) + len("end\t000000000001.seg\t-\n")
    assert spool.stored(["../open", "000000000002.seg"]) == 0
    assert spool.stored(["000000000001.seg", "000000000001.seg"]) == 1
    assert (spool.size(), spool.idle()) == (0, True)


def test_only_a_few_are_in_flight(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 4 * module.SEGMENT)
    large = ONE._replace(body=b"x" * module.SEGMENT)
    for _ in range(6):
        assert not spool.full() or spool.size() >= 4 * module.SEGMENT
        spool.append([large], 0.0)
    assert spool.full()
    spool.publish(0.0)
    # By turns: two that follow each other go different ways.
    assert names(tmp_path, "out-0") == ["000000000001.seg", "000000000003.seg"]
    assert names(tmp_path, "out-1") == ["000000000002.seg", "000000000004.seg"]
    spool.publish(0.0)
    assert len(names(tmp_path, "ready")) == 2
    assert spool.stored(["000000000002.seg", "000000000004.seg"]) == 2
    spool.publish(0.0)
    assert names(tmp_path, "ready") == []
    assert names(tmp_path, "out-1") == ["000000000005.seg", "000000000006.seg"]
    spool.again()
    assert len(names(tmp_path, "ready")) == 4
    assert spool.idle()


def test_what_a_killed_process_left_is_sent_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1 << 20)
    spool.append([ONE], 0.0)
    spool.publish(5.0)
    spool.append([ONE, ONE], 5.0)
    spool.sync()
    with (tmp_path / "open/000000000002.seg").open("ab") as file:
        file.write(b"logs-a-b\t1\t{ha")
    (tmp_path / "open/000000000003.seg").write_bytes(b"half")
    again = Spool(tmp_path, 1 << 20)
    assert names(tmp_path, "ready") == ["000000000001.seg", "000000000002.seg"]
    assert names(tmp_path, "open") == names(tmp_path, "out-0") == []
    second = (tmp_path / "ready/000000000002.seg").read_bytes()
    assert second == LINE * 2 + b"end\t000000000002.seg\t-\n"
    assert again.size() == sum(path.stat().st_size for path in again.root_files())
    again.append([ONE], 0.0)
    again.close()
    assert names(tmp_path, "ready")[-1] == "000000000003.seg"
    again.close()
