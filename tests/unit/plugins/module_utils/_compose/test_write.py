# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._compose.notes import Note
from ansible_collections.landfall.platform.plugins.module_utils._compose.write import written
from ansible_collections.landfall.platform.plugins.module_utils._stack.parse import content


@pytest.mark.parametrize("text", ["a\u2028b", "é\u2029", "\x85x", "a\nb\u2028c", "a\n", "a: #b"])
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    """Three characters end a line in YAML and in no other text."""
    stack = {"name": text}
    assert content(written(stack, ["f"], [Note(text, text, text)]), "f") == stack
