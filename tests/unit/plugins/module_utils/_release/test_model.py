# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases: which are recorded, what becomes of the others, and which one is gone back to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import RefusedError
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    DEPLOYED,
    FAILED,
    PENDING,
    REMOVED,
    ROLLED_BACK,
    SUPERSEDED,
    History,
    Release,
    Scaled,
    numbered,
    plain,
    rollback_target,
    short,
    succeeded,
    surplus,
    table,
)


def release(revision: int, status: str, config: str = "", **more: Any) -> Release:
    ran = status in {DEPLOYED, SUPERSEDED, REMOVED}
    given = {"hash": config or f"h{revision}", "ran": ran, **more}
    return Release(revision, "s", "e", "s-e", status, **given)


def history(*found: tuple[int, str]) -> History:
    return History.of(release(*one) for one in found)


@pytest.mark.parametrize(
    ("found", "config", "changed", "waits", "revision"),
    [
        ((), "h1", True, True, 1),
        ((), "h1", False, True, 1),
        (((1, DEPLOYED),), "h1", False, True, None),
        (((1, DEPLOYED),), "other", False, True, None),
        (((1, DEPLOYED),), "h1", True, True, 2),
        (((1, DEPLOYED),), "h2", True, True, 2),
        # what was cut off, or failed and was left so, is gone on with
        (((1, DEPLOYED), (2, PENDING)), "h2", False, True, 2),
        (((1, DEPLOYED), (2, FAILED)), "h2", True, True, 2),
        (((1, DEPLOYED), (2, FAILED)), "h3", True, True, 3),
        # what was rolled back is tried anew; what runs is the one before
        (((1, DEPLOYED), (2, ROLLED_BACK)), "h2", True, True, 3),
        (((1, DEPLOYED), (2, ROLLED_BACK)), "h1", False, True, None),
        (((1, ROLLED_BACK),), "h1", False, True, 2),
        (((1, REMOVED),), "h1", True, True, 2),
        # who does not wait does not finish it
        (((1, PENDING),), "h1", False, False, None),
        (((1, PENDING),), "h1", True, False, 1),
        (((1, PENDING),), "h2", False, False, 2),
    ],
)
def test_what_is_recorded(
    found: Any, config: str, changed: bool, waits: bool, revision: int | None
) -> None:
    new = release(0, PENDING, config)
    result = numbered(history(*found), new, changed, waits)
    assert (result.revision if result else None) == revision


@pytest.mark.parametrize("instead", [SUPERSEDED, ROLLED_BACK])
def test_what_becomes_of_the_others(instead: str) -> None:
    found = history((1, DEPLOYED), (2, FAILED), (3, PENDING), (4, PENDING))
    changed = succeeded(found, release(4, DEPLOYED), instead)
    assert {one.revision: one.status for one in changed} == {1: instead, 3: FAILED}
    causes = {one.revision: one.cause for one in changed}
    assert causes[3] == "the run ended before the roll-out did"
    assert bool(causes[1]) == (instead == ROLLED_BACK)


def test_the_last_ones_and_what_runs_are_kept() -> None:
    found = history((1, SUPERSEDED), (2, DEPLOYED), *((n, FAILED) for n in range(3, 14)))
    assert [one.revision for one in surplus(found)] == [3, 1]
    assert surplus(History()) == []


@pytest.mark.parametrize(
    ("found", "wanted", "revision"),
    [
        (((1, SUPERSEDED), (2, DEPLOYED)), None, 1),
        (((1, SUPERSEDED), (2, SUPERSEDED), (3, DEPLOYED)), None, 2),
        (((1, SUPERSEDED), (2, FAILED), (3, DEPLOYED)), None, 1),
        (((1, SUPERSEDED), (2, ROLLED_BACK), (3, DEPLOYED)), None, 1),
        (((1, SUPERSEDED), (2, SUPERSEDED), (3, DEPLOYED)), 1, 1),
        (((1, REMOVED),), None, 1),
        (((1, REMOVED),), 1, 1),
    ],
)
def test_which_one_is_gone_back_to(found: Any, wanted: int | None, revision: int) -> None:
    assert rollback_target(history(*found), wanted, "s").revision == revision


def test_the_same_configuration_is_no_way_back() -> None:
    found = [release(1, SUPERSEDED, "a"), release(2, ROLLED_BACK, "b"), release(3, DEPLOYED, "a")]
    with pytest.raises(RefusedError, match="no earlier release"):
        rollback_target(History.of(found), None, "s")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (None, "no earlier release"),
        (7, "it is not recorded"),
        (2, "it never became ready"),
        (3, "runs already"),
    ],
)
def test_what_cannot_be_gone_back_to(wanted: int | None, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        rollback_target(history((2, FAILED), (3, DEPLOYED)), wanted, "s")


STATUSES = st.sampled_from([PENDING, DEPLOYED, FAILED, SUPERSEDED, ROLLED_BACK, REMOVED])


@given(st.lists(STATUSES, max_size=15), st.booleans())
def test_a_deployment_that_succeeds_is_the_only_one_that_runs(
    statuses: list[str], changed: bool
) -> None:
    before = history(*enumerate(statuses, 1))
    new = numbered(before, release(0, PENDING, "new"), changed)
    if new is None:
        assert before.current
        return
    done = release(new.revision, DEPLOYED)
    all_of = {one.revision: one for one in (*before.releases, *succeeded(before, done), done)}
    after = History.of(all_of.values())
    assert after.current == done
    assert [one.status for one in after.releases].count(DEPLOYED) == 1
    assert after.current not in surplus(after)


def test_a_history_is_a_table() -> None:
    image = "r.test:5000/team/web:1.2@sha256:" + "ab" * 32
    first = release(12, DEPLOYED, at="now", by="ann@desk", run="7", images={"web": image})
    second = release(2, FAILED, by="bob", cause="image: no such\nmore", source="test, revision 3")
    rows = [line.split("  ") for line in table([first, second])]
    assert [row[0] for row in rows] == ["revision", "12", "2"]
    assert rows[1][-1] == "web web:1.2@abababababab"
    assert rows[1][-2] == "ann@desk (7)"
    assert rows[2][-1].strip() == "image: no such; promoted from test, revision 3"
    (_, row) = table([release(3, FAILED, cause="x" * 200)])
    assert row.endswith("x …")
    assert row.count("x") == 118
    assert short("r.test/web:1") == "web:1"
    found = plain(release(1, DEPLOYED, scaled={"web": Scaled(4, 2)}))
    assert found["scaled"] == {"web": 4}
    assert "objects" not in found
