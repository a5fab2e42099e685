# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a run will still take, from earlier runs of the same kind."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

Key = tuple[str, str, int]


@dataclass(frozen=True)
class Earlier:
    """A run that ended well.

    Attributes:
        seconds: how long it took.
        steps: begin and end of each step, in seconds since its start.
    """

    seconds: float
    steps: Mapping[Key, tuple[float, float]]

    @classmethod
    def from_record(cls, end: Mapping[str, Any]) -> Earlier:
        """Return what the last event of a run's record says.

        Raises:
            KeyError, TypeError, ValueError: it is not such an event.
        """
        steps = {
            (str(one["play"]), str(one["step"]), int(one["number"])): (
                float(one["begin"]),
                float(one["begin"]) + float(one["seconds"]),
            )
            for one in end["steps"]
        }
        return cls(float(end["seconds"]), steps)


def remaining(earlier: Sequence[Earlier], key: Key, elapsed: float) -> Optional[float]:
    """Return the seconds that are left, None when no earlier run had this step.

    Each earlier run says how long it took from this step's beginning. A step that takes longer
    than it did then does not make what follows it shorter.

    Args:
        earlier: the earlier runs.
        key: the step that is at work.
        elapsed: seconds since it began.
    """
    left = []
    for run in earlier:
        if key in run.steps:
            begin, end = run.steps[key]
            left.append(max(run.seconds - begin - elapsed, run.seconds - end, 0.0))
    return statistics.median(left) if left else None


def share(run_for: float, left: Optional[float]) -> Optional[float]:
    """Return how much of a run is behind it, from 0 to 1."""
    if left is None or run_for + left <= 0:
        return None
    return run_for / (run_for + left)
