# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live view."""

from __future__ import annotations

import io
import threading
import time

from rich.console import Console

from ansible_collections.landfall.platform.plugins.module_utils._progress.run import Run
from ansible_collections.landfall.platform.plugins.module_utils._progress.view import (
    LiveView,
    render,
)


def site(hosts: int = 3) -> Run:
    run = Run(plays=14)
    run.begin_play("Cluster")
    run.begin_step("u1", "kubernetes : Join", 10.0)
    for number in range(hosts):
        run.begin_host(f"worker{number}", "kubernetes : Join", 10.0 + number)
    run.end_host("u1", "worker0", "unreachable", 12.0)
    run.end_host("u1", "worker1", "changed", 12.0)
    return run


def text(run: Run, left: float | None = None, size: tuple[int, int] = (80, 30)) -> str:
    console = Console(file=io.StringIO(), width=size[0], height=size[1], record=True)
    console.print(render(run, "site", 65.0, left, size))
    return console.export_text()


def test_what_it_shows() -> None:
    lines = [line.split() for line in text(site(), left=45.0).splitlines() if line.strip()]
    assert lines[0] == ["site", "Cluster", "1", "of", "14"]
    assert lines[1][1:] == ["1:05,", "about", "45", "s", "left"]
    assert lines[2:5] == [
        ["worker0", "Join", "did", "not", "answer"],
        ["worker2", "Join", "53", "s"],
        ["worker1", "Join", "changed"],
    ]
    assert " ".join(lines[5]) == "1 at work, 1 changed, 1 lost"


def test_without_an_estimate_and_in_check_mode() -> None:
    run = Run(check=True)
    run.warn("careful")
    found = text(run)
    assert "left" not in found
    assert "check mode" in found
    assert "1 warnings" in found
    assert "almost done" in text(run, left=0.2)


def test_many_hosts_fit_the_terminal() -> None:
    found = text(site(500), size=(60, 20)).splitlines()
    assert len(found) <= 20
    assert "488 more" in found[-1]
    assert all(len(line) <= 60 for line in found)


def test_it_is_drawn_until_it_is_stopped_and_leaves_lines_alone() -> None:
    screen = io.StringIO()
    drawn = threading.Event()
    sizes = []

    def draw(size: tuple[int, int]) -> str:
        sizes.append(size)
        if len(sizes) > 1:
            drawn.set()
        return "the view"

    view = LiveView(threading.RLock(), draw, screen)
    view._console = Console(file=screen, force_terminal=True, width=40, height=10)
    view.stop()
    view.start()
    view.start()
    assert drawn.wait(10)
    view.stop()
    view.stop()
    count = len(sizes)
    time.sleep(0.6)
    assert len(sizes) == count
    assert "the view" in screen.getvalue()
