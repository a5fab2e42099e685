# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import (
    Gvk,
    Key,
    by_wave,
    check_objects,
    crd_defines,
    gvk_of,
    is_custom,
    key_of,
    normalised,
    wave_of,
)


def make(kind: str, api_version: str = "v1", name: str = "a", **rest: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


def test_identity() -> None:
    obj = make("Deployment", "apps/v1")
    obj["metadata"]["namespace"] = "n"
    assert gvk_of(obj) == Gvk("apps", "v1", "Deployment")
    assert gvk_of(obj).api_version == "apps/v1"
    assert gvk_of(obj).group_kind == "Deployment.apps"
    assert str(key_of(obj)) == "Deployment n/a"
    core = make("Namespace")
    assert gvk_of(core).api_version == "v1"
    assert gvk_of(core).group_kind == "Namespace"
    assert key_of(core) == Key("", "Namespace", "", "a")
    assert str(key_of(core)) == "Namespace a"


@pytest.mark.parametrize(
    ("obj", "wave"),
    [
        (make("Namespace"), 0),
        (make("CustomResourceDefinition", "apiextensions.k8s.io/v1"), 0),
        (make("ConfigMap"), 1),
        (make("ClusterRole", "rbac.authorization.k8s.io/v1"), 1),
        (make("Service"), 1),
        (make("Deployment", "apps/v1"), 2),
        (make("Job", "batch/v1"), 2),
        (make("Gateway", "gateway.networking.k8s.io/v1"), 3),
        (make("EnvoyProxy", "gateway.envoyproxy.io/v1alpha1"), 3),
        (make("APIService", "apiregistration.k8s.io/v1"), 4),
        (make("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"), 4),
    ],
)
def test_waves(obj: dict[str, Any], wave: int) -> None:
    assert wave_of(obj) == wave


def test_by_wave_keeps_all_in_order() -> None:
    deployment, config, namespace = make("Deployment", "apps/v1"), make("Secret"), make("Namespace")
    assert by_wave([deployment, config, namespace]) == [[namespace], [config], [deployment]]


@given(st.lists(st.sampled_from(["Namespace", "ConfigMap", "Pod", "APIService", "Secret"])))
def test_by_wave_loses_nothing(kinds: list[str]) -> None:
    objects = [make(kind, name=str(i)) for i, kind in enumerate(kinds)]
    waves = by_wave(objects)
    assert sorted(o["metadata"]["name"] for wave in waves for o in wave) == sorted(
        o["metadata"]["name"] for o in objects
    )
    numbers = [wave_of(o) for wave in waves for o in wave]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("group", "custom"),
    [
        ("", False),
        ("apps", False),
        ("rbac.authorization.k8s.io", False),
        ("gateway.networking.k8s.io", True),
        ("example.com", True),
    ],
)
def test_is_custom(group: str, custom: bool) -> None:
    assert is_custom(group) is custom


def test_crd_defines() -> None:
    spec = {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget"},
        "versions": [{"name": "v1"}, {"name": "v0", "served": False}],
    }
    assert crd_defines(make("CustomResourceDefinition", spec=spec)) == (
        {Gvk("example.com", "v1", "Widget")},
        True,
    )
    assert crd_defines(make("CustomResourceDefinition")) == (set(), False)


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        ("text", "not a mapping"),
        ({"kind": "Pod", "metadata": {"name": "a"}}, "apiVersion"),
        ({"apiVersion": "v1", "metadata": {"name": "a"}}, "kind"),
        ({"apiVersion": "v1", "kind": "Pod"}, "metadata.name"),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": ""}}, "metadata.name"),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 1}}, "metadata.name"),
    ],
)
def test_incomplete(obj: Any, text: str) -> None:
    with pytest.raises(ProblemsError, match=text):
        check_objects([(obj, "here")])


def test_all_problems_are_named_and_doubles_are_one() -> None:
    with pytest.raises(ProblemsError) as caught:
        check_objects([(make("Pod"), "one"), (make("Pod"), "two"), ("x", "three")])
    assert len(caught.value.problems) == 2
    assert "one and two" in str(caught.value)
    assert check_objects([(make("Pod"), "one")]) == [make("Pod")]


def test_normalised() -> None:
    obj = make("Secret", stringData={"b": "ü"}, data={"a": "eA=="}, status={}, x=None)
    obj["metadata"].update(creationTimestamp=None, uid="u", labels={"own": "1"})
    result = normalised(obj, {"set": "2"})
    assert result == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "labels": {"own": "1", "set": "2"}},
        "data": {"a": "eA==", "b": base64.b64encode("ü".encode()).decode()},
    }
    assert "stringData" in obj
    foreign = normalised(make("Secret", "x.example.com/v1", stringData={"a": "b"}), {})
    assert foreign["stringData"] == {"a": "b"}
    assert "labels" not in foreign["metadata"]
    assert normalised(make("Secret"), {}) == make("Secret")
    assert normalised(make("Pod", spec={"l": [{"a": None}]}), {})["spec"] == {"l": [{}]}
