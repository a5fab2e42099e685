# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same call for many items at once, with every error kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .._core.errors import LandfallError, ProblemsError

# More than this gains nothing: one Python process is busy with JSON and TLS by then.
WORKERS = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(what: str, call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return ``call(item)`` for each item, in their order.

    All calls are made even when some fail.

    Args:
        what: what is being done, the first line of an error about several items.

    Raises:
        LandfallError: one call failed; ProblemsError when several did.
    """
    todo = list(items)
    if len(todo) <= 1:
        return [call(item) for item in todo]
    results: list[Result] = []
    problems: list[LandfallError] = []
    with ThreadPoolExecutor(min(WORKERS, len(todo))) as pool:
        for future in [pool.submit(call, item) for item in todo]:
            error = future.exception()
            if error is None:
                results.append(future.result())
            elif isinstance(error, LandfallError):
                problems.append(error)
            else:
                raise error
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ProblemsError(what, problems)
    return results
