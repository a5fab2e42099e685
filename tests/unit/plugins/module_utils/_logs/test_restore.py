# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is brought back from which snapshot, and when it is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs import restore
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import StoreError
from ansible_collections.landfall.platform.plugins.module_utils._logs.restore import (
    Actual,
    Snapshot,
    Wanted,
    plan,
)

STREAMS = ("logs-lab-hosts", "logs-lab-shop", "logs-qa-shop", "logs-restored-2026.11.01-lab-shop")
SNAPSHOTS = (
    Snapshot("logs-2026.11.19", "SUCCESS", STREAMS),
    Snapshot("logs-2026.11.20", "SUCCESS", STREAMS),
    Snapshot("logs-2026.11.21", "IN_PROGRESS", ()),
)


HAS = Actual(SNAPSHOTS)


def streams(actual: Actual = HAS, **wanted: str) -> list[str]:
    return [part.stream for part in plan(Wanted(**wanted), actual)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["2026.11.20-lab-hosts", "2026.11.20-lab-shop", "2026.11.20-qa-shop"]),
        ({"stack": "shop"}, ["2026.11.20-lab-shop", "2026.11.20-qa-shop"]),
        ({"environment": "qa"}, ["2026.11.20-qa-shop"]),
        (
            {"stack": "shop", "snapshot": "2026-11-19", "environment": "lab"},
            ["2026.11.19-lab-shop"],
        ),
        ({"stack": "hosts", "snapshot": "logs-2026.11.19"}, ["2026.11.19-lab-hosts"]),
    ],
)
def test_what_is_brought_back(wanted: dict[str, str], expected: list[str]) -> None:
    assert streams(**wanted) == [f"logs-restored-{one}" for one in expected]


def test_what_was_brought_back_already_is_left_alone() -> None:
    there = frozenset({"logs-restored-2026.11.20-lab-shop"})
    assert streams(Actual(SNAPSHOTS, there), stack="shop") == ["logs-restored-2026.11.20-qa-shop"]


def test_the_store_gives_the_name_that_is_planned() -> None:
    (part,) = plan(Wanted(environment="qa"), Actual(SNAPSHOTS))
    assert part.body["indices"] == "logs-qa-shop"
    new = part.body["rename_replacement"].replace("$1", r"\1")
    assert re.sub(part.body["rename_pattern"], new, "logs-qa-shop") == part.stream
    assert str(part) == "bring back stream logs-qa-shop"
    assert part.path.startswith("/_snapshot/landfall/logs-2026.11.20/_restore?")


@pytest.mark.parametrize(
    ("wanted", "snapshots", "said"),
    [
        ({"snapshot": "2026-11-18"}, SNAPSHOTS, "logs-2026.11.19, logs-2026.11.20; found: 2026-11"),
        ({"snapshot": "2026-11-21"}, SNAPSHOTS, "logs-2026.11.21, which is IN_PROGRESS"),
        ({}, SNAPSHOTS[2:], "none is complete yet"),
        ({}, (), "none is complete yet"),
        ({"stack": "other"}, SNAPSHOTS, "expected: logs-lab-hosts, logs-lab-shop, logs-qa-shop"),
    ],
)
def test_what_is_not_there_is_said(
    wanted: dict[str, str], snapshots: tuple[Snapshot, ...], said: str
) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(said)):
        plan(Wanted(**wanted), Actual(snapshots))


@dataclass
class Fake:
    """A store with two snapshots; what is brought back comes when it is asked for once more."""

    answers: dict[str, Any]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        self.asked.append((method, path))
        found = self.answers[path.partition("?")[0]]
        if isinstance(found, Exception):
            raise found
        return found


def stream(name: str) -> dict[str, Any]:
    return {"name": name, "indices": [{"index_name": f".ds-{name}-000001"}]}


def test_reading_and_bringing_back() -> None:
    raw = [
        {"snapshot": "logs-2026.11.20", "state": "SUCCESS", "data_streams": ["logs-lab-shop"]},
        {"snapshot": "logs-2026.11.21", "state": "FAILED"},
    ]
    new = "logs-restored-2026.11.20-lab-shop"
    paths: dict[str, Any] = {
        "/_snapshot/landfall/_all": {"snapshots": raw},
        "/_data_stream/logs-restored-*": {"data_streams": []},
        "/_snapshot/landfall/logs-2026.11.20/_restore": {"accepted": True},
        "/_cluster/health": {"indices": {}},
    }
    store = Fake(paths)
    actual = restore.read(store)
    assert [one.streams for one in actual.snapshots] == [("logs-lab-shop",), ()]
    wanted = plan(Wanted(), actual)
    restore.apply(store, wanted)
    assert store.asked[-1][0] == "POST"
    assert restore.missing(store, wanted) == [new]
    paths["/_data_stream/logs-restored-*"] = {"data_streams": [stream(new)]}
    assert restore.missing(store, wanted) == [new]
    health = {"number_of_shards": 1, "active_primary_shards": 0, "active_shards": 0}
    paths["/_cluster/health"] = {"indices": {f".ds-{new}-000001": health}}
    assert restore.missing(store, wanted) == [new]
    health["active_primary_shards"] = 1
    assert restore.missing(store, wanted) == []
    assert not plan(Wanted(), restore.read(store))
    assert restore.missing(store, plan(Wanted(), restore.read(store))) == []


def test_a_store_without_snapshots() -> None:
    error = StoreError(404, "repository_missing_exception", "[landfall] missing", "GET")
    with pytest.raises(InvalidInputError, match="makes no snapshots"):
        restore.read(Fake({"/_snapshot/landfall/_all": error}))
    other = StoreError(500, "x", "y", "GET")
    with pytest.raises(StoreError):
        restore.read(Fake({"/_snapshot/landfall/_all": other}))
