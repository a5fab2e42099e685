# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of all actions that are about entries of the catalogue (fragment ``selection``)."""

from __future__ import annotations

from typing import Any

SELECTION: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "default": []},
    "profile": {"type": "list", "elements": "str", "default": []},
    "versions": {"type": "dict", "default": {}},
    "stacks": {"type": "list", "elements": "dict", "default": []},
    "stack_directory": {"type": "path", "default": "stacks"},
}
