# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/stack.schema.json, the JSON Schema of stacks, from the model that reads them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "stack.schema.json"
sys.path.insert(0, str(ROOT / ".collections"))


def text() -> str:
    """Return the schema as text."""
    from ansible_collections.landfall.platform.plugins.module_utils._stack.json_schema import (
        stack_schema,
    )

    return json.dumps(stack_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
