# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store is brought in order, with a stand-in that does what it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._logs import keeper
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import StoreError
from ansible_collections.landfall.platform.plugins.module_utils._logs.retention import Policy
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Watermark

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=timezone.utc)
POLICY = Policy(timedelta(days=14), 1 << 30, Watermark.parse("85%", "high"), snapshots=1)


def age(days: float) -> str:
    return str(int((NOW - timedelta(days=days)).timestamp() * 1000))


@dataclass
class Fake:
    """A store: streams to indices, their ages in days, and snapshots."""

    streams: dict[str, list[str]] = field(default_factory=dict)
    ages: dict[str, float] = field(default_factory=dict)
    snapshots: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    refuses: str = ""

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        name = path.split("/")[1].partition("?")[0]
        if method == "GET":
            return self._get(path)
        self.sent.append(f"{method} {path}")
        if self.refuses:
            raise StoreError(404, self.refuses, "not there", path)
        if method == "DELETE" and name in self.ages:
            for has in self.streams.values():
                has[:] = [one for one in has if one != name]
        elif path.endswith("/_rollover"):
            has = self.streams[name]
            has.append(f"{has[0].rpartition('-')[0]}-{len(has) + 1}")
            self.ages[has[-1]] = 0
        elif name == "_snapshot":
            self.snapshots[path.split("/")[3].partition("?")[0]] = "SUCCESS"
        return {"acknowledged": True}

    def _get(self, path: str) -> Any:
        if path.startswith("/_data_stream/logs-*"):
            return {
                "data_streams": [
                    {"name": name, "indices": [{"index_name": one} for one in has]}
                    for name, has in self.streams.items()
                ]
            }
        if path.startswith("/_cat/indices/.ds-logs-*"):
            assert "expand_wildcards=all" in path, "they are hidden"
            return [
                {
                    "index": one,
                    "docs.count": "5" if self.ages[one] else None,
                    "store.size": "100" if self.ages[one] else None,
                    "creation.date": age(self.ages[one]),
                }
                for has in self.streams.values()
                for one in has
            ]
        if path.startswith("/.ds-logs-*/_settings"):
            blocks = {"index.blocks.read_only_allow_delete": "true"}
            return {"a-1": {"settings": blocks}} if "a-1" in self.ages else {}
        if path.startswith("/_cat/allocation"):
            return [
                {"disk.percent": "90", "disk.avail": "5"},
                {"disk.percent": None, "disk.avail": None},
            ]
        assert path == "/_snapshot/landfall/_all"
        return {"snapshots": [{"snapshot": n, "state": s} for n, s in self.snapshots.items()]}


def test_what_a_store_has() -> None:
    store = Fake({"logs-lab-a": ["a-1", "a-2"]}, {"a-1": 3, "a-2": 0}, {"x": "SUCCESS"})
    state = keeper.read(store, snapshots=True)
    first, second = state.streams[0].indices
    assert (first.records, first.size, first.blocked) == (5, 100, True)
    assert first.created == NOW - timedelta(days=3)
    assert (second.records, second.size, second.blocked) == (0, 0, False)
    assert (state.disks, state.snapshots) == (((90.0, 5),), {"x": "SUCCESS"})
    assert keeper.read(store, snapshots=False).snapshots is None


def test_rounds_until_nothing_is_left() -> None:
    store = Fake({"logs-lab-a": ["a-1", "a-2", "a-3"]}, {"a-1": 40, "a-2": 20, "a-3": 15})
    said: list[str] = []
    assert keeper.keep(store, POLICY, lambda: NOW, said.append) == 4
    assert store.sent == [
        "POST /logs-lab-a/_rollover",
        "DELETE /a-1",
        "DELETE /a-2",
        "PUT /_snapshot/landfall/logs-2026.11.21?wait_for_completion=false",
    ]
    assert said[1] == "delete index a-1: older than 14 days"
    assert keeper.keep(store, POLICY, lambda: NOW, said.append) == 0


def test_what_is_gone_already_is_no_error() -> None:
    store = Fake({"logs-lab-a": ["a-1", "a-2"]}, {"a-1": 40, "a-2": 20})
    store.refuses = "index_not_found_exception"
    with pytest.raises(StoreError, match="404 index_not_found_exception: not there"):
        keeper.keep(store, POLICY, lambda: NOW, print)
    assert store.sent == ["POST /logs-lab-a/_rollover"], "a stream that is gone is one"
    store = Fake({"logs-lab-a": ["a-1", "a-2"]}, {"a-1": 40, "a-2": 20})
    store.ages["a-2"], store.refuses = 14.5, "index_not_found_exception"
    calm = Policy(timedelta(days=14), 1 << 30, POLICY.high)
    store.streams["logs-lab-a"].append("a-3")
    store.ages["a-3"] = 1
    assert keeper.keep(store, calm, lambda: NOW, print) == keeper.ROUNDS


def test_another_one_that_does_the_same_is_no_error() -> None:
    class Busy(Fake):
        def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
            if path.endswith("/_rollover"):
                raise StoreError(500, "exception", "Concurrent modification of alias [a]", path)
            return super().call(method, path, body)

    store = Busy({"logs-lab-a": ["b-1"]}, {"b-1": 3})
    calm = Policy(timedelta(days=14), 1 << 30, POLICY.high)
    assert keeper.keep(store, calm, lambda: NOW, print) == keeper.ROUNDS


def test_the_program_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.json"
    said = {"host": "127.0.0.1", "port": 1, "credentials": str(tmp_path), "logging": {"nodes": 2}}
    settings.write_text(json.dumps(said))
    assert keeper.main([str(settings)]) == 1
    assert "two nodes survive no more than one does" in capsys.readouterr().out


def test_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Fake({"logs-lab-a": ["b-1"]}, {"b-1": 0.1})
    monkeypatch.setattr(keeper, "Door", lambda *_args, **_more: store)
    settings = tmp_path / "settings.json"
    said = {"host": "store", "port": 9243, "credentials": str(tmp_path), "logging": {}}
    settings.write_text(json.dumps(said))
    assert keeper.main([str(settings)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("make snapshot logs-20")
    assert out[1:] == ["the store is in order, 1 steps"]
