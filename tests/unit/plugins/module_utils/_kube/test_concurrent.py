# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.concurrent import each

LIMIT_S = 20


def test_calls_are_made_at_once_and_their_results_are_in_order() -> None:
    together = threading.Barrier(4)

    def call(item: int) -> int:
        together.wait(LIMIT_S)
        return -item

    assert each("", call, [3, 1, 2, 0]) == [-3, -1, -2, 0]


def threads_of(workers: int) -> tuple[set[int], list[set[int]]]:
    """Return the threads of two calls, and those of the calls that each of them made."""
    together = threading.Barrier(workers)
    outer: set[int] = set()

    def inner(_: int) -> int:
        return threading.get_ident()

    def call(_: int) -> set[int]:
        outer.add(threading.get_ident())
        together.wait(LIMIT_S)
        return set(each("", inner, range(5)))

    return outer, each("", call, range(2), workers=workers)


def test_calls_within_calls_take_no_threads_of_their_own() -> None:
    outer, inner = threads_of(2)
    assert len(outer) == 2
    assert [len(one) for one in inner] == [1, 1]
    assert set.union(*inner) == outer


def test_what_is_done_in_turn_makes_its_own_calls_at_once() -> None:
    outer, inner = threads_of(1)
    assert outer == {threading.get_ident()}
    assert not outer & set.union(*inner)


@pytest.mark.parametrize("workers", [1, 2])
def test_all_calls_are_made_and_all_errors_kept(workers: int) -> None:
    made = []

    def call(item: int) -> int:
        made.append(item)
        if item % 2:
            raise LandfallError("odd", on=str(item))
        return item

    assert each("", call, [2, 4], workers=workers) == [2, 4]
    with pytest.raises(LandfallError, match="odd") as one:
        each("numbers are odd", call, [1, 2], workers=workers)
    assert not isinstance(one.value, ProblemsError)
    with pytest.raises(ProblemsError, match=r"numbers are odd \(2\)"):
        each("numbers are odd", call, [1, 3, 6], workers=workers)
    assert sorted(made) == [1, 1, 2, 2, 3, 4, 6]


def test_an_error_that_nobody_foresaw_is_not_kept() -> None:
    with pytest.raises(ZeroDivisionError):
        each("", lambda item: 1 // item, [1, 0])
