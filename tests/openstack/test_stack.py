# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a stack in a real Heat: created, scaled, refused, failed, repaired, deleted."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from typing import Any

from openstack.connection import Connection

from .conftest import ROOT, SERVER, Module, ansible, servers, template

NAME = "landfall-test-life"


def made(result: dict[str, Any]) -> set[str]:
    return set(result["changes"])


def test_life(project: Connection, heat_stack: Module, smallest: dict[str, str]) -> None:
    flavor, image = smallest["flavor"], smallest["image"]
    one = template(flavor, image, "one")
    predicted = heat_stack("--check", name=NAME, template=one)
    assert "one" not in servers(project)
    created = heat_stack(name=NAME, template=one)
    assert created["stack"]["state"] == "CREATE_COMPLETE", created
    assert created["changes"] == predicted["changes"], "check mode is exact"
    resources = {f"create {r['type']} {n}" for n, r in one["resources"].items()}
    assert made(created) == {f"create stack {NAME}"} | resources

    again = heat_stack(name=NAME, template=one)
    assert (again["changed"], again["calls"]) == (False, 3)

    two = template(flavor, image, "one", "two")
    first = servers(project)["one"]
    predicted = heat_stack("--check", name=NAME, template=two)
    grown = heat_stack(name=NAME, template=two)
    assert grown["changes"] == predicted["changes"]
    assert made(grown) == {
        f"update stack {NAME}",
        f"create {SERVER} two",
        "create OS::Neutron::Port two_port",
    }
    assert servers(project)["one"] == first


def test_what_is_lost_is_named(
    project: Connection, heat_stack: Module, smallest: dict[str, str]
) -> None:
    flavor, image = smallest["flavor"], smallest["image"]
    one, two = template(flavor, image, "one"), template(flavor, image, "one", "two")
    first = servers(project)["one"]
    refused = heat_stack(name=NAME, template=one)
    assert "server two would be deleted" in refused["msg"]
    assert "two" in servers(project)
    replaced = copy.deepcopy(two)
    replaced["resources"]["one"]["properties"]["key_name"] = next(
        each.name for each in project.compute.keypairs()
    )
    refused = heat_stack(name=NAME, template=replaced)
    assert "server one would be replaced" in refused["msg"]
    assert servers(project)["one"] == first

    anew = heat_stack(name=NAME, template=two, replace=["two"])
    assert f"replace {SERVER} two" in anew["changes"]
    assert servers(project)["one"] == first

    shrunk = heat_stack(name=NAME, template=one, removable=["two"])
    assert f"delete {SERVER} two" in shrunk["changes"]
    assert set(servers(project)) & {"one", "two"} == {"one"}


def test_all_that_the_cloud_lacks(heat_stack: Module, smallest: dict[str, str]) -> None:
    bad = template("no-flavor", "no-image", "one")
    bad["resources"]["one"]["properties"]["availability_zone"] = "no-zone"
    bad["resources"]["one"]["properties"]["key_name"] = "no-key"
    bad["resources"]["data"]["properties"]["size"] = 10_000_000
    result = heat_stack(name="landfall-test-lacks", template=bad)
    for text in ("flavor: no-flavor", "image: no-image", "zone: no-zone", "key pair: no-key"):
        assert text in result["msg"]
    assert "quota is too small: gigabytes" in result["msg"]
    assert not result["changed"]


def test_failure_and_repair(
    project: Connection, heat_stack: Module, smallest: dict[str, str], impossible: str
) -> None:
    flavor, image = smallest["flavor"], smallest["image"]
    first = servers(project)["one"]
    failed = heat_stack(name=NAME, template=template(flavor, image, "one", "two", two=impossible))
    assert f"{SERVER} two" in failed["msg"]
    assert "No valid host was found" in failed["msg"]
    assert failed["changed"]
    repaired = heat_stack(name=NAME, template=template(flavor, image, "one", "two"))
    assert not repaired.get("failed"), repaired["msg"]
    assert repaired["changes"][0] == f"repair stack {NAME}"
    assert servers(project)["one"] == first
    assert not heat_stack(name=NAME, template=template(flavor, image, "one", "two"))["changed"]


def test_a_killed_run_is_waited_for(
    project: Connection, heat_stack: Module, smallest: dict[str, str]
) -> None:
    three = template(smallest["flavor"], smallest["image"], "one", "two", "three")
    code = "import json, sys; from tests.openstack.conftest import ansible;"
    code += "ansible('heat_stack', json.loads(sys.argv[1]))"
    run = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps({"name": NAME, "template": three})], cwd=ROOT
    )
    while not any(each.endswith("IN_PROGRESS") for each in _states(project)):
        assert run.poll() is None, "the run ended before it was killed"
        time.sleep(0.2)
    run.kill()
    run.wait()
    after = heat_stack(name=NAME, template=three)
    assert not after.get("failed"), after["msg"]
    assert {"one", "two", "three"} <= set(servers(project))


def _states(project: Connection) -> list[str]:
    return [each.status for each in project.orchestration.stacks(name=NAME)]


def test_deleting(project: Connection, heat_stack: Module) -> None:
    refused = heat_stack(name=NAME, state="absent")
    assert "server one would be deleted" in refused["msg"]
    gone = heat_stack(name=NAME, state="absent", removable=[NAME])
    assert gone["changed"], gone
    assert any(line.startswith("image ") for line in gone["kept"])
    assert not set(servers(project)) & {"one", "two", "three"}
    assert "10.66.0.0/24" not in [each.cidr for each in project.network.subnets()]
    assert not heat_stack(name=NAME, state="absent")["changed"]
    assert ansible("heat_stack", {"name": NAME, "state": "absent"})["calls"] == 1
