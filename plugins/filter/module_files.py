# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter module_files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "module_utils"


def module_files(names: Iterable[str], folder: str) -> list[dict[str, str]]:
    """Return files for node_state that make a program of this collection's modules on a host.

    Args:
        names: the modules below ``plugins/module_utils``, such as ``_core/errors.py``.
        folder: where the host shall have them.
    """
    return [
        {
            "path": f"{folder}/{name}",
            "content": (ROOT / name).read_text(encoding="utf-8"),
            "mode": "0644",
        }
        for name in names
    ]


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., list[dict[str, str]]]]:
        """Return the filters by name."""
        return {"module_files": module_files}
