# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a run will still take."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._progress.estimate import (
    Earlier,
    remaining,
    share,
)

FIRST, SECOND = ("Nodes", "Prepare", 0), ("Nodes", "Join", 0)
RUN = Earlier(100.0, {FIRST: (0.0, 10.0), SECOND: (10.0, 70.0)})
FAST = Earlier(20.0, {FIRST: (0.0, 2.0)})


@pytest.mark.parametrize(
    ("earlier", "key", "elapsed", "left"),
    [
        ([], FIRST, 0.0, None),
        ([RUN], ("Nodes", "Other", 0), 0.0, None),
        ([RUN], FIRST, 0.0, 100.0),
        ([RUN], SECOND, 5.0, 85.0),
        # it takes longer than then: what follows does not get shorter
        ([RUN], SECOND, 90.0, 30.0),
        ([RUN, FAST], FIRST, 0.0, 60.0),
        ([RUN, FAST], SECOND, 0.0, 90.0),
    ],
)
def test_remaining(
    earlier: list[Earlier], key: tuple[str, str, int], elapsed: float, left: float | None
) -> None:
    assert remaining(earlier, key, elapsed) == left


@pytest.mark.parametrize(("left", "found"), [(None, None), (30.0, 0.25), (0.0, 1.0)])
def test_share(left: float | None, found: float | None) -> None:
    assert share(10.0, left) == found
    assert share(0.0, 0.0) is None


def test_from_a_record() -> None:
    step = {"play": "Nodes", "step": "Prepare", "number": 0, "begin": 1.5, "seconds": 2.0}
    assert Earlier.from_record({"seconds": 9, "steps": [step]}) == Earlier(
        9.0, {("Nodes", "Prepare", 0): (1.5, 3.5)}
    )
