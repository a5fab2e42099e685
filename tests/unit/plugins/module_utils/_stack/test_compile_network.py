# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services, routes and policies of compiled stacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .compiled import HOSTS, compiled
from .conftest import Place
from .test_parse import FULL


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
