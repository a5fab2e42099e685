# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small site with two gateways and two addresses for Services, always removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.site import ROOT, Site

NAME = "test-balancer"
HOSTS = {
    "operator1": 10,
    "gateway1": 20,
    "gateway2": 21,
    "control1": 30,
    "worker1": 41,
    "worker2": 42,
}
GROUPS = {
    "operator": ["operator1"],
    "depot": ["operator1"],
    "gateways": ["gateway1", "gateway2"],
    "control_planes": ["control1"],
    "workers": ["worker1", "worker2"],
}
VARIABLES = {
    "site_state": str(ROOT / "state" / NAME),
    "gateway_pool": ["{{ lab_octets }}.100-{{ lab_octets }}.101"],
    "stack_list": [],
}


def inventory(folder: Path) -> Path:
    """Write the highly available lab's inventory with fewer hosts."""
    shutil.copytree(ROOT / "inventories/lab-ha/group_vars", folder / "group_vars")
    (folder / "group_vars/all/test.yml").write_text(yaml.safe_dump(VARIABLES), encoding="utf-8")
    groups: dict[str, Any] = {
        name: {"hosts": dict.fromkeys(members)} for name, members in GROUPS.items()
    }
    groups["kubernetes"] = {
        "children": {name: groups.pop(name) for name in ("control_planes", "workers")}
    }
    addresses = {name: {"ansible_host": f"{{{{ lab_octets }}}}.{n}"} for name, n in HOSTS.items()}
    groups["lab"] = {"hosts": addresses}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": groups}}))
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two gateways, one control plane and two workers, without applications."""
    folder = inventory(tmp_path_factory.mktemp("inventory") / "balancer-ha")
    one = Site(str(folder), NAME, "10.82.0")
    one.play("destroy")
    try:
        one.play("site")
        yield one
    finally:
        one.play("destroy")
