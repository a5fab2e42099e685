# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that grow, are renamed and vanish, also while nobody looks."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._router import files as module
from ansible_collections.landfall.platform.plugins.module_utils._router.cri import LIMIT, Lines
from ansible_collections.landfall.platform.plugins.module_utils._router.files import (
    Files,
    State,
    containers,
    place,
    single,
)


class Watched:
    """One container's log, and who reads it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "ns_pod_uid" / "app" / "0.log"
        self.path.parent.mkdir(parents=True)
        self.lost: list[int] = []
        self.files = self.new({})

    def new(self, state: State) -> Files:
        kind = containers(self.root, lambda: Lines("stdout"))
        self.files = Files(kind, state, lambda path, size: self.lost.append(size))
        return self.files

    def write(self, *lines: str, path: Path | None = None) -> None:
        with (path or self.path).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def rename(self, suffix: str = "20261121-100000") -> Path:
        return self.path.rename(self.path.with_name(f"0.log.{suffix}"))

    def read(self, now: float = 0.0) -> list[str]:
        self.files.look(now)
        return [one.text.decode() for tail in self.files.each() for one in tail.read(now)]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    one = Watched(tmp_path)
    yield one
    for tail in one.files.each():
        tail.file.close()


def test_lines_come_once_and_half_ones_when_they_are_whole(watched: Watched) -> None:
    watched.write("a", "b")
    with watched.path.open("a") as file:
        file.write("ha")
    assert watched.read() == ["a", "b"]
    assert watched.read() == []
    assert next(iter(watched.files.positions().values()))[0][1] == 4
    watched.write("lf")
    assert watched.read() == ["half"]


def test_places_in_the_file(watched: Watched) -> None:
    watched.write("one", "", "three")
    watched.files.look(0.0)
    (tail,) = watched.files.each()
    found = [(one.start, one.end) for one in tail.read(0.0)]
    assert found == [(0, 4), (4, 5), (5, 11)]


def test_each_file_has_its_turn(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.write(*["x" * 99] * (2 * module.TURN // 100))
    first = watched.read()
    assert len(first) == module.TURN // 100
    assert len(watched.read()) + len(watched.read()) == 2 * module.TURN // 100 - len(first)


def test_a_line_without_end_takes_no_memory(watched: Watched) -> None:
    watched.write("x" * (6 * LIMIT), "next")
    found: list[str] = []
    most = 0
    for _ in range(40):
        found += watched.read()
        (tail,) = watched.files.each()
        most = max(most, len(tail.rest))
    assert [len(line) for line in found] == [LIMIT, 4]
    assert most <= 2 * LIMIT + module.TURN
    assert next(iter(watched.files.positions().values()))[0][1] == watched.path.stat().st_size


def test_a_renamed_file_is_read_to_its_end(watched: Watched) -> None:
    watched.write("a")
    assert watched.read() == ["a"]
    old = watched.rename()
    watched.write("b", path=old)
    watched.write("c")
    assert watched.read() == ["b", "c"]
    watched.write("late", path=old)
    assert watched.read(5.0) == ["late"]
    watched.read(module.LINGER_S)
    assert len(list(watched.files.each())) == 1


def test_a_removed_pod_is_forgotten_when_it_was_read(watched: Watched) -> None:
    watched.write("a")
    watched.files.look(0.0)
    watched.path.unlink()
    assert watched.read(1.0) == ["a"]
    watched.read(1.0 + module.LINGER_S)
    assert watched.files.positions() == {}
    assert watched.lost == []


def test_who_writes_faster_than_can_be_read_loses_the_oldest(watched: Watched) -> None:
    for number in range(module.MOST_OLD + 2):
        watched.write(f"{number}" * 10)
        watched.files.look(1.0)
        watched.rename(f"2026112{number}-100000")
    watched.write("last")
    watched.files.look(1.0)
    # What is there takes no more room than it does anyway.
    assert watched.lost == []
    for path in watched.path.parent.glob("0.log.*"):
        path.unlink()
    watched.files.look(1.0)
    watched.files.look(1.0)
    assert watched.lost == [11, 11]
    assert watched.read(1.0)[-1] == "last"


def test_an_emptied_file_is_read_from_its_beginning(watched: Watched) -> None:
    watched.write("a", "b")
    watched.read()
    watched.path.write_text("c\n")
    assert watched.read() == ["c"]


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_a_new_process_goes_on_where_the_old_one_ended(watched: Watched, renamed: int) -> None:
    watched.write("a")
    assert watched.read() == ["a"]
    state = watched.files.positions()
    expected = []
    for number in range(renamed):
        watched.write(f"before {number}")
        expected.append(f"before {number}")
        watched.rename(f"2026112{number}-100000")
        watched.write(f"after {number}")
        expected.append(f"after {number}")
    watched.write("z")
    watched.new(state)
    assert watched.read() == [*expected, "z"]
    assert watched.read() == []


@pytest.mark.parametrize("damaged", [False, True])
def test_what_was_compressed_meanwhile_is_read_to_its_end(watched: Watched, damaged: bool) -> None:
    """A router that was away, or had no room, begins with files that the kubelet has packed."""
    lines = [f"2026-11-21T10:00:0{number}.1Z stdout F {'x' * 60} {number}" for number in range(9)]
    watched.write(*lines[:4])
    assert watched.read() == lines[:4]
    state = watched.files.positions()
    watched.write(*lines[4:6])
    for number in range(2):
        old = watched.rename(f"2026112{number}-100000")
        content = gzip.compress(old.read_bytes())
        # Its last bytes are the sum and the size.
        old.with_name(f"{old.name}.gz").write_bytes(content[:-8] if damaged else content)
        old.unlink()
        watched.write(*lines[6 + number : 7 + number])
    watched.path.with_name("0.log.20261123-100000.tmp").write_text("half")
    watched.write(lines[8])
    watched.new(state)
    found = [one for _ in range(3) for one in watched.read()]
    assert sorted(found) == lines[4:]
    watched.read(module.LINGER_S)
    assert len(list(watched.files.each())) == 1
    assert watched.lost == []


def test_what_is_remembered_of_another_file_of_the_name_is_not_taken(watched: Watched) -> None:
    watched.write("a")
    inode = watched.path.stat().st_ino
    for entry in ([1, 1, "a"], [inode, 77, "a"], [inode, 1, "b"], [inode, 1]):
        watched.new({str(watched.path): [entry]})
        assert watched.read() == ["a"], entry


def test_a_number_of_a_file_that_is_used_again_skips_nothing(watched: Watched) -> None:
    """The file that was read is gone, and its place on the disk is another one's."""
    watched.write("2026-11-21T10:00:00.1Z stdout F old")
    watched.read()
    state = watched.files.positions()
    new = ["2026-11-21T11:00:00.1Z stdout F first", "2026-11-21T11:00:00.2Z stdout F second"]
    watched.path.write_text("\n".join(new) + "\n")
    watched.new(state)
    assert watched.read() == new


def test_a_single_file_and_its_renamed_ones(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    kind = single(path, lambda: Lines("audit"))
    assert list(kind.find()) == []
    path.write_text("x")
    (tmp_path / "audit-2026-11-21T10-00-00.000.log").write_text("x")
    assert list(kind.find()) == [path]
    assert [one.name for one in kind.renamed(path)] == ["audit-2026-11-21T10-00-00.000.log"]


def test_a_file_that_vanishes_while_it_is_looked_at(tmp_path: Path) -> None:
    kind = module.Kind(lambda: iter([tmp_path / "gone"]), lambda: Lines("x"), lambda one: iter([]))
    files = Files(kind, {}, lambda path, size: None)
    files.look(0.0)
    assert list(files.each()) == []


def test_place() -> None:
    assert place("/var/log/pods/ns_pod-1_0a-1b/app/3.log") == {
        "namespace": "ns", "pod": "pod-1", "uid": "0a-1b", "container": "app", "start": "3",
    }  # fmt: skip
    assert place("/x/odd/app/0.log")["uid"] == ""
