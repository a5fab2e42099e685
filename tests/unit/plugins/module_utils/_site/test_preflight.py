# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of hosts in, problems out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import preflight
from ansible_collections.landfall.platform.plugins.module_utils._site.preflight import Host, Rules

FACTS: dict[str, Any] = {
    "system": "debian",
    "system_version": "13",
    "architecture": "x86_64",
    "kernel": "6.12",
    "python": "3.13.1",
    "systemd": True,
    "cpus": 2,
    "memory": 2000,
    "swap": 0,
    "free": {"/": 9000, "/var/lib": 9000},
    "addresses": {"eth0": ["10.77.0.30"]},
    "interface": "eth0",
    "listening": [],
    "missing_modules": [],
    "cluster_traces": [],
    "foreign_traces": [],
    "cluster_ca": "",
    "epoch": 100.0,
}
PARAMS: dict[str, Any] = {
    "systems": {"debian": ["12", 13]},
    "architectures": ["x86_64"],
    "minimums": {"control_planes": {"memory": 1700, "free": 8000, "cpus": 2}},
    "ports": [
        {"group": "control_planes", "port": 10257, "processes": ["kube-controller-manager"]},
        {"group": "gateways", "port": 6443, "processes": ["haproxy"], "external": True},
        {"group": "control_planes", "port": 6443, "processes": ["kube-apiserver"]},
    ],
    "max_skew": 2,
    "ignore": [],
}


def host(name: Any = "cp1", groups: Any = ("control_planes",), **facts: Any) -> Host:
    times = {"before": facts.pop("before", 100.0), "after": facts.pop("after", 100.0)}
    own = {"machine_id": name, "hostname": name}
    return Host(name, frozenset(groups), "10.77.0.30", {**FACTS, **own, **facts}, **times)


def check(*hosts: Host, cluster_ca: str = "", **params: Any) -> list[str]:
    rules = Rules.from_params({**PARAMS, **params}, cluster_ca)
    return [str(error) for error in preflight.check(hosts, rules)]


def listens(process: str, port: int, address: str = "0.0.0.0") -> dict[str, Any]:  # noqa: S104
    return {"listening": [{"process": process, "port": port, "address": address}]}


TRACES = {"cluster_traces": ["/etc/kubernetes/kubelet.conf"]}


@pytest.mark.parametrize(
    ("groups", "facts", "expected"),
    [
        ("control_planes", {}, ""),
        ("control_planes", {"system_version": "11"}, "unsupported operating system: host cp1"),
        ("workers", {"system": "alpine"}, "expected: debian 12, debian 13; found: alpine 13"),
        ("workers", {"architecture": "riscv64"}, "unsupported architecture"),
        ("workers", {"python": "3.8.2"}, "Python is too old"),
        ("workers", {"systemd": False}, "systemd does not run"),
        ("workers", {"missing_modules": ["vxlan"]}, "found: 6.12 without vxlan"),
        ("gateways", {"missing_modules": ["vxlan"]}, ""),
        ("control_planes", {"memory": 1000}, "too little memory for group control_planes"),
        ("workers", {"memory": 1000}, ""),
        ("control_planes", {"cpus": 1}, "expected: at least 2; found: 1"),
        ("control_planes", {"free": {"/var/lib": 10}}, "expected: at least 8000 MiB in /var/lib"),
        ("control_planes", {"free": {"/var/lib": None}}, ""),
        ("control_planes", {"free": {"/var/lib": 10}, **TRACES}, ""),
        ("workers", {"swap": 100}, "swap is on"),
        ("gateways", {"swap": 100}, ""),
        ("workers", {"interface": ""}, "no interface carries the host's address"),
        ("workers", {"interface": "", "addresses": {}}, "found: no address"),
        (
            "gateways",
            listens("nginx", 6443),
            "port 6443 is occupied: host cp1; expected: nobod",
        ),
        ("gateways", listens("", 6443), "an unknown process"),
        ("gateways", listens("haproxy", 6443), ""),
        ("gateways", listens("nginx", 6443, "127.0.0.1"), ""),
        ("control_planes", listens("nginx", 6443, "127.0.0.1"), "port 6443 is occupied"),
        ("control_planes", listens("kube-controller", 10257), ""),
        ("control_planes", listens("nginx", 80), ""),
        ("workers", listens("nginx", 6443), ""),
        ("gateways control_planes", listens("haproxy", 6443), ""),
        ("workers", {"cluster_ca": "other", **TRACES}, "the host belongs to another cluster"),
        ("workers", {"cluster_ca": "ours", **TRACES}, ""),
        ("gateways", {"cluster_ca": "ours", **TRACES}, "of no group of the cluster"),
        ("workers", {"foreign_traces": ["/usr/bin/dockerd"]}, "another container runtime"),
        ("operator", {"foreign_traces": ["/usr/bin/dockerd"]}, ""),
    ],
)
def test_one_host(groups: str, facts: dict[str, Any], expected: str) -> None:
    found = check(host("cp1", tuple(groups.split()), **facts), cluster_ca="ours")
    assert len(found) == bool(expected), found
    assert expected in "".join(found)


def test_a_host_without_authority_in_a_site_without_one() -> None:
    assert check(host(cluster_ca="any", **TRACES)) == []


@pytest.mark.parametrize("fact", ["machine_id", "hostname"])
def test_hosts_that_cannot_be_told_apart(fact: str) -> None:
    (found,) = check(host("a", **{fact: "x"}), host("b", **{fact: "x"}), host("c"))
    assert "host a, b" in found
    assert check(host("a", **{fact: ""}), host("b", **{fact: ""})) == []


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        # time of the host, the controller's before and after
        ([(100, 100, 100), (101.9, 100, 100)], ""),
        ([(100, 100, 100), (102.5, 100, 100)], "host h0, h1;"),
        ([(100, 100, 100)] * 3 + [(105, 100, 100)], "host h3;"),
        ([(100, 100, 100)] * 3 + [(95, 100, 100)], "host h3;"),
        # a slow answer
        ([(100, 100, 100)] * 3 + [(105, 100, 106)], ""),
        ([(100, 100, 100)] * 3 + [(105, 100, 102)], "host h3;"),
        # the controller's own clock is off
        ([(500, 100, 100.1), (501, 100, 101), (500.5, 100, 100.6)], ""),
        # nothing is near the middle for certain
        ([(100, 98, 100), (102.5, 100, 104)], ""),
    ],
)
def test_clocks(clocks: list[tuple[float, float, float]], expected: str) -> None:
    hosts = [
        host(f"h{number}", epoch=epoch, before=before, after=after)
        for number, (epoch, before, after) in enumerate(clocks)
    ]
    found = check(*hosts)
    assert len(found) == bool(expected), found
    assert expected in "".join(found)


def test_no_clocks() -> None:
    assert check(host(epoch=None)) == []
    assert check() == []


def test_all_hosts_are_reported_at_once() -> None:
    found = check(host("a", swap=1), host("b", swap=1, memory=1))
    assert len(found) == 3


def test_checks_can_be_left_out_by_the_name_that_the_problem_shows() -> None:
    (found,) = check(host(swap=1))
    assert "add swap to preflight_ignore" in found
    assert check(host(swap=1), ignore=["swap"]) == []
    with pytest.raises(InvalidInputError, match="unknown check"):
        check(host(), ignore=["swp"])


def test_names_of_checks_are_those_of_the_role() -> None:
    from pathlib import Path

    import yaml

    root = Path(__file__).parents[5]
    text = (root / "roles/preflight/meta/argument_specs.yml").read_text()
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    assert set(options["preflight_ignore"]["choices"]) == set(preflight.CHECKS)
