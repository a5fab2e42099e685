# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence at the end of a run."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.callback.summary import sentence

QUIET = {"changed": 0, "failures": 0, "unreachable": 0}


@pytest.mark.parametrize(
    ("summaries", "check", "text"),
    [
        ({"a": QUIET, "b": QUIET}, False, "Nothing changed. 2 hosts, 3 s."),
        ({"a": QUIET}, True, "Nothing would change. 1 hosts, 3 s."),
        (
            {"b": {**QUIET, "changed": 2}, "a": {**QUIET, "changed": 1}},
            False,
            "steps that changed something: a (1), b (2). 2 hosts, 3 s.",
        ),
        (
            {"a": {**QUIET, "unreachable": 1}, "b": {**QUIET, "failures": 1, "changed": 1}},
            True,
            "a did not answer; b failed; steps that would change something: b (1). 2 hosts, 3 s.",
        ),
    ],
)
def test_sentence(summaries: dict[str, dict[str, int]], check: bool, text: str) -> None:
    assert sentence(summaries, 3.2, check=check) == text
