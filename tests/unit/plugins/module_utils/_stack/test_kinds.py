# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each type of component becomes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import Settled
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .compiled import Objects, compiled, container, template
from .conftest import Place
from .samples import ADDRESSES, EVERYTHING, EVERYTHING_SETTINGS

SETTLED = {"keys": Settled({"one": "1", "two": "2", "mail": "3"}, "rev")}


def changed(*path: Any, value: Any, base: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the sample with one entry set."""
    raw = copy.deepcopy(base or EVERYTHING)
    at: Any = raw["components"]
    for step in path[:-1]:
        at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
    at[path[-1]] = value
    return raw


@pytest.fixture
def everything(place: Place) -> Instance:
    """The sample in an environment."""
    return place(EVERYTHING, **EVERYTHING_SETTINGS)


def build(instance: Instance, addresses: dict[str, str] = ADDRESSES) -> Objects:
    objects = compile_stack(instance, SETTLED, addresses)
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}


@pytest.fixture
def objects(everything: Instance) -> Objects:
    """The sample's objects."""
    return build(everything)


def one(objects: Objects, kind: str, prefix: str = "") -> dict[str, Any]:
    (found,) = (obj for (k, name), obj in objects.items() if k == kind and name.startswith(prefix))
    return found


def names_of(objects: Objects, kind: str) -> list[str]:
    return sorted(name for found, name in objects if found == kind)


def test_the_objects_of_everything(objects: Objects) -> None:
    assert names_of(objects, "Deployment") == ["api", "cache-chart", "db-outside", "web"]
    assert names_of(objects, "Service") == [
        "agent", "agent-public", "api", "api-public", "cache-chart", "db", "db-members",
        "db-outside", "log-sink", "web",
    ]  # fmt: skip
    assert names_of(objects, "PodDisruptionBudget") == ["api", "db", "db-outside", "web"]
    assert names_of(objects, "HTTPRoute") == ["api", "web", "web-redirect"]
    assert names_of(objects, "ConfigMap") == [
        "api", "db-outside", "loader", "nightly", "shared", "web", "web-files",
    ]  # fmt: skip
    for kind in ("StatefulSet", "DaemonSet", "CronJob", "Job", "EndpointSlice", "ResourceQuota"):
        assert one(objects, kind)
    for kind in ("HorizontalPodAutoscaler", "Role", "RoleBinding", "LimitRange"):
        assert one(objects, kind)


# containers -------------------------------------------------------------------------------------


def test_containers_before_and_beside(objects: Objects) -> None:
    spec = template(objects, "Deployment", "web")["spec"]
    fetch, migrate, exporter = spec["initContainers"]
    assert fetch["args"] == [
        "--url=https://files.test/content.tar.gz",
        "--into=/var/www/content",
        "--strip=1",
        "--digest=sha256:" + "0" * 64,
    ]
    assert fetch["volumeMounts"] == [{"name": "content-0", "mountPath": "/var/www/content"}]
    assert fetch["image"] == "landfall.internal/content-fetcher:1.0.0"
    assert migrate["envFrom"] == [{"configMapRef": {"name": "shared"}}]
    assert migrate["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "keys", "key": "mail"}
    assert migrate["volumeMounts"] == [
        {"name": "content-0", "mountPath": "/var/www/content", "readOnly": True}
    ]
    assert "restartPolicy" not in migrate
    assert exporter["restartPolicy"] == "Always"
    assert exporter["ports"] == [{"name": "metrics", "containerPort": 9100}]
    assert exporter["readinessProbe"]["httpGet"] == {"path": "/metrics", "port": "metrics"}
    assert exporter["securityContext"]["runAsUser"] == 7
    assert [m["mountPath"] for m in exporter["volumeMounts"]] == ["/cache", "/key"]
    assert exporter["env"] == [
        {"name": "URL", "value": "http://localhost:8080"},
        # Kubernetes makes "$5 $(X)" of it, and looks for no variable X.
        {"name": "COST", "value": "$$5 $$(X)"},
    ]


def test_ports_of_sidecars_are_the_components(objects: Objects) -> None:
    ports = {port["name"]: port["port"] for port in objects["Service", "web"]["spec"]["ports"]}
    assert ports == {"http": 8080, "admin": 9000, "metrics": 9100}


@pytest.mark.parametrize(
    ("pod", "own", "expected"),
    [
        ({}, {}, {}),
        ({}, {"root": True}, {"runAsNonRoot": False}),
        ({"root": True}, {}, {"runAsNonRoot": True}),
        ({"user": 5}, {"root": True}, {"runAsNonRoot": False, "runAsUser": 0}),
        ({"user": 5}, {"user": 6}, {"runAsUser": 6, "runAsGroup": 6}),
        ({"user": 5}, {"group": 6}, {"runAsGroup": 6}),
    ],
)
def test_a_sidecars_user(
    place: Place, minimal: dict[str, Any], pod: Any, own: Any, expected: Any
) -> None:
    minimal["components"]["a"] |= {
        "security": pod,
        "sidecars": {"s": {"image": "s:1", "security": own}},
    }
    (made,) = template(compiled(place(minimal)), "Deployment", "a")["spec"]["initContainers"]
    context = made["securityContext"]
    assert {name: value for name, value in context.items() if name.startswith("run")} == expected


def test_the_namespace_warns_only_when_all_containers_are_restricted(
    place: Place, minimal: dict[str, Any]
) -> None:
    a = minimal["components"]["a"]
    a["init"] = {"i": {"image": "i:1", "security": {"root": True}}}
    marks = compiled(place(minimal))["Namespace", "s-lab"]["metadata"]["labels"]
    assert "pod-security.kubernetes.io/warn" not in marks


def test_variables_of_all_sources(objects: Objects) -> None:
    made = container(objects, "Deployment", "web")
    assert made["envFrom"] == [
        {"configMapRef": {"name": "shared"}},
        {"secretRef": {"name": "keys"}},
        {"configMapRef": {"name": "web"}},
    ]
    assert objects["ConfigMap", "web"]["data"] == {
        "BACK": "http://10.0.0.7",
        "HOST": "10.0.0.7",
        "DB": "db:3306",
        "PRICE": "$(HOME) costs $$5",
    }
    assert objects["ConfigMap", "shared"]["data"] == {"DB": "db:3306", "SITE": "https://web.test"}


def test_files(objects: Objects) -> None:
    (key,) = objects["ConfigMap", "web-files"]["data"]
    assert key.endswith("-app.ini")
    assert objects["ConfigMap", "web-files"]["data"][key] == "[db]\nhost = db\n"
    spec = template(objects, "Deployment", "web")["spec"]
    (volume,) = (volume for volume in spec["volumes"] if volume["name"] == "files")
    plain, secret = volume["projected"]["sources"]
    assert plain["configMap"] == {
        "name": "web-files",
        "items": [{"key": key, "path": key, "mode": 0o444}],
    }
    assert secret["secret"]["name"] == "keys"
    assert secret["secret"]["items"][0]["key"] == "two"
    assert secret["secret"]["items"][0]["mode"] == 0o440
    mounts = {m["mountPath"]: m for m in spec["containers"][0]["volumeMounts"]}
    assert mounts["/etc/app/app.ini"]["subPath"] == key
    assert mounts["/etc/app/key"]["readOnly"] is True
    assert mounts["/var/www/content"]["readOnly"] is True


# configuration that replaces pods ---------------------------------------------------------------


def replaced(before: Objects, after: Objects) -> set[str]:
    """Return the components whose pods are not the same."""

    def pods(objects: Objects) -> dict[str, Any]:
        found = {}
        for obj in objects.values():
            spec = obj.get("spec", {})
            inner = spec.get("jobTemplate", {}).get("spec", spec).get("template")
            if inner:
                found[obj["metadata"]["labels"]["app.kubernetes.io/name"]] = inner
        return found

    old, new = pods(before), pods(after)
    return {name for name in old if old[name] != new[name]}


@pytest.mark.parametrize(
    ("path", "value", "names"),
    [
        (("web", "environment", "NEW"), "x", {"web"}),
        (("web", "files", "/etc/app/app.ini"), "x", {"web"}),
        (("web", "init", "migrate", "environment", "NEW"), "x", {"web"}),
        (("web", "sidecars", "exporter", "environment", "URL"), "x", {"web"}),
        (("db", "ports", "sql"), 3307, {"db", "web"}),
        (("db-outside", "target", "host"), "10.0.0.9", {"db-outside"}),
        (("loader", "environment", "NEW"), "x", {"loader"}),
        (("nightly", "schedule"), "@daily", set()),
        (("api", "publish", "ports", "http"), 81, {"web"}),
        (("db", "replicas"), 5, set()),
    ],
)
def test_what_a_change_replaces(
    place: Place, objects: Objects, path: Any, value: Any, names: set[str]
) -> None:
    after = build(place(changed(*path, value=value), **EVERYTHING_SETTINGS))
    assert replaced(objects, after) == names


def test_a_changed_secret_replaces_those_that_use_it(
    everything: Instance, objects: Objects
) -> None:
    other = compile_stack(everything, {"keys": Settled(SETTLED["keys"].values, "r2")}, ADDRESSES)
    after = {(obj["kind"], obj["metadata"]["name"]): obj for obj in other}
    old = one(objects, "Job")["metadata"]["name"]
    assert old not in {name for _, name in after}
    assert replaced(objects, after) == {"web", "loader"}


# scaling, stateful, jobs ------------------------------------------------------------------------


def test_an_autoscaler_owns_the_replicas(objects: Objects) -> None:
    assert "replicas" not in objects["Deployment", "web"]["spec"]
    assert objects["HorizontalPodAutoscaler", "web"]["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2,
        "maxReplicas": 6,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 60},
                },
            }
        ],
    }


def test_members_are_apart_and_start_as_told(objects: Objects) -> None:
    spec = objects["StatefulSet", "db"]["spec"]
    assert spec["podManagementPolicy"] == "Parallel"
    (term,) = spec["template"]["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["podAffinityTerm"]["labelSelector"]["matchLabels"].items() <= (
        spec["template"]["metadata"]["labels"].items()
    )


def test_a_job_is_another_one_when_it_changed(place: Place, objects: Objects) -> None:
    job = one(objects, "Job")
    assert job["spec"]["backoffLimit"] == 9
    assert job["spec"]["activeDeadlineSeconds"] == 60
    assert "ttlSecondsAfterFinished" not in job["spec"], "it would be run again"
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    name = job["metadata"]["name"]
    assert name == one(build(place(EVERYTHING, **EVERYTHING_SETTINGS)), "Job")["metadata"]["name"]
    more_tries = changed("loader", "retries", value=3)
    assert one(build(place(more_tries, **EVERYTHING_SETTINGS)), "Job")["metadata"]["name"] == name
    for path, value in (
        (("loader", "image"), "r.test/loader:2"),
        (("loader", "environment", "NEW"), "x"),
        (("db", "ports", "sql"), 3307),
    ):
        raw = changed(*path, value=value)
        if path[0] == "db":
            raw["components"]["loader"]["environment"]["PORT"] = "${db.port}"
        other = one(build(place(raw, **EVERYTHING_SETTINGS)), "Job")
        assert other["metadata"]["name"] != name


def test_a_schedule(objects: Objects) -> None:
    spec = objects["CronJob", "nightly"]["spec"]
    assert spec["schedule"] == "*/5 1-3 * jan,mar 0"
    assert (spec["timeZone"], spec["concurrencyPolicy"]) == ("Etc/UTC", "Replace")
    assert spec["suspend"] is False
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_a_daemon_runs_everywhere(objects: Objects) -> None:
    spec = template(objects, "DaemonSet", "agent")["spec"]
    assert spec["tolerations"] == [
        {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}
    ]
    assert "topologySpreadConstraints" not in spec
    assert spec["containers"][0]["ports"][0]["protocol"] == "UDP"
    assert "readinessProbe" not in spec["containers"][0], "nobody can ask by UDP"


def test_nodes_with_labels(objects: Objects) -> None:
    spec = template(objects, "Deployment", "web")["spec"]
    assert spec["nodeSelector"] == {"example.org/disk": "fast"}


def test_rights_are_those_that_are_declared(objects: Objects) -> None:
    assert objects["Role", "web"]["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["pods"],
            "verbs": ["get", "list"],
            "resourceNames": ["x"],
        }
    ]
    assert objects["RoleBinding", "web"]["subjects"][0]["name"] == "web"
    assert template(objects, "Deployment", "web")["spec"]["automountServiceAccountToken"] is True
    assert template(objects, "Deployment", "api")["spec"]["automountServiceAccountToken"] is False


def test_a_quota_comes_with_requests_for_who_has_none(objects: Objects) -> None:
    assert objects["ResourceQuota", "stack"]["spec"]["hard"] == {
        "requests.cpu": "20",
        "requests.memory": "10Gi",
        "pods": "50",
        "requests.storage": "100Gi",
    }
    (limit,) = objects["LimitRange", "stack"]["spec"]["limits"]
    assert limit["defaultRequest"] == {"cpu": "50m", "memory": "64Mi"}
