# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach whom follows from who uses whom."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .conftest import Place
from .samples import EVERYTHING, EVERYTHING_SETTINGS
from .test_kinds import build, changed

Policies = dict[str, dict[str, Any]]
SPACE = "kubernetes.io/metadata.name"
PLATFORM = {
    "dns": {
        "namespaceSelector": {"matchLabels": {SPACE: "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    },
    # The proxies alone: whoever else runs there has no business with components.
    "gateway": {
        "namespaceSelector": {"matchLabels": {SPACE: "envoy-gateway-system"}},
        "podSelector": {"matchLabels": {"landfall.dev/part": "ingress"}},
    },
}


def policies(instance: Instance) -> Policies:
    """Return component to the rules of its NetworkPolicy."""
    objects = build(instance)
    return {name: obj["spec"] for (kind, name), obj in objects.items() if kind == "NetworkPolicy"}


def shown(rule: dict[str, Any]) -> str:
    """Return a rule as ``who: ports``."""
    peers = []
    for peer in rule.get("from", rule.get("to", [{}])):
        if "ipBlock" in peer:
            peers.append(peer["ipBlock"]["cidr"])
        elif "namespaceSelector" in peer:
            peers.append(next((who for who, one in PLATFORM.items() if one == peer), str(peer)))
        else:
            marks = peer.get("podSelector", {}).get("matchLabels", {})
            peers.append(next(iter(marks.values()), "world"))
    ports = [f"{port['port']}/{port['protocol']}" for port in rule.get("ports", [])]
    return f"{' '.join(peers)}: {' '.join(ports)}".strip()


@pytest.fixture
def rules(place: Place) -> Policies:
    """The rules of the sample."""
    return policies(place(EVERYTHING, **EVERYTHING_SETTINGS))


DNS = "dns: 53/UDP 53/TCP"


@pytest.mark.parametrize(
    ("name", "side", "expected"),
    [
        ("web", "ingress", ["web: 8080/TCP 9000/TCP 9100/TCP", "gateway: 8080/TCP"]),
        # the database and what its own configuration says, the content, and the API server
        (
            "web",
            "egress",
            [
                DNS,
                "web: 8080/TCP 9000/TCP 9100/TCP",
                "db: 3306/TCP",
                "world: 443/TCP",
                "world: 443/TCP 6443/TCP",
            ],
        ),
        # published: open to the world; routed: to the gateway
        ("api", "ingress", ["gateway: 8080/TCP", "world: 8080/TCP 53/UDP"]),
        (
            "api",
            "egress",
            [DNS, "db: 3306/TCP", "db-outside: 20000/TCP 20001/TCP", "10.1.2.3/32: 1514/UDP",
             "cache:"],
        ),
        ("db", "ingress", ["web api loader nightly cache: 3306/TCP", "db:"]),
        ("loader", "ingress", []),
        ("nightly", "ingress", []),
        ("agent", "ingress", ["world: 5140/UDP"]),
        ("db-outside", "ingress", ["api: 20000/TCP 20001/TCP"]),
        # a name cannot be in a policy, so its ports are open to all addresses
        ("db-outside", "egress", [DNS, "world: 80/TCP 13306/TCP"]),
    ],
)  # fmt: skip
def test_who_reaches_whom(rules: Policies, name: str, side: str, expected: list[str]) -> None:
    assert [shown(rule) for rule in rules[name][side]] == expected


def test_components_without_pods_of_ours_have_no_policy(rules: Policies) -> None:
    assert "log-sink" not in rules
    assert "cache" not in rules


def test_egress_is_open_unless_told(rules: Policies) -> None:
    limited = {name for name, spec in rules.items() if "Egress" in spec["policyTypes"]}
    assert limited == {"web", "api", "db-outside"}


def test_a_proxy_reaches_its_target_alone(place: Place) -> None:
    raw = changed("db-outside", "target", value={"host": "10.9.8.7"})
    spec = policies(place(raw, **EVERYTHING_SETTINGS))["db-outside"]
    assert [shown(rule) for rule in spec["egress"]] == [DNS, "10.9.8.7/32: 80/TCP 3306/TCP"]


def test_a_routed_proxy_lets_the_gateway_in(place: Place) -> None:
    raw = changed("db-outside", "wait", value=False)
    raw["expose"]["api"] = {"paths": {"/": {"component": "db-outside", "port": "admin"}}}
    spec = policies(place(raw, **EVERYTHING_SETTINGS))["db-outside"]
    assert [shown(rule) for rule in spec["ingress"]] == [
        "api: 20000/TCP 20001/TCP",
        "gateway: 20001/TCP",
    ]


def test_ports_of_sidecars_are_open_to_users(place: Place) -> None:
    raw = changed("nightly", "uses", value=["web"])
    (users, _) = policies(place(raw, **EVERYTHING_SETTINGS))["web"]["ingress"]
    assert shown(users) == "web nightly: 8080/TCP 9000/TCP 9100/TCP"
