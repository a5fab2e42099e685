# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._kube.compare import (
    contains,
    declares,
    owned_fields,
    quantity,
    shown,
    unchanged,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", "1"), ("1000m", "1"), (1, "1"), (0.5, "0.5"), ("1Gi", "1073741824"),
        ("1024Mi", "1073741824"), ("1e3", "1000"), ("5E", "5e18"), ("-2k", "-2000"),
        (".5", "0.5"), ("1u", "0.000001"), ("1.", "1"),
    ],
)  # fmt: skip
def test_quantity(text: Any, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "1 Gi", "1GiB", True, None, "m"])
def test_no_quantity(text: Any) -> None:
    assert quantity(text) is None


def at(*path: str, value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


@pytest.mark.parametrize(
    ("live", "desired", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": 1, "b": None}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": [1, 2]}, {"a": [1, 2]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": [{"n": "x", "d": 1}]}, {"a": [{"n": "x"}]}, True),
        ({"a": "text"}, {"a": ["text"]}, False),
        ({"a": "text"}, {"a": {"b": 1}}, False),
        (
            at("spec", "resources", "requests", "cpu", value="500m"),
            at("spec", "resources", "requests", "cpu", value=0.5),
            True,
        ),
        (
            at("spec", "resources", "requests", "cpu", value="500m"),
            at("spec", "resources", "requests", "cpu", value="0.6"),
            False,
        ),
        (
            at("spec", "v", "sizeLimit", value="1Gi"),
            at("spec", "v", "sizeLimit", value="1024Mi"),
            True,
        ),
        (at("data", "limits", "x", value="1000m"), at("data", "limits", "x", value="1"), False),
        (at("spec", "limits", "x", value="a"), at("spec", "limits", "x", value="b"), False),
    ],
)
def test_contains(live: Any, desired: Any, same: bool) -> None:
    assert contains(live, desired) is same


@pytest.mark.parametrize(
    ("api_version", "live", "desired", "same"),
    [
        ("networking.k8s.io/v1", {}, {"ingress": []}, True),
        ("v1", {"containers": [{"name": "a"}]}, {"containers": [{"name": "a", "args": []}]}, True),
        ("v1", {"args": ["x"]}, {"args": []}, False),
        ("v1", {}, {"podSelector": {}}, False),
        ("v1", {"rules": None}, {"rules": []}, False),
        ("gateway.networking.k8s.io/v1", {}, {"rules": []}, False),
        ("example.com/v1", {}, {"items": []}, False),
    ],
)
def test_of_its_own_kinds_the_server_drops_empty_lists(
    api_version: str, live: Any, desired: Any, same: bool
) -> None:
    meta = {"apiVersion": api_version, "kind": "K", "metadata": {"name": "a"}}
    assert unchanged({**meta, "spec": desired}, {**meta, "spec": live}, "us") is same


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_everything_contains_itself(value: Any) -> None:
    assert contains(value, value)


@given(st.dictionaries(st.text(), JSON, min_size=1), st.data())
def test_what_a_manager_declares_it_declares(obj: dict[str, Any], data: st.DataObject) -> None:
    owned: dict[str, Any] = {f"f:{key}": {} for key in obj}
    assert declares(obj, owned)
    dropped = data.draw(st.sampled_from(sorted(obj)))
    assert not declares({k: v for k, v in obj.items() if k != dropped}, owned)


@pytest.mark.parametrize(
    ("desired", "owned", "all_declared"),
    [
        ({"a": 1}, {"f:a": {}}, True),
        ({"a": 1}, {"f:a": {}, "f:b": {}}, False),
        ({"a": {"b": 1}}, {"f:a": {".": {}, "f:b": {}}}, True),
        ({"a": {}}, {"f:a": {"f:b": {}}}, False),
        ({"a": 1}, {"f:a": {"f:b": {}}}, False),
        (
            {"ports": [{"containerPort": 80}]},
            {
                "f:ports": {
                    'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}
                }
            },
            True,
        ),
        (
            {"ports": [{"containerPort": 81}]},
            {"f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}}}},
            False,
        ),
        ({"ports": {}}, {"f:ports": {'k:{"a":1}': {".": {}}}}, False),
        ({"set": ["x"]}, {"f:set": {'v:"x"': {}}}, True),
        ({"set": ["y"]}, {"f:set": {'v:"x"': {}}}, False),
        ({"set": {}}, {"f:set": {'v:"x"': {}}}, False),
        ({"set": ["x"]}, {"f:set": {"i:0": {}}}, False),
    ],
)
def test_declares(desired: Any, owned: Any, all_declared: bool) -> None:
    assert declares(desired, owned) is all_declared


def live_config(**data: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"f:data": {f"f:{key}": {} for key in data}}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "a",
            "uid": "u",
            "resourceVersion": "1",
            "managedFields": [
                {"manager": "us", "operation": "Update", "fieldsV1": {"f:x": {}}},
                {"manager": "us", "operation": "Apply", "subresource": "status", "fieldsV1": {}},
                {"manager": "us", "operation": "Apply", "fieldsV1": fields},
            ],
        },
        "data": data,
    }


def wanted(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


def test_unchanged() -> None:
    live = live_config(x="1", y="2")
    assert unchanged(wanted(x="1", y="2"), live, "us")
    assert not unchanged(wanted(x="1", y="3"), live, "us")
    assert not unchanged(wanted(x="1"), live, "us")
    assert unchanged(wanted(x="1"), live, "others")
    assert owned_fields({"metadata": {}}, "us") == {}


def test_shown_hides_what_only_the_server_sets() -> None:
    live = {**live_config(x="1"), "status": {"a": 1}}
    assert shown(live) == wanted(x="1")
