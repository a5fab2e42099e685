# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role monitoring applies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from tests.support.manifests import ROOT
from tests.support.monitoring import CERTIFICATE, EVERYTHING, NOTHING, objects
from tests.unit.roles.test_platform_manifests import of, pods

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def configuration(found: list[dict[str, Any]]) -> dict[str, Any]:
    text = of(found, "Secret", "prometheus")["stringData"]["prometheus.yml"]
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def jobs(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {job["job_name"]: job for job in configuration(found)["scrape_configs"]}


@pytest.mark.parametrize("monitoring", [NOTHING, EVERYTHING])
def test_rules(monitoring: dict[str, Any]) -> None:
    found = objects(monitoring)
    check_objects([(obj, "monitoring") for obj in found])
    seen = list(pods(found))
    assert len(seen) == 3
    for pod in seen:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["enableServiceLinks"] is False
        mounted = {m["name"] for c in pod["containers"] for m in c["volumeMounts"]}
        assert mounted - {"data"} == {v["name"] for v in pod["volumes"]}
        for container in pod["containers"]:
            assert container["resources"]["limits"].keys() == {"memory"}
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    node = of(found, "DaemonSet")["spec"]["template"]["spec"]
    assert node["priorityClassName"] == "system-node-critical"
    assert node["automountServiceAccountToken"] is False
    assert {"operator": "Exists"} in node["tolerations"]
    # Figures never push an application aside.
    assert [pod.get("priorityClassName") for pod in seen if pod is not node] == [None, None]


def test_everybody_is_verified_and_asks_who_reads() -> None:
    for name, job in jobs(objects(NOTHING)).items():
        assert "insecure_skip_verify" not in str(job)
        if name in {"prometheus", "coredns", "gateway"}:
            assert "scheme" not in job, "neither has TLS for its metrics"
            continue
        assert job["scheme"] == "https"
        assert job["tls_config"]["ca_file"], name
        certificate = "cert_file" in job["tls_config"]
        token = job.get("authorization") == {"credentials_file": f"{ACCOUNT}/token"}
        assert certificate != token, f"{name}: one of them, and the token goes to the cluster alone"


def test_prometheus_is_reached_through_the_api_alone() -> None:
    found = objects(NOTHING)
    (container,) = of(found, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    assert "--web.listen-address=127.0.0.1:9090" in container["args"]
    assert "ports" not in container
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["exec"]["command"][-1].startswith("http://127.0.0.1:9090/-/")
    policy = of(found, "NetworkPolicy", "prometheus")["spec"]
    assert (policy["policyTypes"], policy.get("ingress")) == (["Ingress"], None)
    services = [obj["metadata"]["name"] for obj in found if obj["kind"] == "Service"]
    assert services == ["kube-state-metrics"]


def test_rights_are_small() -> None:
    found = objects(NOTHING)
    rights: dict[str, set[str]] = {}
    for obj in found:
        if obj["kind"] in {"ClusterRole", "Role"}:
            for rule in obj["rules"]:
                assert set(rule["verbs"]) <= {"get", "list", "watch"}
                names = rights.setdefault(obj["metadata"]["name"], set())
                names |= set(rule.get("resources", rule.get("nonResourceURLs")))
    assert rights["landfall:prometheus"] == {"nodes", "nodes/metrics", "/metrics", "pods"}
    assert not rights["landfall:kube-state-metrics"] & {"secrets", "configmaps"}
    args = of(found, "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"]
    resources = next(arg for arg in args if arg.startswith("--resources="))
    assert set(resources.partition("=")[2].split(",")) == rights["landfall:kube-state-metrics"]


def test_the_door_of_nodes() -> None:
    found = objects(NOTHING)
    text = of(found, "ConfigMap", "node")["data"]["haproxy.cfg"]
    assert text.endswith("\n"), "HAProxy wants its last line to end"
    assert "verify required" in text
    assert "deny_status 403 unless { ssl_c_s_dn(cn) -m str prometheus }" in text
    exporter = of(found, "DaemonSet")["spec"]["template"]["spec"]["containers"][0]
    assert "--web.listen-address=127.0.0.1:9100" in exporter["args"]
    (host,) = exporter["volumeMounts"]
    assert (host["readOnly"], host["mountPropagation"]) == (True, "HostToContainer")
    (host,) = of(objects(NOTHING, monitoring_mount_propagation=""), "DaemonSet")["spec"][
        "template"
    ]["spec"]["containers"][0]["volumeMounts"]
    assert "mountPropagation" not in host


def test_one() -> None:
    found = objects(NOTHING)
    stateful = of(found, "StatefulSet")["spec"]
    assert (stateful["replicas"], "affinity" in stateful["template"]["spec"]) == (1, False)
    assert "storageClassName" not in stateful["volumeClaimTemplates"][0]["spec"]
    assert not [obj for obj in found if obj["kind"] == "PodDisruptionBudget"]
    config = configuration(found)
    assert config["global"]["external_labels"] == {"site": "lab"}
    assert not {"alerting", "remote_write"} & set(config)
    assert jobs(found)["gateway"]["static_configs"] == [
        {"targets": ["192.0.2.20:8404"], "labels": {"instance": "gateway1"}},
        {"targets": ["192.0.2.21:8404"], "labels": {"instance": "gateway2"}},
    ]
    assert "gateway" not in jobs(objects(NOTHING, monitoring_gateways={}))


def test_two_that_send_on() -> None:
    found = objects(EVERYTHING)
    stateful = of(found, "StatefulSet")["spec"]
    assert stateful["replicas"] == 2
    assert stateful["template"]["spec"]["affinity"]["podAntiAffinity"]
    assert stateful["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "fast"
    args = stateful["template"]["spec"]["containers"][0]["args"]
    assert "--storage.tsdb.retention.time=90d" in args
    assert f"--storage.tsdb.retention.size={80 << 30}B" in args
    assert of(found, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    config = configuration(found)
    assert config["global"]["external_labels"] == {"site": "lab", "replica": "${POD_NAME}"}
    assert config["alerting"]["alert_relabel_configs"] == [
        {"regex": "replica", "action": "labeldrop"}
    ]
    (manager,) = config["alerting"]["alertmanagers"]
    assert manager["static_configs"] == [{"targets": ["alerts.example.com"]}]
    assert config["remote_write"] == EVERYTHING["remote_write"]


def test_rules_are_applied_as_they_are() -> None:
    data = of(objects(EVERYTHING), "ConfigMap", "prometheus-rules")["data"]
    files = {path.name: path for path in (ROOT / "roles/monitoring/files/rules").iterdir()}
    assert set(data) == {*files, "site.yml"}
    for name, path in files.items():
        assert data[name] == path.read_text(encoding="utf-8")
    assert yaml.safe_load(data["site.yml"]) == {"groups": EVERYTHING["rules"]}


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("StatefulSet", {"monitoring_certificate": {**CERTIFICATE, "certificate": "NEW"}}),
        ("StatefulSet", {"monitoring_interval": "1m"}),
        ("StatefulSet", {"landfall_monitoring": {"rules": EVERYTHING["rules"]}}),
        ("DaemonSet", {"monitoring_node_certificate": {**CERTIFICATE, "certificate": "NEW"}}),
        ("Deployment", {"monitoring_state_certificate": {**CERTIFICATE, "certificate": "NEW"}}),
    ],
)
def test_what_changed_replaces_the_pods(kind: str, changed: Mapping[str, Any]) -> None:
    def annotations(**variables: Any) -> dict[str, str]:
        monitoring = variables.pop("landfall_monitoring", NOTHING)
        template = of(objects(monitoring, **variables), kind)["spec"]["template"]
        found: dict[str, str] = template["metadata"]["annotations"]
        return found

    assert annotations() == annotations() != annotations(**changed)
