# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the keeper's snapshot has, a real store gives back, beside what was written since."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs import keeper, restore
from ansible_collections.landfall.platform.plugins.module_utils._logs.query import Search
from ansible_collections.landfall.platform.plugins.module_utils._logs.restore import Wanted
from ansible_collections.landfall.platform.plugins.module_utils._logs.retention import Policy
from ansible_collections.landfall.platform.plugins.module_utils._logs.search import find
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Settings
from tests.support.waiting import eventually

from .conftest import Bench

WORDS = "kept in a snapshot"
STREAM = "logs-test-shop"


def messages(bench: Bench) -> list[str]:
    """Return what a search shows."""
    bench.call("POST", "/logs-*/_refresh")
    asked = Search(stack="shop", environment="test", text=f'"{WORDS}"', limit=1000)
    return [one["message"] for one in find(bench, asked).records]


def keep(bench: Bench, ahead: timedelta) -> list[str]:
    """Do what the keeper's job does, with a clock that is ahead."""
    said: list[str] = []
    # One that is being made would have deletions wait.
    policy = Policy.of(Settings.from_params({"snapshots": {"keep": 0}} if ahead else {}))
    keeper.keep(bench, policy, lambda: datetime.now(timezone.utc) + ahead, said.append)
    return said


def test_a_lost_stream_comes_back(bench: Bench) -> None:
    lines = [f"{WORDS} {number:02d}" for number in range(30)]
    bench.write("kept", *lines, pod="web-3")
    eventually(lambda: len(messages(bench)) == 30, 60, every=0.5)
    keep(bench, timedelta())
    newest = eventually(
        lambda: [one for one in restore.read(bench).snapshots if one.state == "SUCCESS"], 60
    )[-1]
    assert STREAM in newest.streams
    bench.call("DELETE", f"/_data_stream/{STREAM}")
    assert messages(bench) == []
    for _ in range(2):  # the second time there is nothing to do
        wanted = restore.plan(Wanted(stack="shop"), restore.read(bench))
        restore.apply(bench, wanted)
        eventually(lambda plan=wanted: not restore.missing(bench, plan), 60, every=0.5)
        assert messages(bench) == lines
    assert not wanted
    new = f"logs-restored-{newest.name.removeprefix('logs-')}-test-shop"
    assert [one["name"] for one in _streams(bench, "logs-restored-*")] == [new]
    # A router that is there sends on, and what it sends again is shown once.
    (hit, *_) = bench.call("GET", f"/{new}/_search?q=container:kept")["hits"]["hits"]
    bench.call("PUT", f"/{STREAM}/_create/{hit['_id']}", hit["_source"])
    assert messages(bench) == lines
    # And it goes as all else does: first a new index, then by its age.
    assert f"roll over stream {new}" in " ".join(keep(bench, timedelta(days=3)))
    keep(bench, timedelta(days=18))
    assert _streams(bench, "logs-restored-*") == []


def test_a_snapshot_that_there_is_not(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="no such snapshot of the logs"):
        restore.plan(Wanted("2020-01-01"), restore.read(bench))


def _streams(bench: Bench, pattern: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = bench.call("GET", f"/_data_stream/{pattern}")["data_streams"]
    return found
