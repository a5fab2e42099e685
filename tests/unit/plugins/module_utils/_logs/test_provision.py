# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store is told before the first record comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._logs import provision
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import StoreError
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Settings

SETTINGS = Settings.from_params({})


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as the engine has those of templates, whatever is asked for."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        *path, last = name.split(".")
        place = found
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return found


@dataclass
class Fake:
    """A store that remembers what it is told, in the form that the engine answers in."""

    settings: dict[str, Any] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)
    repositories: dict[str, Any] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        if method == "PUT":
            assert body is not None
            self.sent.append(path)
            return self._put(path, body)
        if path.startswith("/_cluster/settings"):
            return {"persistent": self.settings, "transient": {}}
        name, has = path.partition("?")[0].rpartition("/")[2], self.repositories
        if path.startswith("/_index_template/"):
            has = self.templates
        if name not in has:
            raise StoreError(404, "missing", name, path)
        if has is self.templates:
            return {"index_templates": [{"name": name, "index_template": has[name]}]}
        return {name: has[name]}

    def _put(self, path: str, body: Mapping[str, Any]) -> Any:
        name = path.rpartition("/")[2]
        if path == "/_cluster/settings":
            self.settings |= body["persistent"]
        elif path.startswith("/_snapshot/"):
            self.repositories[name] = dict(body)
        else:
            inner = body["template"]
            # The engine adds what was not said.
            self.templates[name] = {
                **body,
                "priority": 200,
                "composed_of": [],
                "data_stream": {"timestamp_field": {"name": "@timestamp"}},
                "template": {
                    "settings": nested(inner["settings"]),
                    "mappings": inner["mappings"],
                },
            }
        return {"acknowledged": True}


def test_a_new_store_is_told_all_and_then_nothing() -> None:
    store = Fake()
    wanted = provision.plan(SETTINGS, provision.read(store))
    assert wanted.summary() == [
        "create template landfall-logs",
        "create settings of the store",
        "create repository landfall",
    ]
    assert store.sent == []
    provision.apply(store, wanted)
    # No stream may be made before there is a template for it.
    assert store.sent == [
        "/_index_template/landfall-logs",
        "/_cluster/settings",
        "/_snapshot/landfall",
    ]
    assert not provision.plan(SETTINGS, provision.read(store))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"watermarks": {"low": "70%"}}, ["update settings of the store"]),
        ({"retention": {"days": 3}}, []),
        ({"snapshots": {"keep": 0}}, []),
    ],
)
def test_what_the_inventory_changes(said: dict[str, Any], expected: list[str]) -> None:
    store = Fake()
    provision.apply(store, provision.plan(SETTINGS, provision.read(store)))
    found = provision.plan(Settings.from_params(said), provision.read(store))
    assert found.summary() == expected


def test_what_somebody_changed_is_seen_and_shown() -> None:
    store = Fake()
    provision.apply(store, provision.plan(SETTINGS, provision.read(store)))
    store.settings["unrelated"] = "x"
    assert not provision.plan(SETTINGS, provision.read(store))
    store.templates["landfall-logs"]["template"]["mappings"] = {"dynamic": "true"}
    store.settings["action.auto_create_index"] = "true"
    store.repositories["landfall"]["settings"] = {"location": "/elsewhere"}
    found = provision.plan(SETTINGS, provision.read(store))
    assert [step.action for step in found] == ["update"] * 3
    assert '"action.auto_create_index": "true"' in found.diff()[1]["before"]


def test_without_snapshots_there_is_no_repository() -> None:
    wanted = provision.plan(Settings.from_params({"snapshots": {"keep": 0}}), provision.Actual())
    assert len(wanted.changes) == 2


def test_another_error_is_one() -> None:
    class Broken(Fake):
        def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
            if path.startswith("/_snapshot"):
                raise StoreError(500, "broken", "disk", path)
            return super().call(method, path, body)

    with pytest.raises(StoreError, match="500 broken: disk"):
        provision.read(Broken())


def test_every_field_of_a_record_has_a_type() -> None:
    mappings = provision.template()["template"]["mappings"]
    types = {name: field["type"] for name, field in mappings["properties"].items()}
    assert types.pop("@timestamp") == "date_nanos"
    assert types.pop("message") == "text"
    assert types.pop("json") == "flat_object"
    assert types.pop("cut") == "boolean"
    assert set(types.values()) == {"keyword"}
    assert {"stack", "component", "environment", "node", "level", "id", "release"} <= set(types)
    assert mappings["dynamic"] == "false"
