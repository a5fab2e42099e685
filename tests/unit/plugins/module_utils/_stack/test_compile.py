# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From stacks to Kubernetes objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .conftest import Place
from .samples import ADDRESSES, stacks
from .test_parse import FULL

Objects = dict[tuple[str, str], dict[str, Any]]
HOSTS = {"hosts": {"web": "shop.test", "api": "*.api.test"}, "secrets": {"keys": {"web": "w"}}}


def compiled(instance: Instance, live: Mapping[str, Any] | None = None) -> Objects:
    objects = compile_stack(instance, settle(instance, live or {}), ADDRESSES)
    assert json.loads(json.dumps(objects)) == objects
    check_objects([(obj, "") for obj in objects])
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}


def template(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = objects[kind, name]["spec"]["template"]
    return found


def container(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = template(objects, kind, name)["spec"]["containers"][0]
    return found


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


# pods -------------------------------------------------------------------------------------------


def test_pods_are_restricted_by_default(guestbook: Instance) -> None:
    objects = compiled(guestbook)
    for kind, name in (("Deployment", "ui"), ("Deployment", "api"), ("StatefulSet", "db")):
        spec = template(objects, kind, name)["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["serviceAccountName"] == name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
        assert "scratch-0" in mounts
        assert objects["ServiceAccount", name]["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("security", "pod", "own"),
    [
        ({"root": True}, {}, {}),
        ({"writable": True}, {"runAsNonRoot": True}, {"readOnlyRootFilesystem": False}),
        (
            {"user": 5},
            {
                "runAsNonRoot": True,
                "runAsUser": 5,
                "runAsGroup": 5,
                "fsGroup": 5,
                "fsGroupChangePolicy": "OnRootMismatch",
            },
            {},
        ),
        (
            {"group": 6},
            {
                "runAsNonRoot": True,
                "runAsGroup": 6,
                "fsGroup": 6,
                "fsGroupChangePolicy": "OnRootMismatch",
            },
            {},
        ),
        (
            {"capabilities": ["SETUID", "CHOWN"]},
            {"runAsNonRoot": True},
            {"capabilities": {"drop": ["ALL"], "add": ["CHOWN", "SETUID"]}},
        ),
    ],
)
def test_what_a_container_may(
    place: Place, minimal: dict[str, Any], security: dict[str, Any], pod: Any, own: Any
) -> None:
    minimal["components"]["a"]["security"] = security
    objects = compiled(place(minimal))
    spec = template(objects, "Deployment", "a")["spec"]
    assert spec["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}, **pod}
    assert container(objects, "Deployment", "a")["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        **own,
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, {"requests": {"cpu": "50m", "memory": "64Mi"}}),
        (
            {"requests": {"cpu": 1}, "limits": {"memory": "16Mi"}},
            {"requests": {"cpu": "1", "memory": "16Mi"}, "limits": {"memory": "16Mi"}},
        ),
    ],
)
def test_resources(
    place: Place, minimal: dict[str, Any], resources: dict[str, Any], expected: Any
) -> None:
    minimal["components"]["a"]["resources"] = resources
    assert container(compiled(place(minimal)), "Deployment", "a")["resources"] == expected


def timing(period: int, failures: int) -> dict[str, int]:
    return {"periodSeconds": period, "timeoutSeconds": 3, "failureThreshold": failures}


@pytest.mark.parametrize(
    ("ports", "probes", "expected"),
    [
        ({}, {}, {}),
        (
            {"http": 80},
            {"start_within": 5},
            {
                "readinessProbe": {"tcpSocket": {"port": "http"}, **timing(5, 3)},
                "startupProbe": {"tcpSocket": {"port": "http"}, **timing(2, 3)},
            },
        ),
        (
            {},
            {"live": {"command": ["x"], "period": 9, "failures": 2}},
            {
                "livenessProbe": {"exec": {"command": ["x"]}, **timing(9, 2)},
                "startupProbe": {"exec": {"command": ["x"]}, **timing(2, 60)},
            },
        ),
        (
            {"http": 80, "admin": 81},
            {"ready": "/r", "live": {"http": "/l", "port": "admin"}},
            {
                "readinessProbe": {"httpGet": {"path": "/r", "port": "http"}, **timing(5, 3)},
                "livenessProbe": {"httpGet": {"path": "/l", "port": "admin"}, **timing(5, 6)},
                "startupProbe": {"httpGet": {"path": "/l", "port": "admin"}, **timing(2, 60)},
            },
        ),
    ],
)
def test_probes(
    place: Place, minimal: dict[str, Any], ports: Any, probes: Any, expected: Any
) -> None:
    minimal["components"]["a"] |= {"ports": ports, "probes": probes}
    made = container(compiled(place(minimal)), "Deployment", "a")
    assert {name: value for name, value in made.items() if name.endswith("Probe")} == expected


def test_pods_end_gracefully(guestbook: Instance) -> None:
    objects = compiled(guestbook)
    assert template(objects, "Deployment", "ui")["spec"]["terminationGracePeriodSeconds"] == 35
    assert container(objects, "Deployment", "ui")["lifecycle"] == {
        "preStop": {"sleep": {"seconds": 5}}
    }
    assert template(objects, "StatefulSet", "db")["spec"]["terminationGracePeriodSeconds"] == 60
    assert "lifecycle" not in container(objects, "StatefulSet", "db")


def test_a_dead_name_server_does_not_hold_pods_up(guestbook: Instance) -> None:
    assert template(compiled(guestbook), "Deployment", "ui")["spec"]["dnsConfig"] == {
        "options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "3"}]
    }


def test_scratch_directories(place: Place) -> None:
    spec = template(compiled(place(FULL, **HOSTS)), "Deployment", "web")["spec"]
    assert spec["volumes"] == [
        {"name": "scratch-0", "emptyDir": {"sizeLimit": "256Mi"}},
        {"name": "scratch-1", "emptyDir": {"sizeLimit": "1Mi", "medium": "Memory"}},
    ]


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


# network ----------------------------------------------------------------------------------------


def test_services(place: Place) -> None:
    objects = compiled(place(FULL, **HOSTS))
    assert objects["Service", "web"]["spec"]["ports"] == [
        {"name": "http", "port": 8080, "targetPort": "http"},
        {"name": "admin", "port": 9000, "targetPort": "admin"},
    ]
    members = objects["Service", "db-members"]["spec"]
    assert members["clusterIP"] == "None"
    assert members["publishNotReadyAddresses"] is True
    assert objects["StatefulSet", "db"]["spec"]["serviceName"] == "db-members"
    assert objects["StatefulSet", "db"]["spec"]["volumeClaimTemplates"][0]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "fast",
    }


def test_without_ports_there_is_no_service(place: Place, minimal: dict[str, Any]) -> None:
    minimal["components"]["b"] = {"type": "stateful", "image": "b:1"}
    objects = compiled(place(minimal))
    assert ("Service", "a") not in objects
    assert ("Service", "b") not in objects
    assert "ports" not in objects["Service", "b-members"]["spec"]
    assert "volumeClaimTemplates" not in objects["StatefulSet", "b"]["spec"]
    assert objects["NetworkPolicy", "a"]["spec"]["ingress"] == []


def test_routes(place: Place) -> None:
    objects = compiled(place(FULL, **HOSTS))
    spec = objects["HTTPRoute", "web"]["spec"]
    assert spec["parentRefs"] == [{"name": "landfall", "namespace": "ingress"}]
    assert spec["hostnames"] == ["shop.test"]
    assert [
        (rule["matches"][0]["path"]["value"], rule["backendRefs"]) for rule in spec["rules"]
    ] == [
        ("/admin/", [{"name": "web", "port": 9000}]),
        ("/", [{"name": "web", "port": 8080}]),
    ]


def who(rule: Mapping[str, Any], side: str) -> set[str]:
    found = set()
    for peer in rule[side]:
        if "namespaceSelector" in peer:
            found.add(json.dumps(peer["namespaceSelector"]))
        else:
            found.add(peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"])
    return found


def numbers(rule: Mapping[str, Any]) -> list[int]:
    return [port["port"] for port in rule.get("ports", [])]


def test_who_reaches_whom(guestbook: Instance) -> None:
    objects = compiled(guestbook)
    policies = {n: objects["NetworkPolicy", n]["spec"] for n in ("ui", "api", "db")}
    for name in ("ui", "api"):
        (rule,) = policies[name]["ingress"]
        assert "envoy-gateway-system" in str(who(rule, "from"))
        assert numbers(rule) == [8080]
    users, members = policies["db"]["ingress"]
    assert (who(users, "from"), numbers(users)) == ({"api"}, [3306])
    assert (who(members, "from"), numbers(members)) == ({"db"}, [])
    for name, reached in (("ui", []), ("api", [{"db"}]), ("db", [{"db"}])):
        dns, *rest = policies[name]["egress"]
        assert numbers(dns) == [53, 53]
        assert [who(rule, "to") for rule in rest] == reached


def test_by_default_a_component_reaches_everything(place: Place) -> None:
    spec = compiled(place(FULL, **HOSTS))["NetworkPolicy", "web"]["spec"]
    assert spec["policyTypes"] == ["Ingress"]
    assert "egress" not in spec


def test_what_has_no_ports_needs_no_rule_to_be_used(place: Place, minimal: dict[str, Any]) -> None:
    minimal["components"]["b"] = {
        "type": "service",
        "image": "b:1",
        "uses": ["a"],
        "outbound": "used",
    }
    objects = compiled(place(minimal))
    assert objects["NetworkPolicy", "a"]["spec"]["ingress"] == []
    assert len(objects["NetworkPolicy", "b"]["spec"]["egress"]) == 1


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
