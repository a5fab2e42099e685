# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure speed and memory against the budget and write docs/performance.md.

Usage: run.py [lab] [simulated] [objects] [stacks] [heat] [report]; all without an argument. Only a
full run writes the page, any other shows it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / ".collections")]
from tests.bench import infrastructure, reporting, scenes, stacks  # noqa: E402
from tests.bench.page import Figures, page  # noqa: E402

PAGE = ROOT / "docs/performance.md"
PARTS = ("heat", "report", "objects", "stacks", "simulated", "lab")
SIZES = (10, 100, 200, 1000)
ADDED = (11, 101)


def main(parts: tuple[str, ...]) -> None:
    """Measure parts and show the page."""
    unknown = set(parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"run.py: expected some of {', '.join(PARTS)}, found {', '.join(unknown)}")
    figures, load = Figures(), os.getloadavg()[0]
    before = scenes.skipped_task()
    if "heat" in parts:
        figures.template = infrastructure.compiled()
    if "report" in parts:
        figures.report = reporting.measure()
    if "objects" in parts:
        figures.objects = scenes.objects()
    if "stacks" in parts:
        figures.stacks = stacks.measure()
    if "simulated" in parts:
        with scenes.stage() as stage:
            figures.sites = {size: stage.unchanged(size) for size in SIZES}
            figures.added = {size: stage.one_more(size) for size in ADDED}
            figures.touched = stage.touched(10)
    if "lab" in parts:
        figures.lab = scenes.lab()
    figures.skipped = (before, scenes.skipped_task())
    text = page(figures, load)
    if set(parts) == set(PARTS):
        PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or PARTS)
