# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From stacks to Kubernetes objects."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings

from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .compiled import HOSTS, Objects, compiled, container, template
from .conftest import Place
from .samples import stacks
from .test_parse import FULL


def test_the_guestbooks_objects(guestbook: Instance) -> None:
    kinds = sorted(f"{kind} {name}" for kind, name in compiled(guestbook))
    assert kinds == [
        "ConfigMap api",
        "ConfigMap db",
        "Deployment api",
        "Deployment ui",
        "HTTPRoute web",
        "Namespace guestbook-lab",
        "NetworkPolicy api",
        "NetworkPolicy db",
        "NetworkPolicy ui",
        "PodDisruptionBudget api",
        "PodDisruptionBudget ui",
        "Secret database",
        "Service api",
        "Service db",
        "Service db-members",
        "Service ui",
        "ServiceAccount api",
        "ServiceAccount db",
        "ServiceAccount ui",
        "StatefulSet db",
    ]


def test_what_is_used_comes_before_what_uses_it(guestbook: Instance) -> None:
    names = [
        (obj["kind"], obj["metadata"]["name"])
        for obj in compile_stack(guestbook, settle(guestbook, {}))
    ]
    assert names.index(("StatefulSet", "db")) < names.index(("Deployment", "api"))
    assert names[0][0] == "Namespace"


def test_every_object_says_whose_it_is(guestbook: Instance) -> None:
    for (kind, _), obj in compiled(guestbook).items():
        marks = obj["metadata"]["labels"]
        assert marks["app.kubernetes.io/instance"] == "guestbook-lab"
        assert marks["app.kubernetes.io/part-of"] == "guestbook"
        assert marks["app.kubernetes.io/managed-by"] == "landfall"
        assert kind == "Namespace" or obj["metadata"]["namespace"] == "guestbook-lab"


def test_the_namespace_is_ready_for_what_is_in_it(place: Place, minimal: dict[str, Any]) -> None:
    def marks(raw: dict[str, Any], **more: Any) -> dict[str, str]:
        found: dict[str, str] = compiled(place(raw, **more))["Namespace", "s-lab"]["metadata"][
            "labels"
        ]
        return found

    plain = marks(minimal)
    assert plain["pod-security.kubernetes.io/enforce"] == "baseline"
    assert plain["pod-security.kubernetes.io/warn"] == "restricted"
    assert "landfall.dev/ingress" not in plain
    a = minimal["components"]["a"]
    rooted = {**minimal, "components": {"a": {**a, "security": {"root": True}}}}
    assert "pod-security.kubernetes.io/warn" not in marks(rooted)
    public = {
        "components": {"a": {**a, "ports": {"http": 1}}},
        "expose": {"w": {"paths": {"/": "a"}}},
    }
    assert marks({**minimal, **public}, hosts={"w": "a.test"})["landfall.dev/ingress"] == "true"


# configuration and secrets ----------------------------------------------------------------------


def test_configuration_is_resolved(place: Place) -> None:
    objects = compiled(place(FULL, **HOSTS))
    assert objects["ConfigMap", "web"]["data"] == {
        "API": "http://api:80/",
        "ADMIN": "9000",
        "COUNT": "3",
        "RATIO": "0.5",
        "ON": "true",
        "ENV": "lab",
    }
    made = container(objects, "Deployment", "web")
    assert made["envFrom"] == [{"configMapRef": {"name": "web"}}]
    assert made["env"] == [
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "web"}}}
    ]
    assert "envFrom" not in container(objects, "Deployment", "api")


def changed_pods(before: Objects, after: Objects) -> set[str]:
    return {
        name
        for kind, name in before
        if kind in {"Deployment", "StatefulSet"}
        and template(before, kind, name) != template(after, kind, name)
    }


def test_changed_configuration_replaces_just_the_pods_that_use_it(guestbook: Instance) -> None:
    live = {
        "database": {
            "metadata": {"annotations": {"landfall.dev/revision": "r"}},
            "data": {"password": "eA==", "root-password": "eA=="},
        }
    }
    components: dict[str, Any] = dict(guestbook.stack.components)
    components["api"] = replace(
        components["api"], environment={**components["api"].environment, "NEW": "x"}
    )
    changed = replace(guestbook, stack=replace(guestbook.stack, components=components))
    before = compiled(guestbook, live)
    assert changed_pods(before, compiled(guestbook, live)) == set()
    assert changed_pods(before, compiled(changed, live)) == {"api"}
    # new secrets are made, and ui uses none
    assert changed_pods(before, compiled(guestbook)) == {"api", "db"}


def test_scaling_replaces_no_pod(guestbook: Instance) -> None:
    present: dict[str, Any] = dict(guestbook.stack.components)
    components = {name: replace(component, replicas=7) for name, component in present.items()}
    more = replace(guestbook, stack=replace(guestbook.stack, components=components))
    live = {
        "database": {
            "metadata": {"annotations": {"landfall.dev/revision": "r"}},
            "data": {"password": "eA==", "root-password": "eA=="},
        }
    }
    assert changed_pods(compiled(guestbook, live), compiled(more, live)) == set()
    assert ("PodDisruptionBudget", "db") in compiled(more, live)


def test_secrets_stand_in_their_object_alone(guestbook: Instance) -> None:
    settled = settle(guestbook, {})
    objects = compile_stack(guestbook, settled)
    for value in settled["database"].values.values():
        assert [o["kind"] for o in objects if value in json.dumps(o)] == ["Secret"]


# any stack --------------------------------------------------------------------------------------


def pod_specs(objects: Objects) -> list[dict[str, Any]]:
    found = []
    for obj in objects.values():
        spec = obj.get("spec", {})
        inner = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if inner:
            found.append({**inner["spec"], "claims": spec.get("volumeClaimTemplates", [])})
    return found


@given(raw=stacks())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_valid_stack_compiles(place: Place, raw: dict[str, Any]) -> None:
    objects = compiled(place(raw, hosts={name: f"{name}.test" for name in raw["expose"]}))
    for obj in objects.values():
        if obj["kind"] in {"Deployment", "StatefulSet", "DaemonSet"}:
            wanted = obj["spec"]["selector"]["matchLabels"]
            assert wanted.items() <= obj["spec"]["template"]["metadata"]["labels"].items()
    for spec in pod_specs(objects):
        containers = [*spec.get("initContainers", []), *spec["containers"]]
        assert len({one["name"] for one in containers}) == len(containers)
        mounts = {m["name"] for one in containers for m in one.get("volumeMounts", [])}
        volumes = {v["name"] for v in spec.get("volumes", [])}
        assert mounts == volumes | {c["metadata"]["name"] for c in spec["claims"]}


@given(raw=stacks())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=20,
)
def test_the_same_stack_compiles_to_the_same(place: Place, raw: dict[str, Any]) -> None:
    hosts = {name: f"{name}.test" for name in raw["expose"]}
    one, other = place(raw, hosts=hosts), place(json.loads(json.dumps(raw)), hosts=hosts)
    settled = settle(one, {})
    assert compile_stack(one, settled) == compile_stack(other, settled)
