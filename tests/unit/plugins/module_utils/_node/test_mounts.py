# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems on devices of their own: made, mounted, kept, refused, let go of."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._node import mounts
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired

from .conftest import Killed, Machine

ETCD = {"path": "/var/lib/etcd", "device": "/dev/disk/by-id/virtio-1"}
DATA = {"path": "/var/lib/etcd/data", "device": "/dev/mapper/vg-data"}
LINE = "/dev/disk/by-id/virtio-1 /var/lib/etcd ext4 defaults,x-landfall 0 2\n"
ROOT_LINE = "UUID=1 / ext4 errors=remount-ro 0 1\n"


@dataclass
class Disk:
    """A device: its number, what it carries, and whether lost+found is on it."""

    number: str
    content: str = ""
    label: str = ""
    found: bool = False


class WithDisks(Machine):
    """A machine with devices."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.disks = {ETCD["device"]: Disk("8:16"), DATA["device"]: Disk("254:0")}
        self.busy: set[str] = set()
        for device in self.disks:
            self.put(device, "")
        self.put("/etc/fstab", ROOT_LINE)
        self.mounted("/", "8:1")

    def mounted(self, path: str, number: str) -> None:
        listed = "/proc/self/mountinfo"
        before = self.text(listed) if (self.root / listed[1:]).exists() else ""
        self.put(listed, f"{before}1 1 {number} / {path} rw - ext4 x rw\n")

    def number(self, path: Path) -> str:
        device = "/" + str(path.relative_to(self.root))
        if device in self.disks:
            return self.disks[device].number
        return "other" if path.exists() else "absent"

    def _blkid(self, words: list[str]) -> Completed | str:
        disk = self.disks[words[-1]]
        if disk.content.isdigit():
            return Completed(int(disk.content), "", "" if disk.content == "8" else "I/O error")
        if not disk.content:
            return Completed(2, "", "")
        kind = "PTTYPE" if disk.content == "gpt" else "TYPE"
        return f"DEVNAME=x\nLABEL={disk.label}\n{kind}={disk.content}\n"

    def _mkfs_ext4(self, words: list[str]) -> None:
        disk = self.disks[words[-1]]
        disk.content, disk.label, disk.found = "ext4", words[words.index("-L") + 1], True

    def _debugfs(self, words: list[str]) -> None:
        self.disks[words[-1]].found = False

    def _e2label(self, words: list[str]) -> None:
        self.disks[words[0]].label = words[1]

    def _mount(self, words: list[str]) -> None:
        device = words[words.index("--source") + 1]
        self.mounted(words[words.index("--target") + 1], self.disks[device].number)

    def _umount(self, words: list[str]) -> None:
        if words[0] in self.busy:
            raise CommandError("program failed", on="umount", found="target is busy")
        listed = self.text("/proc/self/mountinfo").splitlines(keepends=True)
        kept = [line for line in listed if line.split()[4] != words[0]]
        self.put("/proc/self/mountinfo", "".join(kept))

    def state(self) -> dict[str, Any]:
        return {**super().state(), "disks": repr(self.disks)}


def wanted(*items: dict[str, str]) -> Desired:
    return Desired.from_params({"file_systems": list(items)})


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WithDisks:
    machine = WithDisks(tmp_path)
    monkeypatch.setattr(mounts, "device_number", machine.number)
    return machine


MADE = [
    "create file system ext4 on /dev/disk/by-id/virtio-1",
    "update file /etc/fstab",
    "mount file system /var/lib/etcd",
]


def test_an_empty_device_is_formatted_and_mounted_once(disks: WithDisks) -> None:
    assert disks.check(wanted(ETCD)).summary() == MADE
    assert disks.log == []
    assert disks.run(wanted(ETCD)).summary() == MADE
    assert disks.text("/etc/fstab") == ROOT_LINE + LINE
    assert disks.disks[ETCD["device"]] == Disk("8:16", "ext4", "landfall", found=False)
    assert (disks.root / "var/lib/etcd").is_dir()
    disks.log.clear()
    assert not disks.check(wanted(ETCD))
    assert not disks.run(wanted(ETCD))
    assert disks.log == []


def test_what_was_made_before_keeps_its_content(disks: WithDisks) -> None:
    disks.disks[ETCD["device"]] = Disk("8:16", "ext4", "landfall")
    assert disks.run(wanted(ETCD)).summary() == MADE[1:]
    assert not any("mkfs" in line for line in disks.log)


def test_one_below_another(disks: WithDisks) -> None:
    made = disks.run(wanted(DATA, ETCD)).summary()
    assert [line.rpartition(" ")[2] for line in made if line.startswith("mount")] == [
        ETCD["path"],
        DATA["path"],
    ]
    gone = disks.run(wanted()).summary()
    assert gone == [
        "unmount file system /var/lib/etcd/data",
        "unmount file system /var/lib/etcd",
        "update file /etc/fstab",
    ]
    assert disks.text("/etc/fstab") == ROOT_LINE
    assert disks.disks[ETCD["device"]].content == "ext4"
    assert not disks.run(wanted())


def test_nothing_is_looked_at_where_nothing_is_declared(disks: WithDisks) -> None:
    disks.run(wanted(ETCD))
    assert not disks.run(Desired.from_params({}))
    assert LINE in disks.text("/etc/fstab")


def test_a_mount_at_the_place_of_another_volume_of_the_machine(disks: WithDisks) -> None:
    disks.mounted("/var/lib/etcd", "0:99")
    assert disks.run(wanted(ETCD)).summary() == MADE
    assert not disks.run(wanted(ETCD))


def test_what_was_unmounted_by_hand_is_mounted_again(disks: WithDisks) -> None:
    disks.run(wanted(ETCD))
    disks._umount(["/var/lib/etcd"])
    assert disks.run(wanted(ETCD)).summary() == MADE[2:]


def test_another_device_for_the_directory(disks: WithDisks) -> None:
    disks.run(wanted(ETCD))
    disks._umount(["/var/lib/etcd"])
    other = {**ETCD, "device": DATA["device"]}
    assert "update file /etc/fstab" in disks.run(wanted(other)).summary()
    assert disks.text("/etc/fstab") == ROOT_LINE + LINE.replace(ETCD["device"], DATA["device"])


def foreign(disks: WithDisks, content: str, label: str = "") -> None:
    disks.disks[ETCD["device"]] = Disk("8:16", content, label)


REFUSED: dict[str, tuple[Callable[[WithDisks], Any], str]] = {
    "no device": (lambda one: one.disks.clear() or one.put(ETCD["device"], ""), "something else"),
    "detached": (
        lambda one: one.disks.clear() or (one.root / ETCD["device"][1:]).unlink(),
        "not there.*nothing.*ls -l /dev/disk/by-id",
    ),
    "a file system": (lambda one: foreign(one, "xfs", "db"), "xfs with the label db.*wipefs"),
    "ext4 of somebody": (lambda one: foreign(one, "ext4"), "found: ext4; remedy.*e2label"),
    "partitions": (lambda one: foreign(one, "gpt"), r"a partition table \(gpt\)"),
    "several": (lambda one: foreign(one, "8"), "several things"),
    "mounted": (
        lambda one: one.mounted("/srv", "8:16"),
        "mounted elsewhere.*found: /srv.*unmount it",
    ),
    "a full directory": (
        lambda one: [one.put(f"/var/lib/etcd/{name}", "") for name in "edcba"],
        "would hide.*found: a, b, c, d, …; remedy.*remove_node",
    ),
    "a line of somebody": (
        lambda one: one.put("/etc/fstab", "/dev/sdz /var/lib/etcd xfs defaults 0 0\n"),
        "has a line.*sdz",
    ),
}


@pytest.mark.parametrize(("prepare", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_before_anything_is_changed(
    disks: WithDisks, prepare: Callable[[WithDisks], Any], text: str
) -> None:
    prepare(disks)
    before = disks.state()
    for way in (disks.check, disks.run):
        with pytest.raises(ProblemsError, match=text):
            way(wanted(ETCD))
    assert disks.state() == before
    assert disks.log == []


def test_a_device_that_cannot_be_read(disks: WithDisks) -> None:
    foreign(disks, "4")
    with pytest.raises(CommandError, match=r"cannot be read.*exit code 4: I/O error"):
        disks.run(wanted(ETCD))


def test_a_mount_that_is_there_with_a_line_of_somebody_is_left_alone(disks: WithDisks) -> None:
    disks.put("/etc/fstab", "/dev/sdb /var/lib/etcd ext4 noatime 0 2")
    disks.mounted("/var/lib/etcd", "8:16")
    assert not disks.run(wanted(ETCD))
    assert disks.text("/etc/fstab") == "/dev/sdb /var/lib/etcd ext4 noatime 0 2"


def test_one_in_use_stays_and_is_still_known(disks: WithDisks) -> None:
    disks.run(wanted(ETCD))
    disks.busy = {"/var/lib/etcd"}
    with pytest.raises(LandfallError, match=r"cannot be unmounted: /var/lib/etcd.*busy.*fuser"):
        disks.run(wanted())
    assert LINE in disks.text("/etc/fstab")


WRONG = {
    "a name that changes": ({**ETCD, "device": "/dev/sdb"}, "another name tomorrow.*by-id"),
    "a blank": ({**ETCD, "path": "/srv/a b"}, "invalid path"),
    "no device": ({"path": "/srv"}, "missing parameter"),
    "not absolute": ({**ETCD, "path": "srv"}, "absolute path"),
}


@pytest.mark.parametrize(("item", "text"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_meant(item: dict[str, str], text: str) -> None:
    with pytest.raises(ProblemsError, match=text):
        wanted(item)


def test_two_of_the_same() -> None:
    with pytest.raises(ProblemsError, match=r"(?s)mount point declared more.*device declared more"):
        wanted(ETCD, ETCD)


def test_killed_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killer: Callable[[Machine], None]
) -> None:
    def machine(name: str) -> WithDisks:
        (tmp_path / name).mkdir()
        one = WithDisks(tmp_path / name)
        monkeypatch.setattr(mounts, "device_number", one.number)
        killer(one)
        return one

    calm = machine("calm")
    calm.fuse = 1_000
    calm.run(wanted(ETCD))
    steps = 1_000 - calm.fuse
    assert steps > 6
    for fuse in range(steps):
        one = machine(str(fuse))
        one.fuse = fuse
        with pytest.raises(Killed):
            one.run(wanted(ETCD))
        one.fuse = -1
        one.run(wanted(ETCD))
        assert one.state() == calm.state(), f"killed after {fuse} of {steps} changes"


def test_the_number_of_a_device(tmp_path: Path) -> None:
    assert mounts.device_number(tmp_path / "none") == "absent"
    assert mounts.device_number(tmp_path) == "other"
    for folder, _, names in os.walk("/dev"):
        for path in (Path(folder, name) for name in names):
            if path.is_block_device():
                major, minor = mounts.device_number(path).split(":")
                assert os.makedev(int(major), int(minor)) == path.stat().st_rdev
                return
    pytest.skip("there is no block device here")
