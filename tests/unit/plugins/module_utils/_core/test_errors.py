# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of errors."""

from __future__ import annotations

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    ProblemsError,
    UnreachableError,
)


def test_problems_are_told_together_and_each_once() -> None:
    silent = [UnreachableError("nobody answers", on="api") for _ in range(3)]
    wrong = InvalidInputError("unknown field", on="web", remedy="remove it")
    assert str(ProblemsError("objects cannot be applied", [silent[0], wrong, *silent[1:]])) == (
        "objects cannot be applied (4):\n"
        "- nobody answers: api (3 times)\n"
        "- unknown field: web; remedy: remove it"
    )
