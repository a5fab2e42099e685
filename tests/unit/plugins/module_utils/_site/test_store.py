# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that several programs change, with real files and real processes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import (
    controller,
    lock,
    locking,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.store import (
    SharedFile,
    version_of,
)

ME = lock.Holder("ann", "laptop", "m1", "b1", "pid:[1]", 100, "5000")
OTHER = lock.Holder("bob", "ci", "m2", "b2", "pid:[2]", 7, "1")


def test_a_file_is_private_and_keeps_versions(tmp_path: Path) -> None:
    file = SharedFile(str(tmp_path / "a" / "store"))
    assert file.read() == ""
    version = file.write("one", "")
    assert version == version_of("one")
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    assert file.write("two", version) == version_of("two")
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["store"]


def test_what_was_changed_meanwhile_is_kept(tmp_path: Path) -> None:
    file = SharedFile(str(tmp_path / "store"))
    file.write("one", "")
    for stale in ("", version_of("zero")):
        with pytest.raises(RefusedError, match="changed by somebody else"):
            file.write("two", stale)
    assert file.read() == "one"


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    file = SharedFile(str(tmp_path / "store"))
    file.write("one", "")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.exchange(lambda _text: "two")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert file.read() == "one"


def test_exchange_removes_and_leaves_alone(tmp_path: Path) -> None:
    file = SharedFile(str(tmp_path / "store"))
    assert file.exchange(lambda _text: None) == ""
    file.exchange(lambda _text: "x")
    assert file.exchange(lambda text: text) == "x"
    assert file.exchange(lambda _text: "") == ""
    assert not file.path.exists()


def test_threads_see_each_other(tmp_path: Path) -> None:
    file = SharedFile(str(tmp_path / "store"))

    def count() -> None:
        for _ in range(10):
            file.exchange(lambda text: str(int(text or "0") + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read() == "40"


def test_the_lock_in_its_file(tmp_path: Path) -> None:
    path = str(tmp_path / "run" / "lock.json")

    def ask(holder: lock.Holder, wanted: bool = True, *, write: bool = True) -> str:
        request = lock.Request(holder, "site.yml", 60.0)
        return locking.exchange(path, request, wanted, write=write, clock=lambda: 1.0).verdict

    assert ask(ME, write=False) == lock.ACQUIRED
    assert not (tmp_path / "run").exists()
    assert ask(ME) == lock.ACQUIRED
    assert ask(OTHER) == lock.HELD
    assert ask(OTHER, wanted=False) == lock.HELD
    assert ask(ME) == lock.RENEWED
    assert ask(ME, wanted=False) == lock.RELEASED
    assert ask(ME, wanted=False) == lock.FREE
    assert ask(OTHER) == lock.ACQUIRED


def test_a_damaged_lock_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    path.write_text("{")
    with pytest.raises(InvalidInputError):
        locking.exchange(str(path), lock.Request(ME), True)
    assert path.read_text() == "{"


def test_a_run_knows_its_process(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("m1\n")
    stat = tmp_path / "proc/42/stat"
    stat.parent.mkdir(parents=True)
    fields = ["S", *map(str, range(4, 53))]
    stat.write_text("42 (a) b) " + " ".join(fields))
    holder = controller.current(42, tmp_path)
    assert (holder.machine_id, holder.boot_id, holder.namespace) == ("m1", "", "")
    assert (holder.pid, holder.started) == (42, "22")
    assert controller.started(43, tmp_path) == ""
    stat.write_text("42 (a) Z " + " ".join(fields[1:]))
    assert controller.started(42, tmp_path) == ""


def test_this_process_is_seen_for_real() -> None:
    import os

    assert controller.current(os.getpid()).started


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert controller.current(1).user.isdigit()
