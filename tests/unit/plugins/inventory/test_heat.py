# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin heat, against the APIs as they were recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.openstack import Cloud, cloud

ROOT = Path(__file__).resolve().parents[4]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPz2"
AT = "/heat/v1/p1/stacks"
HOSTS = {
    "operator1": {
        "id": "s1",
        "groups": ["operator", "depot"],
        "address": "10.60.0.10",
        "floating": "203.0.113.7",
        "volumes": {},
    },
    "worker1": {
        "id": "s2",
        "groups": ["workers", "kubernetes"],
        "address": "10.60.0.41",
        "floating": "",
        "volumes": {},
    },
}


@pytest.fixture
def one() -> Iterator[Cloud]:
    listed = {"id": "k1", "stack_name": "qa", "stack_status": "CREATE_COMPLETE"}
    outputs = [
        {"output_key": "hosts", "output_value": HOSTS},
        {"output_key": "jump", "output_value": "operator1"},
    ]
    servers = [{"id": name, "metadata": {"landfall_host_key": KEY}} for name in ("s1", "s2")]
    with cloud() as found:
        found.answers |= {
            f"GET {AT}": {"stacks": [listed]},
            f"GET {AT}/qa/k1": {"stack": {"outputs": outputs}},
            "GET /compute/v2.1/servers/detail": {"servers": servers},
        }
        yield found


def listed(one: Cloud, folder: Path, **options: Any) -> tuple[dict[str, Any], str]:
    path = folder / "stack.heat.yml"
    path.write_text(json.dumps({"plugin": "landfall.platform.heat", "stack": "qa", **options}))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-inventory")), "-i", str(path), "--list"],
        cwd=ROOT,
        env={**os.environ, **one.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout, object_hook=trusted)
    return found, " ".join(done.stderr.split())


def trusted(value: dict[str, Any]) -> Any:
    """Take a text for what it is: what a cloud answers is never a template."""
    return value.get("__ansible_unsafe", value)


def test_a_server_that_nova_has_given_up(one: Cloud, tmp_path: Path) -> None:
    fault = {"code": 500, "message": "the compute host is gone"}
    broken = {"id": "s2", "status": "ERROR", "fault": fault, "metadata": {"landfall_host_key": KEY}}
    servers = [{"id": "s1", "status": "ACTIVE", "metadata": {"landfall_host_key": KEY}}, broken]
    one.answers["GET /compute/v2.1/servers/detail"] = {"servers": servers}
    found, told = listed(one, tmp_path)
    assert "worker1 (s2)" in told
    assert "ERROR: the compute host is gone" in told
    assert "openstack_replace=worker1" in told
    assert "operator1" not in told
    assert set(found["_meta"]["hostvars"]) == {"operator1", "worker1"}


def test_hosts_and_groups(one: Cloud, tmp_path: Path) -> None:
    found, _ = listed(one, tmp_path)
    assert found["workers"]["hosts"] == found["kubernetes"]["hosts"] == ["worker1"]
    assert found["depot"]["hosts"] == ["operator1"]
    worker = found["_meta"]["hostvars"]["worker1"]
    assert (worker["ansible_host"], worker["ansible_user"]) == ("10.60.0.41", "debian")
    assert KEY in worker["ansible_ssh_common_args"]
    assert "203.0.113.7" in worker["ansible_ssh_common_args"]


def test_the_cache_spares_the_cloud(one: Cloud, tmp_path: Path) -> None:
    cache = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    first, _ = listed(one, tmp_path, **cache)
    asked = len(one.asked)
    assert asked
    assert listed(one, tmp_path, **cache)[0] == first
    assert len(one.asked) == asked


def test_no_stack_yet(one: Cloud, tmp_path: Path) -> None:
    one.answers[f"GET {AT}"] = {"stacks": []}
    found, said = listed(one, tmp_path)
    assert not found["_meta"]["hostvars"]
    assert "the stack does not exist yet, so there are no hosts: stack qa" in said
    assert "remedy: playbooks/site.yml makes it" in said


def test_credentials_that_are_not_accepted(one: Cloud, tmp_path: Path) -> None:
    one.accepts = False
    _, said = listed(one, tmp_path)
    assert "Keystone does not accept the credentials, or they have expired" in said
