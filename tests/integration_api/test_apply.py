# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube_apply's core against a real API server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    NotReadyError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import (
    ApiError,
    ConflictError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import (
    ApplyResult,
    apply_objects,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, Key


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def config_map(name: str, in_namespace: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": in_namespace},
        "data": data,
    }


def deployment(name: str, in_namespace: str, cpu: str = "100m") -> dict[str, Any]:
    container = {
        "name": "main",
        "image": "example.test/app:1",
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": cpu, "memory": "1024Mi"}},
        "env": [{"name": "A", "value": "1"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": in_namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container], "volumes": [{"name": "t", "emptyDir": {}}]},
            },
        },
    }


def definition(group: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def widget(name: str, in_namespace: str, group: str, size: int) -> dict[str, Any]:
    return {
        "apiVersion": f"{group}/v1",
        "kind": "Widget",
        "metadata": {"name": name, "namespace": in_namespace},
        "spec": {"size": size},
    }


def actions(result: ApplyResult) -> list[str]:
    return result.plan.summary()


@pytest.fixture
def apply(api: KubeClient, request: pytest.FixtureRequest) -> Any:
    owner = request.node.name.replace("_", "-").replace("[", "-").replace("]", "")[:40].strip("-")

    def call(*objects: dict[str, Any], **options: Any) -> ApplyResult:
        options = {"wait": False, **options}
        return apply_objects(api, options.pop("owner", owner), objects, **options)

    return call


def test_check_predicts_what_the_real_run_does_and_a_second_run_does_nothing(apply: Any) -> None:
    objects = [config_map("a", "one", x="1"), deployment("web", "one"), namespace("one")]
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "one"},
        "stringData": {"password": "geheim"},
    }
    predicted = apply(*objects, secret, check=True)
    done = apply(*objects, secret)
    assert actions(done) == actions(predicted)
    assert done.plan.diff() == predicted.plan.diff()
    assert "geheim" not in str(done.plan.diff())
    assert actions(done)[0] == "create Namespace one"
    assert not apply(*objects, secret).plan
    assert not apply(*objects, secret, check=True).plan


def test_only_what_differs_changes(apply: Any) -> None:
    apply(namespace("two"), config_map("a", "two", x="1"), deployment("web", "two"))
    changed = [namespace("two"), config_map("a", "two", y="1"), deployment("web", "two", "0.1")]
    predicted = apply(*changed, check=True)
    assert actions(predicted) == ["update ConfigMap two/a"]
    done = apply(*changed)
    assert done.plan.diff() == predicted.plan.diff()
    assert "x:" in done.plan.diff()[0]["before"]
    assert "x:" not in done.plan.diff()[0]["after"]
    assert not apply(*changed).plan


def test_what_another_manager_changed_is_an_error_until_force(api: KubeClient, apply: Any) -> None:
    objects = [namespace("three"), config_map("a", "three", x="1")]
    apply(*objects)
    resource = api.resource(Gvk("", "v1", "ConfigMap"))
    assert resource
    api.apply(resource, config_map("a", "three", x="2"), manager="somebody", force=True)
    for check in (True, False):
        with pytest.raises(ConflictError, match="somebody") as caught:
            apply(*objects, check=check)
        assert caught.value.managers == {"somebody"}
    assert actions(apply(*objects, force=True)) == ["update ConfigMap three/a"]
    assert not apply(*objects).plan


def test_an_object_of_another_owner_is_refused(apply: Any) -> None:
    apply(namespace("four"), config_map("a", "four", x="1"), owner="first")
    with pytest.raises(ProblemsError, match="another owner"):
        apply(config_map("a", "four", x="1"), owner="second")


def test_undeclared_objects_are_pruned_and_data_is_kept(api: KubeClient, apply: Any) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "five"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    base = [namespace("five"), config_map("a", "five", x="1")]
    apply(*base, config_map("b", "five"), deployment("web", "five"), claim)
    predicted = apply(*base, check=True)
    assert actions(predicted) == ["delete Deployment five/web", "delete ConfigMap five/b"]
    done = apply(*base, wait=False)
    assert actions(done) == actions(predicted)
    assert done.kept == ("PersistentVolumeClaim five/data",)
    assert not apply(*base).plan
    resource = api.resource(Gvk("", "v1", "ConfigMap"))
    assert resource
    assert api.get(resource, Key("", "ConfigMap", "five", "b")) is None
    gone = apply(*base, prune_data=True)
    assert actions(gone) == ["delete PersistentVolumeClaim five/data"]


def test_custom_resources_follow_their_definition(apply: Any) -> None:
    group = "six.landfall.test"
    objects = [widget("w", "six", group, 1), definition(group), namespace("six")]
    predicted = apply(*objects, check=True)
    done = apply(*objects, wait=True, timeout=20)
    assert actions(done) == actions(predicted)
    assert sorted(actions(done)[:2]) == [
        f"create CustomResourceDefinition widgets.{group}",
        "create Namespace six",
    ]
    assert actions(done)[2] == "create Widget six/w"
    assert not apply(*objects, check=True).plan
    without = apply(definition(group), namespace("six"))
    assert actions(without) == ["delete Widget six/w"]


def test_wrong_objects_are_all_named_and_nothing_is_applied(apply: Any) -> None:
    unknown = {**config_map("u", "seven"), "apiVersion": "no.such/v1", "kind": "Thing"}
    nowhere = config_map("n", "")
    with pytest.raises(ProblemsError) as caught:
        apply(namespace("seven"), unknown, nowhere)
    assert "Thing" in str(caught.value)
    assert "needs metadata.namespace" in str(caught.value)
    assert actions(apply(namespace("seven"))) == ["create Namespace seven"]


def test_an_unknown_field_is_refused(apply: Any) -> None:
    wrong = deployment("web", "default")
    wrong["spec"]["replica"] = 2
    for check in (True, False):
        with pytest.raises(ApiError, match="replica"):
            apply(wrong, check=check)


def test_an_existing_object_is_adopted(api: KubeClient, apply: Any) -> None:
    resource = api.resource(Gvk("", "v1", "ConfigMap"))
    assert resource
    api.apply(resource, config_map("old", "default", x="1"), manager="somebody")
    done = apply(config_map("old", "default", x="1"))
    assert actions(done) == ["update ConfigMap default/old"]
    assert not apply(config_map("old", "default", x="1")).plan


def test_waiting_ends_with_the_reason(apply: Any) -> None:
    # There is no controller manager here, so a Deployment never gets a status.
    with pytest.raises(NotReadyError, match="its controller has not seen the change yet"):
        apply(deployment("stuck", "default"), wait=True, timeout=0.5)


def test_three_hundred_objects(apply: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"many-{i}" for i in range(5)]
    objects: list[dict[str, Any]] = [namespace(name) for name in names]
    for index in range(295):
        where, name = names[index % 5], f"o{index}"
        make = (deployment, config_map, _service)[index % 3]
        objects.append(make(name, where))
    times = {}
    for what in ("new", "unchanged", "unchanged again"):
        start = time.monotonic()
        result = apply(*objects)
        times[what] = time.monotonic() - start
        assert len(result.plan.changes) == (300 if what == "new" else 0)
    with capsys.disabled():
        print("\n300 objects: " + ", ".join(f"{k} {v:.2f} s" for k, v in times.items()))  # noqa: T201


def _service(name: str, in_namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": in_namespace},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
