# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in a cloud while a stack is made: the next run converges."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openstack
import pytest
from openstack.connection import Connection
from openstack.exceptions import SDKException

from tests.support.waiting import eventually

from .conftest import ROOT, SERVER, Module, servers, template

LAB_DIRECTORY = "LANDFALL_OPENSTACK_LAB"
ABANDONED = "/stacks/{0.name}/{0.id}/abandon"


@pytest.fixture
def stack(heat_stack: Module, request: pytest.FixtureRequest) -> Iterator[Module]:
    """The module for one stack of the test's own, which is removed afterwards."""
    name = f"landfall-{request.node.name.replace('_', '-')}"

    def call(**params: Any) -> dict[str, Any]:
        return heat_stack(**{"name": name, **params})

    yield call
    gone = heat_stack(name=name, state="absent", removable=[name])
    assert not gone.get("failed"), gone


def paused(found: dict[str, Any], *later: str) -> dict[str, Any]:
    """Return a template in which some resources are made 30 s after the others."""
    wait = {"type": "OS::Heat::Delay", "properties": {"min_wait": 30, "actions": ["CREATE"]}}
    resources = {**found["resources"], "pause": wait}
    for name in later:
        resources[name] = {**resources[name], "depends_on": ["pause"]}
    return {**found, "resources": resources}


def reached(project: Connection, name: str, resource: str, state: str) -> Callable[[], bool]:
    """Return what tells whether a resource of a stack is in a state."""

    def look() -> bool:
        found = project.orchestration.find_stack(name, ignore_missing=True)
        states = project.orchestration.resources(found) if found else ()
        return (resource, state) in {(each.name, each.status) for each in states}

    return look


def test_quota_error_in_an_update(
    project: Connection, stack: Module, smallest: dict[str, str]
) -> None:
    admin = openstack.connect(cloud="admin")
    owner, name = project.current_project_id, "landfall-test-quota-error-in-an-update"
    flavor, image = smallest["flavor"], smallest["image"]
    stack(template=template(flavor, image, "one"))
    first = servers(project)["one"]
    more = template(flavor, image, "one", "two")
    more["resources"]["spare"] = {"type": "OS::Cinder::Volume", "properties": {"size": 1}}
    wanted = paused(more, "spare")
    limits = project.block_storage.get_limits().absolute
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(stack, template=wanted)
        # what was enough when the run began is used up by somebody else now
        eventually(reached(project, name, "pause", "CREATE_IN_PROGRESS"), 120, every=0.5)
        used = project.block_storage.get_limits().absolute.total_volumes_used
        admin.set_volume_quotas(owner, volumes=used)
        try:
            failed = run.result()
            refused = stack(template=wanted)
        finally:
            admin.set_volume_quotas(owner, volumes=limits.max_total_volumes)
    assert "OS::Cinder::Volume spare" in failed["msg"]
    assert "VolumeLimitExceeded" in failed["msg"]
    assert "quota is too small: volumes; expected: 1 more; found: 0 left" in refused["msg"]
    assert not refused["changed"]
    repaired = stack(template=wanted)
    assert not repaired.get("failed"), repaired["msg"]
    assert repaired["changes"][0] == f"repair stack {name}"
    assert servers(project)["one"] == first
    assert not stack(template=wanted)["changed"]


def test_server_in_error(
    project: Connection, stack: Module, smallest: dict[str, str], impossible: str
) -> None:
    flavor, image = smallest["flavor"], smallest["image"]
    failed = stack(template=template(flavor, image, "one", "two", two=impossible))
    assert f"{SERVER} two" in failed["msg"]
    states = {each.name: (each.id, each.status) for each in project.compute.servers()}
    assert states["two"][1] == "ERROR"
    wanted = template(flavor, image, "one", "two")
    repaired = stack(template=wanted)
    assert not repaired.get("failed"), repaired["msg"]
    after = {each.name: (each.id, each.status) for each in project.compute.servers()}
    assert after["one"] == states["one"]
    assert after["two"][0] != states["two"][0]
    assert after["two"][1] == "ACTIVE"
    assert not stack(template=wanted)["changed"]


@pytest.fixture
def lab() -> Path:
    """The directory of an OpenStack that the tests may break."""
    if LAB_DIRECTORY not in os.environ:
        pytest.skip(f"{LAB_DIRECTORY} does not name a cloud whose engines may be killed")
    return Path(os.environ[LAB_DIRECTORY])


def test_engine_killed_in_a_create(
    project: Connection, stack: Module, smallest: dict[str, str], lab: Path
) -> None:
    name = "landfall-test-engine-killed-in-a-create"
    wanted = paused(template(smallest["flavor"], smallest["image"], "one", "two"), "two")
    code = "import json, sys; from tests.openstack.conftest import ansible;"
    code += "ansible('heat_stack', json.loads(sys.argv[1]))"
    run = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps({"name": name, "template": wanted})],
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        eventually(reached(project, name, "one", "CREATE_IN_PROGRESS"), 120, every=0.2)
        # a process group of its own: the engine with its workers
        record = lab / "run/heat-engine.pid"
        os.killpg(int(record.read_text()), signal.SIGKILL)
        record.unlink()  # nobody may have buried it when it is started again
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        # without an engine, Heat's API does not answer
        subprocess.run([lab / "scripts/svc.sh", "start", "heat-engine"], check=True)
    found = eventually(
        lambda: project.orchestration.find_stack(name), 180, ignoring=(SDKException,)
    )
    assert found.status == "CREATE_IN_PROGRESS"
    after = stack(template=wanted, stalled=60)
    assert not after.get("failed"), after["msg"]
    assert after["changes"][0] == f"repair stack {name}"
    states = {each.name: each.status for each in project.compute.servers()}
    assert (states["one"], states["two"]) == ("ACTIVE", "ACTIVE")
    assert not stack(template=wanted)["changed"]


def test_adopting(
    project: Connection, heat_stack: Module, stack: Module, smallest: dict[str, str], tmp_path: Path
) -> None:
    wanted = template(smallest["flavor"], smallest["image"], "one")
    other = "landfall-test-adopted"
    heat_stack(name=other, template=wanted)
    before = servers(project)
    found = project.orchestration.find_stack(other)
    answer = project.orchestration.delete(ABANDONED.format(found))
    if answer.status_code == 400 and "not supported" in answer.text:
        pytest.skip(f"this cloud does not allow it: {answer.text}")
    data = tmp_path / "abandoned.json"
    data.write_text(answer.text)
    eventually(lambda: not list(project.orchestration.stacks(name=other)), 60, every=1)
    assert servers(project) == before
    predicted = heat_stack(
        "--check", name="landfall-test-adopting", template=wanted, adopt=str(data)
    )
    adopted = stack(template=wanted, adopt=str(data))
    assert adopted["stack"]["state"] == "ADOPT_COMPLETE", adopted
    assert adopted["changes"] == predicted["changes"]
    assert f"adopt {SERVER} one" in adopted["changes"]
    assert servers(project) == before
    assert not stack(template=wanted)["changed"]
    refused = stack(template={**wanted, "resources": {}})
    assert "server one would be deleted" in refused["msg"]
