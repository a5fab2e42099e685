# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure a site of the lab against the budget and write docs/performance.md.

A site of its own is stood up on hosts of its own; artifacts are made before the clock starts.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.support.site import Site  # noqa: E402

PAGE = ROOT / "docs/performance.md"


@dataclass(frozen=True)
class Measured:
    """One run of the site.

    Attributes:
        wall: seconds from start to end.
        cpu: CPU seconds on the controller, child processes included.
        tasks: tasks of each host, skipped ones included.
        calls: module calls on each host.
        changed: hosts with changes.
    """

    wall: float
    cpu: float
    tasks: dict[str, int]
    calls: dict[str, int]
    changed: dict[str, int]


def measure(site: Site) -> Measured:
    """Run site.yml and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder, "counts.json")
        os.environ["LANDFALL_TASK_COUNTS"] = str(counts)
        os.environ["ANSIBLE_CALLBACK_PLUGINS"] = str(Path(__file__).parent / "callbacks")
        os.environ["ANSIBLE_CALLBACKS_ENABLED"] = "landfall.platform.summary,task_counts"
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        run = site.play("site")
        for name in ("ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_CALLBACK_PLUGINS"):
            os.environ.pop(name)
        wall = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = json.loads(counts.read_text(encoding="utf-8"))
    return Measured(
        wall,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        {host: c["tasks"] for host, c in found.items()},
        {host: c["calls"] for host, c in found.items()},
        run.changed,
    )


def objects() -> str:
    """Return the figures of 300 objects against a real API server."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-s",
            "-q",
            "tests/integration_api",
            "-k",
            "three_hundred",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"300 objects: (.+)", done.stdout)
    return found[1] if found else "not measured"


def page(first: Measured, second: Measured, figures: str) -> str:
    """Return the page with the figures."""
    nodes = len(second.tasks)
    rows = [
        (
            "remote module calls of the busiest node, nothing to change",
            "≤ 8",
            max(second.calls.values()),
        ),
        ("task-hosts of a worker, nothing to change", "≤ 15", second.tasks["worker1"]),
        ("controller CPU per node, nothing to change", "≤ 0.3 s", f"{second.cpu / nodes:.2f} s"),
        ("`site.yml`, nothing to change, 5 hosts", "≤ 20 s", f"{second.wall:.1f} s"),
        (
            "first run, artifacts built, until the first stack serves",
            "≤ 150 s",
            f"{first.wall:.0f} s",
        ),
        ("300 objects against a real API server", "new ≤ 3 s, unchanged ≤ 0.5 s", figures),
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return "\n".join(
        [
            "# Speed",
            "",
            f"Written by `make bench` on {datetime.date.today()}: {os.cpu_count()} cores, "
            f"{memory:.0f} GiB, Linux {platform.release()}, inventory `lab`.",
            "",
            "| measure | target | measured |",
            "|---|---|---|",
            *(f"| {what} | {target} | {value} |" for what, target, value in rows),
            "",
            "Not measured yet: 100 and 1,000 simulated hosts, adding one node, the memory used.",
            "",
        ]
    )


def main() -> None:
    """Stand a site up, measure, write the page, remove the site."""
    site = Site("inventories/lab", "bench", "10.89.0")
    site.play("destroy")
    try:
        site.play("lab")
        first = measure(site)
        second = measure(site)
    finally:
        site.play("destroy")
    text = page(first, second, objects())
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
