# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heat's and the other services' APIs, as they were recorded from real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.census import census
from ansible_collections.landfall.platform.plugins.module_utils._heat.client import HeatClient
from ansible_collections.landfall.platform.plugins.module_utils._heat.kept import (
    Balancer,
    Census,
    Port,
    Volume,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.needs import Flavor, needs
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect
from ansible_collections.landfall.platform.plugins.module_utils._heat.stack import (
    Content,
    Event,
    HeatError,
    Resource,
    Stack,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.survey import survey
from tests.support.openstack import SERVICES, Cloud, cloud

QA = Stack("s1", "qa", "CREATE_COMPLETE", "Stack CREATE completed successfully")
AT = "/heat/v1/p1/stacks/qa/s1"
LISTED = {
    "id": "s1",
    "stack_name": "qa",
    "stack_status": "CREATE_COMPLETE",
    "stack_status_reason": "Stack CREATE completed successfully",
}
SERVER = {
    "resource_name": "worker1",
    "resource_type": "OS::Nova::Server",
    "resource_status": "CREATE_FAILED",
    "resource_status_reason": "went to ERROR",
    "physical_resource_id": "v1",
}


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud() as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def heat(one: Cloud) -> HeatClient:
    return HeatClient(connect("", ""))


def test_a_stack_is_found_with_one_request(one: Cloud, heat: HeatClient) -> None:
    one.answers["GET /heat/v1/p1/stacks"] = {"stacks": [{**LISTED, "stack_name": "qa2"}, LISTED]}
    assert heat.find("qa") == QA
    assert heat.find("qu") is None
    assert [path for _, path, _ in one.asked] == [
        "/heat/v1/p1/stacks?name=qa",
        "/heat/v1/p1/stacks?name=qu",
    ]
    assert heat.calls == 2


def test_content_and_outputs(one: Cloud, heat: HeatClient) -> None:
    outputs = [{"output_key": "jump", "output_value": "operator1"}]
    one.answers |= {
        f"GET {AT}/template": {"resources": {}},
        f"GET {AT}/environment": {"parameters": {}},
        f"GET {AT}/files": {"a": "b"},
        f"GET {AT}": {"stack": {"outputs": outputs}},
    }
    assert (heat.template(QA), heat.environment(QA)) == ({"resources": {}}, {"parameters": {}})
    assert (heat.files(QA), heat.outputs(QA)) == ({"a": "b"}, {"jump": "operator1"})


def test_previews(one: Cloud, heat: HeatClient) -> None:
    nested = {"resource_name": "a", "resource_type": "T", "resource_status": "COMPLETE"}
    one.answers |= {
        "POST /heat/v1/p1/stacks/preview": {"stack": {"resources": [SERVER, [nested]]}},
        f"PUT {AT}/preview": {
            "resource_changes": {"added": [], "replaced": [{**nested, "resource_action": "CREATE"}]}
        },
    }
    wanted = Content({"resources": {}}, {}, {"f": "x"})
    failed = Resource("worker1", "OS::Nova::Server", "CREATE_FAILED", "went to ERROR", "v1")
    assert list(heat.preview_create("qa", wanted)) == [failed, Resource("a", "T", "COMPLETE")]
    changes = heat.preview_update(QA, wanted)
    assert changes == {"added": [], "replaced": [Resource("a", "T", "CREATE_COMPLETE")]}
    assert one.asked[0][2]["files"] == {"f": "x"}


def test_what_changes_something(one: Cloud, heat: HeatClient) -> None:
    accepted = (202, "Accepted")
    one.answers |= {
        "POST /heat/v1/p1/stacks": (201, {"stack": {"id": "s1"}}),
        f"PUT {AT}": accepted,
        f"DELETE {AT}": (204, ""),
        f"PATCH {AT}/resources/worker1": (200, ""),
    }
    content = Content({"resources": {}})
    made = heat.create("qa", content, 30, "{}")
    assert made == Stack("s1", "qa", "CREATE_IN_PROGRESS")
    heat.mark_unhealthy(made, "worker1", "why")
    heat.update(made, content, 30)
    heat.delete(made)
    create, mark, update, _ = (body for _, _, body in one.asked)
    assert create["adopt_stack_data"] == "{}"
    assert (create["timeout_mins"], create["disable_rollback"]) == (30, True)
    assert mark == {"mark_unhealthy": True, "resource_status_reason": "why"}
    assert update["template"] == {"resources": {}}


def test_events_and_resources(one: Cloud, heat: HeatClient) -> None:
    event = {"id": "e1", "resource_name": "qa", "physical_resource_id": "s1"}
    event |= {"resource_status": "CREATE_COMPLETE", "resource_status_reason": "done"}
    one.answers |= {
        f"GET {AT}/events": {"events": [event]},
        f"GET {AT}/resources": {"resources": [SERVER]},
        "GET /compute/v2.1/servers/v1": {
            "server": {"id": "v1", "fault": {"message": "No valid host was found."}}
        },
    }
    assert heat.last_event(QA) == "e1"
    assert list(heat.events(QA, "e0")) == [Event("e1", "qa", "CREATE_COMPLETE", "done", own=True)]
    assert one.asked[1][1].endswith("/events?sort_dir=asc&marker=e0")
    assert heat.resources(QA)[0].physical == "v1"
    assert heat.fault("v1") == "No valid host was found."
    one.answers[f"GET {AT}/events"] = {"events": []}
    assert heat.last_event(QA) == ""


@pytest.mark.parametrize(
    "answer", [{"error": {"message": "Property error:\n  flavor"}}, "Property error: flavor"]
)
def test_a_refusal(one: Cloud, heat: HeatClient, answer: Any) -> None:
    one.answers[f"PUT {AT}"] = (400, answer)
    with pytest.raises(HeatError, match="Property error: flavor") as caught:
        heat.update(QA, Content({"resources": {}}), 1)
    assert caught.value.status == 400


def test_credentials_that_have_expired(one: Cloud, heat: HeatClient) -> None:
    one.accepts = False
    with pytest.raises(InvalidInputError, match="expired") as caught:
        heat.find("qa")
    assert "secret-word" not in str(caught.value)


def test_a_cloud_without_heat(one: Cloud, heat: HeatClient) -> None:
    one.services = {"compute": "/compute/v2.1"}
    with pytest.raises(InvalidInputError, match="does not have a service"):
        heat.find("qa")


def test_a_cloud_that_does_not_answer(one: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_AUTH_URL", "http://127.0.0.1:9/v3")
    with pytest.raises(UnreachableError, match=r"OpenStack does not answer.*clouds\.yaml"):
        HeatClient(connect("", "")).find("qa")


def test_a_cloud_that_nobody_knows(one: Cloud) -> None:
    with pytest.raises(InvalidInputError, match="the cloud cannot be used: qa-east"):
        connect("qa-east", "")


SERVER_LIMITS = {
    "maxTotalInstances": 10,
    "totalInstancesUsed": 4,
    "maxTotalCores": -1,
    "totalCoresUsed": 3,
    "maxTotalRAMSize": 8192,
    "totalRAMUsed": 2048,
    "maxServerGroups": 10,
    "totalServerGroupsUsed": 1,
}
VOLUME_LIMITS = {
    "maxTotalVolumes": 5,
    "totalVolumesUsed": 2,
    "maxTotalVolumeGigabytes": 100,
    "totalGigabytesUsed": 60,
}


def recorded(url: str) -> dict[str, Any]:
    flavor = {"id": "f1", "name": "small", "vcpus": 2, "ram": 2048, "disk": 1}
    link = {"rel": "self", "href": "http://127.0.0.1/"}
    version = {"id": "v2.1", "status": "CURRENT", "version": "2.90", "min_version": "2.1"}
    zones = [
        {"zoneName": "az1", "zoneState": {"available": True}},
        {"zoneName": "az2", "zoneState": {"available": False}},
    ]
    counted = ("networks", "subnets", "routers", "ports", "floatingips", "security-groups")
    return {
        "GET /compute/v2.1": {"version": {**version, "links": [link]}},
        "GET /compute/v2.1/flavors/detail": {"flavors": [flavor]},
        "GET /compute/v2.1/limits": {"limits": {"absolute": SERVER_LIMITS, "rate": []}},
        "GET /compute/v2.1/os-availability-zone": {"availabilityZoneInfo": zones},
        "GET /compute/v2.1/os-keypairs": {"keypairs": [{"keypair": {"name": "k"}}]},
        **{f"GET /network/v2.0/{name}": {name.replace("-", "_"): []} for name in counted},
        "GET /network/v2.0/security-group-rules": {"security_group_rules": []},
        "GET /network/v2.0/networks": {"networks": [{"id": "n1", "name": "public"}]},
        "GET /network/v2.0/subnets": {"subnets": [{"id": "b1", "name": "", "cidr": "10.0.0.0/24"}]},
        "GET /network/v2.0/quotas/p1": {"quota": {"network": 3, "port": -1, "floatingip": 2}},
        "GET /volume/v3/p1/limits": {"limits": {"absolute": VOLUME_LIMITS, "rate": []}},
        "GET /volume/v3/p1/types": {"volume_types": [{"id": "t1", "name": "ssd"}]},
        "GET /image": {
            "versions": [
                {
                    "id": "v2.9",
                    "status": "CURRENT",
                    "links": [{"rel": "self", "href": f"{url}/image/v2/"}],
                }
            ]
        },
        "GET /image/v2/images": {"images": [{"id": "i1", "name": "debian-13"}]},
    }


WANTED = Content(
    {
        "resources": {
            "a": {"type": "OS::Nova::Server", "properties": {"flavor": "small", "image": "i"}},
            "b": {"type": "OS::Neutron::Port", "properties": {"network": "public"}},
            "c": {"type": "OS::Cinder::Volume", "properties": {"size": 1}},
        }
    }
)


def test_what_a_cloud_has(one: Cloud) -> None:
    one.answers |= recorded(one.url)
    found = survey(connect("", ""), needs(WANTED))
    assert {"compute", "network", "block-storage", "image", "orchestration"} <= found.services
    assert found.names["flavor"] == {"small", "f1"}
    assert found.names["zone"] == {"az1"}
    assert found.names["image"] == {"debian-13", "i1"}
    assert found.names["volume type"] == {"ssd", "t1"}
    assert found.flavors["f1"] == Flavor(2, 2048)
    assert found.subnets == {"b1 (b1)": "10.0.0.0/24"}
    assert found.free == {
        "servers": 6,
        "memory in MiB": 6144,
        "server groups": 9,
        "volumes": 3,
        "gigabytes": 40,
        "networks": 2,
        "floating addresses": 2,
    }


def test_a_cloud_that_counts_its_networks_itself(one: Cloud) -> None:
    details = {"network": {"limit": 10, "used": 7, "reserved": 0}, "port": {"limit": -1, "used": 1}}
    one.answers |= recorded(one.url)
    one.answers["GET /network/v2.0/quotas/p1/details"] = {"quota": details}
    assert survey(connect("", ""), needs(WANTED)).free["networks"] == 3


def test_what_is_not_needed_is_not_asked_for(one: Cloud) -> None:
    only = Content({"resources": {"a": {"type": "OS::Octavia::LoadBalancer"}}})
    found = survey(connect("", ""), needs(only))
    assert "load-balancer" not in found.services
    assert not one.asked


def test_what_is_around_a_stack(one: Cloud) -> None:
    one.services = {**SERVICES, "load-balancer": "/balancer"}
    port = {"id": "p1", "name": "x", "device_owner": "compute:nova", "device_id": "s1"}
    volume = {
        "id": "v1",
        "name": "pvc-1",
        "size": 5,
        "bootable": "false",
        "metadata": {"a": "b"},
        "attachments": [{"server_id": "s1", "device": "/dev/vdb"}],
    }
    balancers = [
        {"id": "lb1", "name": "web", "vip_network_id": "n1"},
        {"id": "lb2", "name": "elsewhere", "vip_network_id": "n2"},
    ]
    one.answers |= {
        "GET /balancer/v2.0/lbaas/loadbalancers": {"loadbalancers": balancers},
        "GET /network/v2.0/ports": {"ports": [port]},
        "GET /volume/v3/p1/volumes/detail": {"volumes": [volume]},
    }
    assert census(connect("", ""), ["n1"]) == Census(
        ports=(Port("p1", "x", "compute:nova", "s1"),),
        balancers=(Balancer("lb1", "web"),),
        volumes=(Volume("v1", "pvc-1", 5, ("s1",), bootable=False, metadata={"a": "b"}),),
    )
    assert any(path.endswith("ports?network_id=n1") for _, path, _ in one.asked)


def test_a_stack_without_networks_has_no_neighbours(one: Cloud) -> None:
    one.answers["GET /volume/v3/p1/volumes/detail"] = {"volumes": []}
    assert census(connect("", ""), []) == Census()
    assert not [path for _, path, _ in one.asked if "network" in path]
