# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory that is right, and each way to get it wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._site import site_rules
from ansible_collections.landfall.platform.plugins.module_utils._site.argspec import (
    Option,
    Specs,
    mismatches,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.inventory import (
    Inventory,
    Problem,
    combine,
    never_defined,
)

SPECS = Specs.from_roles(
    {
        "site": {
            "main": {
                "options": {"site_name": {"required": True}, "site_domain": {}, "site_network": {}}
            }
        },
        "gateway": {
            "main": {
                "options": {
                    "gateway_address": {},
                    "gateway_api_port": {"type": "int", "default": 6443},
                    "gateway_http_port": {"type": "int", "default": 80},
                    "gateway_https_port": {"type": "int", "default": 443},
                    "gateway_statistics_port": {"type": "int", "default": 8404},
                    "gateway_password": {"type": "dict"},
                    "gateway_pool": {"type": "list", "elements": "str"},
                }
            }
        },
        "depot": {"main": {"options": {"depot_port": {"type": "int", "default": 5000}}}},
        "empty": {"main": {}},
    }
)
SITE = {
    "site_name": "lab",
    "site_domain": "lab.test",
    "site_network": "10.77.0.0/24",
    "gateway_address": "10.77.0.20",
    "kubernetes_version": "1.37.1",
    "kubernetes_pod_cidr": "10.244.0.0/16",
    "kubernetes_service_cidr": "10.96.0.0/16",
}
HOSTS = {"op1": 10, "gw1": 20, "cp1": 30, "w1": 41, "w2": 42}
GROUPS = {
    "operator": ("op1",),
    "depot": ("op1",),
    "gateways": ("gw1",),
    "control_planes": ("cp1",),
    "workers": ("w1", "w2"),
    "kubernetes": ("cp1", "w1", "w2"),
}


def build(
    site: dict[str, Any] | None = None,
    hosts: dict[str, dict[str, Any]] | None = None,
    groups: Any = None,
    **other: Any,
) -> Inventory:
    variables = {
        name: {"ansible_host": f"10.77.0.{number}", **SITE, **(site or {})}
        for name, number in HOSTS.items()
    }
    for name, values in (hosts or {}).items():
        base = {"ansible_host": "10.77.0.99", **SITE, **(site or {})}
        variables[name] = {**variables.get(name, base), **values}
    return Inventory({**GROUPS, **(groups or {})}, variables, SPECS, **other)


def texts(inventory: Inventory) -> list[str]:
    return [str(error) for error in site_rules.check(inventory)]


PAIR = {"gateways": ("gw1", "gw2")}


def test_a_good_inventory_has_no_problem() -> None:
    assert texts(build()) == []
    two = build({"gateway_address": "10.77.0.5"}, {"gw2": {}}, PAIR)
    assert texts(two) == []


def test_octavia_stands_where_gateways_would() -> None:
    balanced = {"openstack_balancer": "octavia", "gateway_address": "10.77.0.5"}
    assert "group gateways; expected: no host; found: 1" in "".join(texts(build(balanced)))
    without = build(balanced, groups={"gateways": ()})
    assert texts(without) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"site": {"site_name": None}}, "a variable is missing: hosts op1, gw1, cp1, w1, w2, "),
        ({"site": {"gateway_address": ""}}, "variable gateway_address"),
        ({"hosts": {"w1": {"site_domain": "x.test"}}}, "hosts of one site differ"),
        ({"site": {"site_name": "La_b"}}, "not a DNS name: variable site_name"),
        ({"site": {"site_name": "a.b"}}, "not a DNS name: variable site_name"),
        ({"site": {"site_domain": "a..b"}}, "not a DNS name: variable site_domain"),
        ({"hosts": {"W_1": {}}}, "not a usable host name: host W_1"),
        ({"hosts": {"x" * 64: {}}}, "not a usable host name"),
        ({"groups": {"operator": ()}}, "number of hosts in group operator; expected: 1 host;"),
        ({"groups": {"depot": ("op1", "gw1")}}, "number of hosts in group depot"),
        ({"groups": {"gateways": ()}}, "group gateways; expected: 1 or 2 hosts; found: 0"),
        ({"groups": {"gateways": ("gw1", "w1", "w2")}}, "group gateways"),
        ({"groups": {"control_planes": ()}}, "group control_planes"),
        ({"groups": {"control_planes": ("cp1", "w1")}}, "an even number survives no more"),
        (
            {"groups": {"control_planes": ("cp1", "w1", "w2")}},
            "is in two groups: hosts w1, w2",
        ),
        ({"groups": {"workers": ("w1",)}}, "host w2; expected: kubernetes = control_planes + w"),
        ({"groups": {"kubernetes": ("cp1", "w1")}}, "host w2; expected: kubernetes = control"),
        ({"hosts": {"w1": {"ansible_host": "10.77.0.42"}}}, "same address: hosts w1, w2"),
        ({"hosts": {"w1": {"node_address": "10.77.0.30"}}}, "same address: hosts cp1, w1"),
        ({"hosts": {"w1": {"ansible_host": "w1.test"}}}, "not an address: host w1"),
        ({"hosts": {"w1": {"node_address": "10.78.0.1"}}}, "outside the site's network: host w1"),
        ({"site": {"gateway_address": "10.77.0.21"}}, "10.77.0.20, the only gateway's own"),
        ({"site": {"gateway_address": "gateway"}}, "expected: an IP address; found: gateway"),
        ({"site": {"gateway_pool": ["10.77.0.20"]}}, "it is that of gateway_address; found"),
        ({"site": {"gateway_pool": ["10.77.0.40/30"]}}, "it is that of w1; found: 10.77.0.41"),
        ({"site": {"gateway_pool": ["10.78.0.1"]}}, "an address of a host in site_network 10.77"),
        ({"site": {"gateway_pool": ["10.77.0.0"]}}, "an address of a host in site_network 10.77"),
        ({"site": {"gateway_pool": ["many"]}}, "variable gateway_pool; expected: an address, a"),
        ({"site": {"site_network": "10.77.0.1/24"}}, "not a network: variable site_network"),
        ({"site": {"kubernetes_pod_cidr": "10.77.0.0/16"}}, "networks overlap: variable site_net"),
        ({"site": {"kubernetes_service_cidr": "10.244.3.0/24"}}, "networks overlap"),
        ({"site": {"kubernetes_pod_cidr": "10.244.0.0/23"}}, "network of pods is too small"),
        ({"site": {"kubernetes_pod_cidr": "10.244.0.0/28"}}, "network of pods is too small"),
        ({"site": {"gateway_http_port": 6443}}, "cannot be used: host gw1, variable gateway_api_"),
        ({"site": {"depot_port": 70000}}, "a port that cannot be used: host op1, variable depot"),
        ({"groups": {"depot": ("gw1",)}, "site": {"depot_port": 443}}, "https_port, depot_port"),
        ({"groups": {"gateways": ("cp1",)}}, "gateway_api_port, kube-apiserver"),
        ({"site": {"kubernetes_version": "1.37"}}, "expected: major.minor.patch; found: 1.37"),
        ({"find_version": lambda version: "1.36.3"}, "expected: 1.36.3; found: 1.37.1"),
        ({"site": {"gateway_api_prt": 1}}, "no role knows this variable: hosts op1, gw1, "),
        ({"site": {"gateway_api_prt": 1}}, "expected: gateway_api_port?"),
        ({"site": {"gateway_weather": 1}}, "variable gateway_weather; remedy: correct its name"),
        ({"site": {"gatway_api_port": 1}}, "expected: gateway_api_port?"),
        ({"site": {"depot_port": "many"}}, "variable depot_port; expected: int; found: the text"),
        ({"site": {"depot_images": [{"name": "shop:1", "source": "docker://x"}]}}, "no full name"),
        ({"unreadable": (("w1", "site_x", "oops"),)}, "cannot be evaluated: host w1, variable s"),
        (
            {"undefined": (("w1", "site_x", "site_domein"),)},
            "nothing defines: host w1, variable site_x; expected: site_domain; found: site_domein",
        ),
    ],
)
def test_each_way_to_get_it_wrong(arguments: dict[str, Any], expected: str) -> None:
    found = texts(build(**arguments))
    assert any(expected in text for text in found), found


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.77.0.41", "an address that no host has; it is that of w1"),
        ("10.78.0.5", "an address in site_network 10.77.0.0/24"),
        ("10.77.0.255", "an address of a host in site_network"),
        ("10.77.0.0", "an address of a host in site_network"),
    ],
)
def test_the_address_of_two_gateways(address: str, expected: str) -> None:
    found = texts(build({"gateway_address": address}, {"gw2": {}}, PAIR))
    assert len(found) == 1
    assert expected in found[0]


def test_all_problems_are_reported_at_once() -> None:
    found = texts(build({"gateway_api_prt": 1, "site_network": "x"}, groups={"operator": ()}))
    assert len(found) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"site": {"gateway_mine": 1}, "own": frozenset({"gateway_mine"})},
        {"site": {"gateway_mine": 1}, "foreign": ("gateway_m*",)},
        {"site": {"ansible_gateway_api_port": 1, "colour": 2}},
        {"unreadable": (("w1", "site_name", "x"),), "hosts": {"w1": {"site_name": None}}},
        {"undefined": (("w1", "site_name", "x"),), "hosts": {"w1": {"site_name": None}}},
    ],
)
def test_what_is_no_unknown_or_missing_variable(other: dict[str, Any]) -> None:
    found = texts(build(**other))
    assert not [text for text in found if "no role knows" in text or "missing" in text]


def test_a_secret_is_not_shown() -> None:
    (text,) = texts(build({"gateway_password": "hunter2"}))
    assert "hunter2" not in text
    assert "variable gateway_password" in text


def test_an_empty_inventory_is_no_crash() -> None:
    assert texts(Inventory({}, {}, SPECS))


def test_many_hosts_are_shortened() -> None:
    problems = [Problem(f"h{number}", "v", "wrong") for number in range(8)]
    (error,) = combine(problems)
    assert str(error) == "wrong: hosts h0, h1, h2, h3, h4 and 3 more, variable v"


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ({"type": "str"}, ["x", 1, 1.5, True], [["x"], {}]),
        ({"type": "path"}, ["/x"], [1]),
        ({"type": "int"}, [1, "1", "0"], ["x", 1.5, "1.5", True, []]),
        ({"type": "float"}, [1, "1.5"], ["x", False]),
        ({"type": "bool"}, [True, "yes", "False", 0, "off"], ["maybe", 2]),
        ({"type": "list"}, [[], (1,), "a,b"], [{}, 1]),
        ({"type": "dict"}, [{}], ["x", [1]]),
        ({"type": "raw"}, ["x", 1, {}], []),
        ({"type": "str", "choices": ["a", "b"]}, ["a"], ["c"]),
        ({"type": "list", "elements": "int"}, [[1, "2"], "1,2"], [["x"]]),
        ({"type": "list", "elements": "str", "choices": ["a"]}, [["a"]], [["a", "b"]]),
        (
            {"type": "list", "elements": "dict", "options": {"name": {"required": True}}},
            [[{"name": "x"}]],
            [[{}], [{"name": None}], [{"name": "x", "nme": 1}]],
        ),
        (
            {"type": "dict", "options": {"a": {"choices": [1, 2], "required": True}}},
            [{"a": 1}],
            [{"a": 3}, {}],
        ),
        ({"type": "dict", "options": {"a": {"type": "int"}}}, [{"a": 1}, {}], [{"a": "x"}]),
    ],
)
def test_types(spec: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    option = Option.from_params("x", spec)
    for value in [*good, None]:
        assert list(mismatches(option, value)) == []
    for value in bad:
        assert list(mismatches(option, value))


def test_a_mismatch_says_where_and_is_short() -> None:
    option = Option.from_params(
        "x", {"type": "list", "elements": "dict", "options": {"port": {"type": "int"}}}
    )
    (found,) = mismatches(option, [{"port": 1}, {"port": "y" * 100}])
    assert found.path == "[1].port"
    assert found.expected == "int"
    assert len(found.found) < 80
    (found,) = mismatches(option, [{"prt": 1}])
    assert (found.path, found.expected) == ("[0].prt", "port")
    (found,) = mismatches(Option("x", "int"), [1])
    assert found.found == "the list [1]"


def test_what_is_expected_of_lists() -> None:
    (found,) = mismatches(Option("x", "list", elements="int"), 5)
    assert (found.expected, found.found) == ("list of int", "the number 5")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
    st.sampled_from(["str", "int", "float", "bool", "list", "dict", "path", "raw"]),
)
def test_no_value_is_a_crash(value: Any, kind: str) -> None:
    option = Option("x", kind, elements="int", options={"a": Option("a", "int", required=True)})
    list(mismatches(option, value))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Error rendering template: 'site_domein' is undefined", "site_domein"),
        ("'gateway_http_port' is undefined", ""),
        ("'landfall_site' is undefined", ""),
        ("'__site_x' is undefined", ""),
        ("'item' is undefined", ""),
        ("object of type 'dict' has no attribute 'x'", ""),
    ],
)
def test_a_name_that_a_later_task_may_define_is_no_problem(message: str, expected: str) -> None:
    assert never_defined(message, SPECS) == expected
