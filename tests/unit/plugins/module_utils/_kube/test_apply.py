# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    NotReadyError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import (
    ApiError,
    ConflictError,
    Resource,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import (
    ApplyResult,
    apply_objects,
    predict_objects,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, Key
from ansible_collections.landfall.platform.plugins.module_utils._kube.prune import PART_OF, set_id

from .fake import FakeApi, FakeClock


def config(name: str = "a", namespace: str = "n", **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Widget"},
        "scope": "Namespaced",
        "versions": [{"name": "v1"}],
    },
}
WIDGET = {
    "apiVersion": "example.com/v1",
    "kind": "Widget",
    "metadata": {"name": "w", "namespace": "n"},
}


def run(api: FakeApi, *objects: Any, **options: Any) -> ApplyResult:
    return apply_objects(api, "me", objects, **{"clock": FakeClock(), **options})


def lines(result: ApplyResult) -> list[str]:
    return result.plan.summary()


def test_create_then_nothing() -> None:
    api = FakeApi()
    first = run(api, config(x="1"), NAMESPACE)
    assert lines(first) == ["create Namespace n", "create ConfigMap n/a"]
    assert first.objects[0] == {
        "kind": "ConfigMap", "namespace": "n", "name": "a", "action": "create",
    }  # fmt: skip
    api.calls.clear()
    second = run(api, config(x="1"), NAMESPACE)
    assert not second.plan
    assert {obj["action"] for obj in second.objects} == {"none"}
    assert sorted(api.calls) == [
        "get ConfigMap kube-system/landfall-me", "list configmaps", "list namespaces",
    ]  # fmt: skip


def test_check_mode_writes_nothing() -> None:
    api = FakeApi()
    done = run(api, config(), config("b", "there"), NAMESPACE, check=True)
    assert lines(done) == [
        "create Namespace n", "create ConfigMap n/a", "create ConfigMap there/b",
    ]  # fmt: skip
    assert api.store == {}
    tries = [call for call in api.calls if call.startswith("try")]
    assert sorted(tries) == ["try ConfigMap there/b", "try Namespace n"]


def test_an_update_is_settled_by_the_server() -> None:
    api = FakeApi()
    run(api, config(x="1"))
    done = run(api, config(x="2"))
    assert lines(done) == ["update ConfigMap n/a"]
    assert "x: '1'" in done.plan.diff()[0]["before"]
    assert "x: '2'" in done.plan.diff()[0]["after"]


def test_a_dry_run_without_a_difference_is_no_change() -> None:
    api = FakeApi()
    run(api, config(x="1"))
    key = Key("", "ConfigMap", "n", "a")
    fields = api.store[key]["metadata"]["managedFields"][0]["fieldsV1"]
    fields["f:data"]["f:old"] = {}
    api.calls.clear()
    assert not run(api, config(x="1")).plan
    assert "try ConfigMap n/a" in api.calls
    assert "apply ConfigMap n/a" not in api.calls


def test_pruning() -> None:
    api = FakeApi()
    run(api, NAMESPACE, config("a"), config("b"))
    decided: list[ApplyResult] = []
    assert lines(run(api, config("a"), check=True)) == ["delete ConfigMap n/b"]
    done = run(api, config("a"), decided=decided.append)
    assert lines(done) == ["delete ConfigMap n/b"]
    assert decided == [done]
    assert done.kept == ("Namespace n",)
    assert Key("", "ConfigMap", "n", "b") not in api.store
    assert lines(run(api, prune_data=True)) == ["delete ConfigMap n/a", "delete Namespace n"]


def test_without_pruning_members_stay_members() -> None:
    api = FakeApi()
    run(api, config("a"), config("b"))
    assert not run(api, NAMESPACE, config("a"), prune=False).plan.changes[1:]
    assert lines(run(api, NAMESPACE, config("a"))) == ["delete ConfigMap n/b"]


def test_a_deletion_that_does_not_end_is_an_error() -> None:
    api = FakeApi()
    run(api, config("a"), config("b"))
    api.stay = {"b"}
    with pytest.raises(NotReadyError, match="still being deleted"):
        run(api, config("a"), timeout=3)
    assert not run(api, config("a")).plan


def test_what_is_being_deleted_is_made_anew() -> None:
    api = FakeApi()
    run(api, config("a", x="1"))
    key = Key("", "ConfigMap", "n", "a")
    api.store[key]["metadata"]["deletionTimestamp"] = "now"
    assert lines(run(api, config("a", x="1"), check=True)) == ["create ConfigMap n/a"]
    with pytest.raises(NotReadyError, match="no finalizers"):
        run(api, config("a", x="1"), timeout=1)


def test_many_unlabelled_objects_are_found_with_one_list() -> None:
    names = [f"c{i}" for i in range(20)]
    api = FakeApi(*[config(name) for name in names], config("foreign"))
    done = run(api, *[config(name) for name in names])
    assert len(done.plan.changes) == 20
    assert {one.action for one in done.plan} == {"update"}
    assert not any(call.startswith("get ConfigMap n/") for call in api.calls)


def test_custom_resources_wait_for_their_definition() -> None:
    predicted = run(FakeApi(), WIDGET, CRD, check=True)
    api = FakeApi()
    done = run(api, WIDGET, CRD)
    assert lines(done) == lines(predicted) == [
        "create CustomResourceDefinition widgets.example.com", "create Widget n/w",
    ]  # fmt: skip
    assert not run(api, WIDGET, CRD).plan
    changed = {**CRD, "spec": {**CRD["spec"], "versions": [{"name": "v1"}, {"name": "v2"}]}}  # type: ignore[dict-item]
    bigger = {**WIDGET, "spec": {"size": 1}}
    assert lines(run(api, bigger, changed, check=True)) == [
        "update CustomResourceDefinition widgets.example.com", "update Widget n/w",
    ]  # fmt: skip


def test_a_kind_that_is_never_served() -> None:
    api = FakeApi()
    lost = {**CRD, "spec": {**CRD["spec"], "versions": [{"name": "v1", "served": True}]}}  # type: ignore[dict-item]
    original = api.resource

    def never(gvk: Gvk, *, fresh: bool = False) -> Resource | None:
        return None if gvk.kind == "Widget" else original(gvk, fresh=fresh)

    api.resource = never  # type: ignore[method-assign]
    with pytest.raises(InvalidInputError, match="definition promised"):
        run(api, lost, WIDGET)


def test_wrong_input() -> None:
    with pytest.raises(ProblemsError, match="does not know a kind"):
        run(FakeApi(), WIDGET)
    with pytest.raises(InvalidInputError, match="owner's name"):
        apply_objects(FakeApi(), "No Owner", [])
    with pytest.raises(ProblemsError, match=r"objects\[0\]"):
        run(FakeApi(), {"kind": "x"})


def test_objects_of_others() -> None:
    api = FakeApi()
    foreign = config("a")
    foreign["metadata"]["labels"] = {PART_OF: set_id("other")}
    api.put(foreign)
    with pytest.raises(ProblemsError, match="another owner"):
        run(api, config("a"))
    assert lines(run(api, config("a"), force=True)) == ["update ConfigMap n/a"]


def test_conflicts() -> None:
    api = FakeApi(config("a", x="1"))
    api.conflict = {"a": frozenset({"kubectl-edit"})}
    with pytest.raises(ConflictError):
        run(api, config("a", x="2"))
    assert "apply ConfigMap n/a" not in api.calls
    api.conflict = {"a": frozenset({"landfall-me"})}
    assert run(api, config("a", x="2")).plan
    assert "apply ConfigMap n/a by force" in api.calls


def test_a_refused_object_stops_what_comes_after() -> None:
    api = FakeApi()
    api.refuse = {"n": 403}
    with pytest.raises(ApiError, match="refused"):
        run(api, NAMESPACE, config("a"))
    assert Key("", "ConfigMap", "n", "a") not in api.store
    assert Key("", "ConfigMap", "kube-system", "landfall-me") in api.store


def test_several_refused_objects_are_all_named() -> None:
    api = FakeApi()
    api.refuse = {"a": 422, "b": 422}
    with pytest.raises(ProblemsError) as caught:
        run(api, config("a"), config("b"), config("c"))
    assert len(caught.value.problems) == 2


def test_waiting() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n"},
        "spec": {"replicas": 1},
    }
    ready = {"updatedReplicas": 1, "replicas": 1, "availableReplicas": 1}
    api = FakeApi()
    api.status = {"d": [{}, {"updatedReplicas": 1, "replicas": 1}, ready]}
    clock = FakeClock()
    run(api, deployment, clock=clock)
    assert clock.time > 0
    api.status = {"d": [{}]}
    with pytest.raises(NotReadyError, match="0 of 1 replicas updated"):
        run(api, deployment, timeout=5)
    run(api, deployment, wait=False)


def test_prediction_without_a_cluster() -> None:
    done = predict_objects("me", [config("a"), NAMESPACE])
    assert lines(done) == ["create Namespace n", "create ConfigMap n/a"]
    with pytest.raises(InvalidInputError):
        predict_objects("-", [])
