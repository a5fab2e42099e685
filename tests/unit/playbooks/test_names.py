# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message, a page or a comment names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NAME = re.compile(r"playbooks/(\w+\.yml)")
PLACES = ("plugins", "roles", "playbooks", "docs", "inventories", "tests", "scripts", "stacks")
FILES = [ROOT / "README.md", ROOT / "Makefile"]
ENDINGS = {".py", ".yml", ".yaml", ".md", ".j2", ".sh", ""}


def named() -> dict[str, list[str]]:
    """Return the playbooks that are named, with the files that name them."""
    found: dict[str, list[str]] = {}
    files = [path for place in PLACES for path in (ROOT / place).rglob("*")]
    for path in [*FILES, *files]:
        if path.suffix not in ENDINGS or not path.is_file() or "__pycache__" in path.parts:
            continue
        for name in NAME.findall(path.read_text(encoding="utf-8", errors="replace")):
            found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return found


def test_playbooks_are_named_somewhere() -> None:
    assert {"site.yml", "reset.yml"} <= set(named())


@pytest.mark.parametrize("name", sorted(named()))
def test_a_named_playbook_exists(name: str) -> None:
    assert (ROOT / "playbooks" / name).is_file(), f"named by {', '.join(named()[name])}"
