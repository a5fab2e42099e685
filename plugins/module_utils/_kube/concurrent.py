# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same call for many items at once, with every error kept."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .._core.errors import LandfallError, ProblemsError

# More than this gains nothing: one Python process is busy with JSON and TLS by then.
WORKERS = 16

Item = TypeVar("Item")
Result = TypeVar("Result")
_thread = threading.local()


def _mark() -> None:
    _thread.is_one_of_many = True


def each(
    what: str,
    call: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int = WORKERS,
) -> list[Result]:
    """Return ``call(item)`` for each item, in their order.

    All calls are made even when some fail. A call that comes here itself makes its own ones in
    turn: threads of threads would only take the interpreter from each other, which on a busy
    machine made fifty stacks slower than one after another.

    Args:
        what: what is being done, the first line of an error about several items.
        call: returns the result for an item.
        items: what it is called with.
        workers: how many calls at once.

    Raises:
        LandfallError: one call failed; ProblemsError when several did.
    """
    todo = list(items)
    workers = min(workers, len(todo))
    outcomes: list[Callable[[], Result]]
    if workers <= 1 or getattr(_thread, "is_one_of_many", False):
        outcomes = [functools.partial(call, item) for item in todo]
    else:
        with ThreadPoolExecutor(workers, initializer=_mark) as pool:
            outcomes = [pool.submit(call, item).result for item in todo]
    return _gathered(what, outcomes)


def _gathered(what: str, outcomes: Iterable[Callable[[], Result]]) -> list[Result]:
    results: list[Result] = []
    problems: list[LandfallError] = []

    def keep(outcome: Callable[[], Result]) -> None:
        try:
            results.append(outcome())
        except LandfallError as error:
            problems.append(error)

    for outcome in outcomes:
        keep(outcome)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ProblemsError(what, problems)
    return results
