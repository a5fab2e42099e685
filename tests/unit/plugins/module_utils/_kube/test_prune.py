# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kube.prune import (
    GROUP_KINDS,
    ID,
    NAMESPACES,
    Pruning,
    Record,
    pruning,
    set_id,
)


def make(kind: str, name: str, api_version: str = "v1", **meta: Any) -> dict[str, Any]:
    where = {} if kind == "Namespace" else {"namespace": "n"}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "uid": name, **where, **meta},
    }


def test_the_record_survives_its_parent_object() -> None:
    record = Record.of([make("ConfigMap", "a"), make("Deployment", "b", "apps/v1")])
    parent = record.parent("network")
    assert parent["metadata"]["name"] == "landfall-network"
    assert parent["metadata"]["labels"][ID] == set_id("network")
    assert parent["metadata"]["annotations"][GROUP_KINDS] == "ConfigMap,Deployment.apps"
    assert parent["metadata"]["annotations"][NAMESPACES] == "n"
    assert Record.from_parent(parent) == record
    assert Record.from_parent({}) == Record()
    assert (record | Record(frozenset({"Pod"}))).group_kinds == {
        "ConfigMap",
        "Deployment.apps",
        "Pod",
    }


def test_set_id_has_the_form_of_the_kep() -> None:
    assert set_id("a").startswith("applyset-")
    assert set_id("a").endswith("-v1")
    assert len(set_id("a")) <= 63
    assert set_id("a") != set_id("b")


def test_undeclared_members_go_in_reverse_order() -> None:
    kept, gone = make("ConfigMap", "kept"), make("ConfigMap", "gone")
    workload = make("Deployment", "w", "apps/v1")
    assert pruning([kept], [kept, gone, workload]) == Pruning((workload, gone), ())


def test_what_holds_data_or_says_so_is_kept() -> None:
    claim, space = make("PersistentVolumeClaim", "c"), make("Namespace", "n")
    noted = make("ConfigMap", "x", annotations={"landfall.dev/keep": "true"})
    assert pruning([], [claim, space, noted]).remove == ()
    assert len(pruning([], [claim, space, noted]).kept) == 3
    with_data = pruning([], [claim, space, noted], data=True)
    assert with_data.remove == (claim, space)
    assert with_data.kept == (noted,)


def test_dependents_and_what_already_goes_is_left_alone() -> None:
    owned = make("Pod", "p", ownerReferences=[{"kind": "Job"}])
    going = make("ConfigMap", "g", deletionTimestamp="2026-01-01T00:00:00Z")
    assert pruning([], [owned, going]) == Pruning()
