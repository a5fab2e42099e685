# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an inventory is found before there is a host."""

from __future__ import annotations

import subprocess

import pytest

from tests.refusals.conftest import inventory
from tests.support.site import Run, Site

HOSTS = {
    "children": {
        "lab": {
            "hosts": {
                "control2": {"ansible_host": "{{ lab_octets }}.31"},
                "gateway2": {"ansible_host": "{{ lab_octets }}.21"},
                "worker1": {"ansible_host": "{{ lab_octets }}.30"},
            }
        },
        "gateways": {"hosts": {"gateway2": {}}},
        "control_planes": {"hosts": {"control2": {}}},
    }
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run with everything that can be wrong."""
    bad = inventory(
        tmp_path_factory.mktemp("bad") / "bad",
        HOSTS,
        site_domain=None,
        gateway_htpp_port=80,
        node_packages="{{ [site_domein] }}",
        kubernetes_max_pods="lots",
        preflight_max_skew=[1],
        kubernetes_audit={"maxage": "{{ 1 / 0 }}"},
        kubernetes_pod_cidr="10.96.128.0/17",
        gateway_address="10.99.0.5",
        kubernetes_version="1.2.3",
    )
    return Site("inventories/lab", "test-refusals-0", "10.84.0", more=(bad,)).play("site", expect=2)


@pytest.mark.parametrize(
    ("what", "variable", "expected", "found", "remedy"),
    [
        ("a variable is missing: hosts ", "site_domain", "lab.example.com", "", "group_vars/all"),
        (
            "no role knows this variable: ",
            "gateway_htpp_port",
            "gateway_http_port?",
            "",
            "its name",
        ),
        ("that nothing defines: hosts ", "node_packages", "site_domain", "site_domein", "the name"),
        ("not what the variable asks ", "kubernetes_max_pods", "int", "the text lots", "correct"),
        ("not what the variable asks ", "preflight_max_skew", "float", "the list [1]", "correct"),
        ("cannot be evaluated: hosts ", "kubernetes_audit", "", "division by zero", "the template"),
        ("same address: hosts control1, worker1", "node_address", "its own", "10.84.0.30", "node"),
        ("group control_planes", "", "an even number survives no more", "2", "add or remove one"),
        ("networks overlap", "kubernetes_pod_cidr", "no address in", "10.96.128.0/17", "another"),
        (
            "for the gateways",
            "gateway_address",
            "in site_network 10.84.0.0/24",
            "10.99.0.5",
            "corr",
        ),
        ("a version that cannot", "kubernetes_version", "one of 1.37.1", "1.2.3", "catalogue/"),
    ],
)
def test_each_problem_is_named(
    refused: Run, what: str, variable: str, expected: str, found: str, remedy: str
) -> None:
    lines = [line for line in refused.output.splitlines() if what in line and variable in line]
    assert lines, refused.output
    tail = lines[0].partition(variable)[2] if variable else lines[0]
    assert not expected or expected in tail.partition("expected: ")[2]
    assert not found or found in tail.partition("found: ")[2]
    assert remedy in tail.partition("remedy: ")[2]


def test_all_are_reported_at_once_and_no_host_was_made(refused: Run) -> None:
    assert "the inventory does not describe a site (11):" in refused.output
    assert refused.changed == {}
    made = subprocess.run(
        ["podman", "ps", "--all", "--quiet", "--filter=label=landfall.lab=test-refusals-0"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert made.stdout == ""
