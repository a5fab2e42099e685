# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import Resource
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, key_of
from ansible_collections.landfall.platform.plugins.module_utils._kube.plan import (
    CREATE,
    DELETE,
    Promised,
    as_text,
    change,
    check_owners,
    check_scopes,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.prune import PART_OF


def make(kind: str, api: str = "v1", namespace: str = "", **rest: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": "a"}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": meta, **rest}


def test_a_secret_is_hidden() -> None:
    secret = make("Secret", namespace="n", data={"p": "Z2VoZWlt"})
    diff = change(CREATE, secret, None, secret).diff()
    assert "Z2VoZWlt" not in str(diff)
    assert change(DELETE, make("Pod"), make("Pod"), None).diff()["after"] == ""


def test_a_schema_is_shown_as_its_digest() -> None:
    crd = make("CustomResourceDefinition", spec={"versions": [{"name": "v1", "schema": {"x": 1}}]})
    assert "sha256:" in as_text(crd)
    assert "x: 1" not in as_text(crd)
    assert as_text(None) == ""


def test_scopes() -> None:
    widget = make("Widget", "example.com/v1", "n")
    crd = make(
        "CustomResourceDefinition",
        "apiextensions.k8s.io/v1",
        spec={
            "group": "example.com",
            "names": {"kind": "Widget"},
            "scope": "Namespaced",
            "versions": [{"name": "v1"}],
        },
    )
    gvk = Gvk("", "v1", "ConfigMap")
    resources: dict[Gvk, Resource | None] = {
        gvk: Resource(gvk, "configmaps", True),
        Gvk("", "v1", "Node"): Resource(Gvk("", "v1", "Node"), "nodes", False),
    }
    promised = Promised.by([crd, widget])
    check_scopes([widget, make("ConfigMap", namespace="n"), make("Node")], resources, promised)
    with pytest.raises(ProblemsError) as caught:
        check_scopes(
            [make("ConfigMap"), make("Node", namespace="n"), make("What")], resources, promised
        )
    assert len(caught.value.problems) == 3


def test_owners() -> None:
    foreign = make("ConfigMap")
    foreign["metadata"]["labels"] = {PART_OF: "other"}
    own = make("Secret")
    own["metadata"]["labels"] = {PART_OF: "us"}
    check_owners({key_of(own): own, key_of(make("Pod")): make("Pod")}, "us")
    with pytest.raises(ProblemsError, match="another owner"):
        check_owners({key_of(foreign): foreign}, "us")
