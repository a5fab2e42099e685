# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether contents are the same, what Heat's preview means, and what a template needs."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.compare import (
    content_from,
    differences,
    has_files,
    shown,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.needs import (
    Flavor,
    Survey,
    needs,
    unmet,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read
from ansible_collections.landfall.platform.plugins.module_utils._heat.preview import settled
from ansible_collections.landfall.platform.plugins.module_utils._heat.stack import Content, Resource
from ansible_collections.landfall.platform.plugins.module_utils._heat.template import template

from .variables import params, sized

HOT: dict[str, Any] = {"heat_template_version": "2018-08-31", "resources": {}}
SAME = {
    "a date": (
        Content({**HOT, "heat_template_version": datetime.date(2018, 8, 31)}),
        Content(HOT),
    ),
    "a number": (Content(HOT, {"parameters": {"n": 3}}), Content(HOT, {"parameters": {"n": "3"}})),
    "data": (
        Content(HOT, {"parameters": {"n": ["a"]}}),
        Content(HOT, {"parameters": {"n": '["a"]'}}),
    ),
    "what Heat adds": (
        Content(HOT),
        Content(HOT, {"parameters": {}, "resource_registry": {"resources": {}}}),
    ),
}
OTHER = {
    "template": (Content(HOT), Content({**HOT, "description": "x"})),
    "parameters": (Content(HOT), Content(HOT, {"parameters": {"n": "3"}})),
    "environment": (Content(HOT), Content(HOT, {"resource_registry": {"A": "b.yaml"}})),
    "files": (Content(HOT, {}, {"a": "1"}), Content(HOT, {}, {"a": "2"})),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_the_same(pair: tuple[Content, Content]) -> None:
    assert differences(*pair) == []


@pytest.mark.parametrize(("what", "pair"), OTHER.items())
def test_differences(what: str, pair: tuple[Content, Content]) -> None:
    assert differences(*pair) == [what]
    assert differences(*reversed(pair)) == [what]


def test_text_is_a_template_too() -> None:
    text = "heat_template_version: 2018-08-31\nresources: {}\n"
    found = content_from(text, {"b": 2}, {"parameters": {"a": 1, "b": 1}}, {})
    assert found == Content(HOT, {"parameters": {"a": 1, "b": 2}})


@pytest.mark.parametrize("bad", ["a: [", "text", None, {"resources": []}])
def test_no_template(bad: Any) -> None:
    with pytest.raises(InvalidInputError, match="not a Heat template"):
        content_from(bad, {}, {}, {})


def test_files_are_asked_for_only_where_there_can_be_some() -> None:
    assert not has_files(Content(HOT, {"resource_registry": {"resources": {}}}))
    assert has_files(Content({"resources": {"a": {"type": "node.yaml"}}}))
    assert has_files(Content({"resources": {"a": {"p": [{"get_file": "x"}]}}}))
    assert has_files(Content(HOT, {"resource_registry": {"A": "b.yaml"}}))


def test_hidden_parameters_are_not_shown() -> None:
    hot = {**HOT, "parameters": {"p": {"type": "string", "hidden": True}, "q": {"type": "string"}}}
    text = shown(Content(hot, {"parameters": {"p": "geheim", "q": "open"}}, {"f": "x"}))
    assert "geheim" not in text
    assert "q: open" in text


def test_a_preview_is_asked_with_ids_for_what_stays() -> None:
    def server(name: str, **properties: Any) -> dict[str, Any]:
        own = {"port": {"get_resource": f"{name}_port"}, "hints": [{"get_resource": "group"}]}
        return {"type": "OS::Nova::Server", "properties": {**own, **properties}}

    def full(**resources: Any) -> Content:
        port = {"type": "OS::Neutron::Port", "properties": {"n": {"get_attr": ["group", "x"]}}}
        return Content({"resources": {"group": {"type": "G"}, "a_port": port, **resources}})

    actual, wanted = full(a=server("a")), full(a=server("a"), b=server("b"))
    there = [
        Resource(name, "T", "CREATE_COMPLETE", "", f"id-{name}")
        for name in ("group", "a_port", "a")
    ]
    asked: list[Content] = []
    # Heat takes an attribute that it cannot know for a change, and the group for another one.
    answers = iter(
        [
            {"replaced": [there[0]], "updated": [there[1]], "added": []},
            {"replaced": [there[0]], "updated": [there[1]], "added": []},
        ]
    )

    def ask(content: Content) -> dict[str, list[Resource]]:
        asked.append(content)
        return next(answers)

    assert settled(ask, actual, wanted, there)["updated"] == [there[1]], "the group is replaced"
    first, second = (one.template["resources"]["a"]["properties"] for one in asked)
    assert first == {"port": "id-a_port", "hints": ["id-group"]}
    assert second == {"port": "id-a_port", "hints": [{"get_resource": "group"}]}
    answers = iter([{"updated": [there[1]]}])
    assert settled(ask, actual, wanted, there)["updated"] == []


COMPLETE = Survey(
    services=frozenset({"compute", "network", "block-storage", "image"}),
    names={
        "flavor": frozenset({"k8s.medium"}),
        "image": frozenset({"debian-13"}),
        "network": frozenset({"public"}),
        "key pair": frozenset({"operators"}),
        "zone": frozenset({"nova"}),
        "volume type": frozenset({"ssd"}),
        "subnet": frozenset(),
    },
    flavors={"k8s.medium": Flavor(2, 4096)},
    free={"servers": 8, "cores": 16, "memory in MiB": 8 * 4096, "volumes": 3, "gigabytes": 30},
    subnets={"other": "10.99.0.0/24"},
)
VOLUMES = {
    "control_planes": {"volumes": [{"name": "etcd", "size": 10, "type": "ssd"}]},
}


def lacking(survey: Survey, **changes: Any) -> list[str]:
    made = Content(template(read(params(**changes))))
    return [str(each) for each in unmet(needs(made), survey)]


def test_a_cloud_that_has_it_all() -> None:
    assert lacking(COMPLETE, openstack_servers=VOLUMES) == []


def test_all_that_is_lacking_is_found() -> None:
    boot = {
        "workers": {"count": 4, "boot_volume": {"size": 9, "type": "sdd"}, "flavor": "k8s.medum"}
    }
    found = "\n".join(
        lacking(
            COMPLETE,
            openstack_servers={**VOLUMES, **boot},
            openstack_image="debian-31",
            openstack_key={"name": "operator"},
            openstack_zones=["nowa"],
            openstack_network={"external": "publik"},
            site_network="10.99.0.0/23",
            gateway_address="10.99.0.5",
        )
    )
    for text in (
        "this flavor: k8s.medum, for worker1, worker2, worker3, worker4; expected: k8s.medium?",
        "image: debian-31, for operator1, gateway1, gateway2, control1 and 6 more; expected: d",
        "this key pair: operator,",
        "this zone: nowa,",
        "this network: publik,",
        "this volume type: sdd,",
        "quota is too small: servers; expected: 10 more; found: 8 left",
        "quota is too small: volumes; expected: 7 more; found: 3 left",
        "quota is too small: gigabytes; expected: 66 more; found: 30 left",
        "overlaps with one that is there: subnet 10.99.0.0/23; expected: a range of its own",
    ):
        assert text in found


def test_cores_and_memory() -> None:
    less = Survey(
        COMPLETE.services, flavors=COMPLETE.flavors, free={"cores": 15, "memory in MiB": 1}
    )
    found = "\n".join(lacking(less))
    assert "cores; expected: 16 more; found: 15 left" in found
    assert "memory in MiB; expected: 32768 more; found: 1 left" in found


def test_services() -> None:
    servers = sized(gateways=0)
    found = lacking(COMPLETE, openstack_balancer="octavia", openstack_servers=servers)
    assert "does not have a service: load-balancer" in found[0]


def test_a_key_pair_is_not_made_twice() -> None:
    key = {"name": "operators", "public": "ssh-ed25519 AAAA"}
    assert "key pair of this name already" in lacking(COMPLETE, openstack_key=key)[0]


def test_an_existing_network_is_looked_for() -> None:
    network = {"existing": "lan", "subnet": "lan-1", "external": "public"}
    found = "\n".join(lacking(COMPLETE, openstack_network=network))
    assert "this network: lan," in found
    assert "this subnet: lan-1," in found


def test_what_is_there_counts_for_no_quota() -> None:
    made = Content(template(read(params())))
    nothing = Survey(COMPLETE.services, COMPLETE.names, COMPLETE.flavors, {"servers": 0})
    assert list(unmet(needs(made, frozenset(), {"worker1"}), nothing)) == []


def test_parameters_are_looked_up() -> None:
    hot = {
        "parameters": {"flavor": {"type": "string", "default": "a"}, "image": {"type": "string"}},
        "resources": {
            "one": {
                "type": "OS::Nova::Server",
                "properties": {"flavor": {"get_param": "flavor"}, "image": {"get_param": "image"}},
            },
            "odd": {"type": "X", "properties": {}},
            "sub": {"type": "OS::Neutron::Subnet", "properties": {"cidr": {"get_param": ["a", 0]}}},
        },
    }
    found = needs(Content(hot, {"parameters": {"image": "b"}}))
    assert set(found.names) == {("flavor", "a"), ("image", "b")}
    assert (
        list(unmet(found, Survey(frozenset({"compute", "network"}), subnets={"x": "10.0.0.0/8"})))
        == []
    )
