# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role logging applies."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from tests.support.manifests import ROOT, rendered
from tests.unit.roles.test_platform_manifests import of

CERTIFICATE = {"certificate": "CERTIFICATE\n", "key": "KEY\n"}
VARIABLES: dict[str, Any] = {
    "logging_addresses": ["192.0.2.30"],
    "logging_certificate": CERTIFICATE,
    "logging_keeper": CERTIFICATE,
}
ONE: dict[str, Any] = {}
THREE = {"nodes": 3, "class": "fast", "heap": "1g", "snapshots": {"class": "shared"}}
CASES = [ONE, THREE, {"nodes": 3}, {"snapshots": {"keep": 0}}]


def objects(logging: dict[str, Any]) -> list[dict[str, Any]]:
    return rendered("logging", landfall_logging=logging, **VARIABLES)


@pytest.mark.parametrize("logging", CASES)
def test_rules(logging: dict[str, Any]) -> None:
    found = objects(logging)
    check_objects([(obj, "logging") for obj in found])
    pods = [
        of(found, "StatefulSet")["spec"]["template"]["spec"],
        of(found, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"],
    ]
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        # The logs never push an application aside.
        assert "priorityClassName" not in pod
        mounted = {m["name"] for c in pod["containers"] for m in c["volumeMounts"]}
        claims = of(found, "StatefulSet")["spec"]["volumeClaimTemplates"] if pod is pods[0] else []
        names = {v["name"] for v in pod["volumes"]} | {c["metadata"]["name"] for c in claims}
        assert mounted == names
        for container in pod["containers"]:
            assert container["resources"]["limits"].keys() == {"memory"}
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]


def test_one_node() -> None:
    found = objects(ONE)
    store = of(found, "StatefulSet")["spec"]
    pod = store["template"]["spec"]
    assert (store["replicas"], "affinity" in pod) == (1, False)
    engine = pod["containers"][0]
    assert engine["resources"]["limits"]["memory"] == str(1 << 30)
    assert {"name": "INITIAL_MANAGERS", "value": "store-0"} in engine["env"]
    assert not [obj for obj in found if obj["kind"] == "PodDisruptionBudget"]
    claim = of(found, "PersistentVolumeClaim", "snapshots")["spec"]
    assert (claim["accessModes"], "storageClassName" in claim) == (["ReadWriteOnce"], False)


def test_three_nodes() -> None:
    found = objects(THREE)
    store = of(found, "StatefulSet")["spec"]
    pod = store["template"]["spec"]
    rules = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert (store["replicas"], rules[0]["topologyKey"]) == (3, "kubernetes.io/hostname")
    engine = pod["containers"][0]
    assert {"name": "INITIAL_MANAGERS", "value": "store-0,store-1,store-2"} in engine["env"]
    assert of(found, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert store["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "fast"
    claim = of(found, "PersistentVolumeClaim", "snapshots")["spec"]
    assert (claim["accessModes"], claim["storageClassName"]) == (["ReadWriteMany"], "shared")


@pytest.mark.parametrize("logging", [{"nodes": 3}, {"snapshots": {"keep": 0}}])
def test_without_snapshots_there_is_no_claim(logging: dict[str, Any]) -> None:
    assert not [obj for obj in objects(logging) if obj["kind"] == "PersistentVolumeClaim"]


def test_the_engine_is_behind_the_door() -> None:
    found = objects(ONE)
    files = of(found, "ConfigMap", "store")["data"]
    engine = yaml.safe_load(files["opensearch.yml"])
    assert engine["http.host"] == "127.0.0.1"
    assert engine["action.auto_create_index"] == "false"
    assert "verify required" in files["haproxy.cfg"]
    assert files["haproxy.cfg"].endswith("\n"), "HAProxy wants its last line to end"
    assert not files["haproxy.cfg"].endswith("\n\n")
    for name in ("store", "store-nodes"):
        ports = [port["port"] for port in of(found, "Service", name)["spec"]["ports"]]
        assert 9200 not in ports
    rules = of(found, "NetworkPolicy", "store")["spec"]["ingress"]
    closed = [rule for rule in rules if "from" not in rule]
    assert [rule["ports"] for rule in closed] == [[{"port": "door", "protocol": "TCP"}]]


def test_a_new_certificate_replaces_the_pods() -> None:
    def annotations(certificate: str) -> dict[str, str]:
        new = {**VARIABLES, "logging_certificate": {**CERTIFICATE, "certificate": certificate}}
        found = rendered("logging", landfall_logging=ONE, **new)
        has: dict[str, str] = of(found, "StatefulSet")["spec"]["template"]["metadata"][
            "annotations"
        ]
        return has

    assert annotations("OLD") == annotations("OLD") != annotations("NEW")


def test_the_keeper_has_its_program_and_settings() -> None:
    found = objects({"retention": {"days": 3}})
    program = of(found, "ConfigMap", "keeper-program")["data"]
    pod = of(found, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    items = next(v["configMap"]["items"] for v in pod["volumes"] if v["name"] == "program")
    assert {item["key"] for item in items} == set(program)
    for item in items:
        source = ROOT / "plugins/module_utils" / item["path"].removeprefix("landfall/")
        assert program[item["key"]] == source.read_text(encoding="utf-8")
    settings = json.loads(of(found, "ConfigMap", "keeper")["data"]["settings.json"])
    assert settings["logging"] == {"retention": {"days": 3}}


def test_the_program_of_the_keeper_is_whole() -> None:
    """What its modules import is there, too."""
    program = of(objects(ONE), "ConfigMap", "keeper-program")["data"]
    known = {name.removeprefix("landfall.").removesuffix(".py") for name in program}
    for name, text in program.items():
        area = name.split(".")[1]
        for line in text.splitlines():
            if line.startswith("from .."):
                assert line.split()[1].removeprefix("..") in known, name
            elif line.startswith("from ."):
                assert f"{area}.{line.split()[1].removeprefix('.')}" in known, name
