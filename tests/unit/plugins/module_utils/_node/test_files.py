# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a real file system, below a temporary root."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import (
    Directory,
    File,
    Link,
    Ownership,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.files import Files

OWN = Ownership("0640", "root", "root")


@pytest.fixture
def files(machine: Any) -> Files:
    return machine.node().files


def names(machine: Any, folder: str = "etc") -> list[str]:
    return sorted(path.name for path in (machine.root / folder).iterdir())


def test_a_file_appears_with_its_mode_and_nothing_else_remains(machine, files):
    files.write(File("/etc/x", OWN, b"text"))
    assert machine.text("/etc/x") == "text"
    assert (machine.root / "etc/x").stat().st_mode & 0o7777 == 0o640
    assert names(machine) == ["systemd", "x"]


def test_what_a_killed_run_left_is_replaced(machine, files):
    machine.put("/etc/.x.landfall-tmp", "half")
    files.write(File("/etc/x", OWN, b"text"))
    assert names(machine) == ["systemd", "x"]


def test_a_link_is_replaced_by_the_file_and_its_target_stays(machine, files):
    machine.put("/etc/target", "old")
    (machine.root / "etc/x").symlink_to("target")
    files.write(File("/etc/x", OWN, b"new"))
    assert machine.text("/etc/target") == "old"
    assert machine.text("/etc/x") == "new"


def test_a_mount_point_is_written_in_place(machine, files, monkeypatch):
    real = machine.put("/etc/hosts", "old and longer")
    inode = real.stat().st_ino

    def busy(*_args: Any) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    files.write(File("/etc/hosts", OWN, b"new"))
    assert real.read_text() == "new"
    assert real.stat().st_ino == inode
    assert names(machine) == ["hosts", "systemd"]


def test_other_errors_of_a_rename_are_errors(machine, files, monkeypatch):
    def fail(*_args: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        files.write(File("/etc/x", OWN, b"new"))


def test_a_refused_file_leaves_the_old_one(machine, files):
    machine.put("/etc/x", "old")
    bad = File("/etc/x", OWN, b"bad", validate=("refuse", "{file}"))
    with pytest.raises(CommandError, match=r"file /etc/x; .*refuse \{file\}; found: line 1: bad"):
        files.write(bad)
    assert machine.text("/etc/x") == "old"
    assert names(machine) == ["systemd", "x"]


def test_a_refused_secret_is_not_shown(files):
    bad = File("/etc/x", OWN, b"hush", validate=("refuse", "{file}"), secret=True)
    with pytest.raises(CommandError) as info:
        files.write(bad)
    assert "hush" not in str(info.value)


def test_the_program_sees_the_new_content(machine, files):
    files.write(File("/etc/x", OWN, b"good", validate=("check", "-f={file}")))
    assert machine.log == [f"check -f={machine.root}/etc/.x.landfall-tmp"]


def test_directories(machine, files):
    files.make_directory(Directory("/etc/d", Ownership("0750", "root", "root")))
    assert (machine.root / "etc/d").stat().st_mode & 0o7777 == 0o750
    files.make_directory(Directory("/etc/d", Ownership("0700", "root", "root"), implied=True))
    assert (machine.root / "etc/d").stat().st_mode & 0o7777 == 0o750
    files.make_directory(Directory("/etc/d", Ownership("0700", "root", "root")))
    assert (machine.root / "etc/d").stat().st_mode & 0o7777 == 0o700


def test_an_unknown_owner_is_named(files):
    with pytest.raises(InvalidInputError, match="user does not exist: nobody-here"):
        files.write(File("/etc/x", Ownership("0644", "nobody-here", "root"), b""))
    with pytest.raises(InvalidInputError, match="group does not exist: no-group"):
        files.write(File("/etc/x", Ownership("0644", "root", "no-group"), b""))


def test_links_and_removal(machine, files):
    machine.put("/etc/.l.landfall-tmp", "left")
    files.make_link(Link("/etc/l", "one"))
    files.make_link(Link("/etc/l", "two"))
    assert (machine.root / "etc/l").readlink() == Path("two")
    files.remove("/etc/l")
    files.remove("/etc/l")
    assert names(machine) == ["systemd"]


def test_facts(machine, files):
    machine.put("/etc/text", "text").chmod(0o600)
    (machine.root / "etc/binary").write_bytes(b"\0")
    (machine.root / "etc/latin").write_bytes(b"\xff")
    machine.put("/etc/long", "x" * 100_001)
    (machine.root / "etc/l").symlink_to("text")
    (machine.root / "etc/s").symlink_to("systemd")
    os.mkfifo(machine.root / "etc/pipe")
    text = files.fact("/etc/text", read=True)
    assert (text.kind, text.text, text.size, text.mode) == ("file", "text", 4, "0600")
    assert text.owned_by("root", "root")
    assert text.owned_by(str(os.getuid()), str(os.getgid()))
    assert files.fact("/etc/text", read=False).sha256 == ""
    for name in ("binary", "latin", "long"):
        fact = files.fact(f"/etc/{name}", read=True)
        assert fact.text is None
        assert len(fact.sha256) == 64
    assert files.fact("/etc/l", read=True).target == "text"
    assert files.fact("/etc/s", read=False).leads_to_directory
    assert files.fact("/etc/pipe", read=True).kind == "other"
    assert files.fact("/etc/none", read=True).kind == "absent"
    assert files.fact("/etc/text/below", read=True).kind == "absent"


def test_leaves(machine, files):
    machine.put("/etc/d/b", "b")
    machine.put("/etc/d/sub/a", "a")
    machine.put("/etc/d/.b.landfall-tmp", "left")
    machine.put("/opt/x", "x")
    (machine.root / "etc/d/l").symlink_to("../../opt/x")
    (machine.root / "etc/d/broken").symlink_to("none")
    found = files.leaves("/etc/d")
    assert [leaf.path for leaf in found] == [
        "/etc/d/b", "/etc/d/broken", "/etc/d/l", "/etc/d/sub/a",
    ]  # fmt: skip
    assert found[1].sha256 == "not a file"
    assert found[2].real == "/opt/x"
    assert found[0].changed_at > 0
    assert files.leaves("/etc/none") == ()
    assert files.leaves("/etc/d/broken")[0].sha256 == "not a file"
    assert [leaf.path for leaf in files.leaves("/etc/d/b")] == ["/etc/d/b"]


def test_leaves_outside_of_the_root(machine, files, tmp_path):
    (tmp_path / "outside").write_text("x")
    (machine.root / "etc/l").symlink_to(tmp_path / "outside")
    assert files.leaves("/etc/l")[0].real == str(tmp_path / "outside")
