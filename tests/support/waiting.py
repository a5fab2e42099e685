# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what comes about by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import tenacity

Found = TypeVar("Found")


def eventually(
    what: Callable[[], Found],
    limit: float = 60,
    *,
    every: float = 0.05,
    ignoring: tuple[type[Exception], ...] = (),
) -> Found:
    """Return the first result that is not false.

    Args:
        what: is asked again and again.
        limit: seconds until the test fails; generous, never a measurement.
        every: seconds between two questions.
        ignoring: exceptions that mean "not yet".
    """

    def over(state: tenacity.RetryCallState) -> Found:
        last = state.outcome
        cause = last.exception() if last else None
        raise AssertionError(f"did not come about in {limit} s, last: {cause or last}") from cause

    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_delay(limit),
        wait=tenacity.wait_fixed(every),
        retry=tenacity.retry_if_result(lambda found: not found)
        | tenacity.retry_if_exception_type(ignoring),
        retry_error_callback=over,
    )
    return retrying(what)
