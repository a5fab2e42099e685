# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are still to be made count as hosts when an inventory is checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._heat.planned import with_servers
from ansible_collections.landfall.platform.plugins.module_utils._site.argspec import Specs
from ansible_collections.landfall.platform.plugins.module_utils._site.inventory import (
    GROUPS,
    Inventory,
)

from .variables import params, sized

NOTHING = Inventory(dict.fromkeys(GROUPS, ()), {"localhost": params()}, Specs({}, ()))


def test_before_there_is_a_stack() -> None:
    found, wrong = with_servers(NOTHING)
    assert not wrong
    assert found.groups["workers"] == ("worker1", "worker2")
    assert found.groups["depot"] == ("operator1",)
    assert set(found.groups["kubernetes"]) == {
        "control1",
        "control2",
        "control3",
        "worker1",
        "worker2",
    }
    assert "localhost" not in found.variables
    assert found.address("worker2") == "10.60.0.42"


def test_beside_hosts_that_are_there() -> None:
    worker = params(ansible_host="203.0.113.9", node_address="10.60.0.41")
    groups = {**NOTHING.groups, "workers": ("worker1",), "kubernetes": ("worker1",)}
    found, _ = with_servers(replace(NOTHING, groups=groups, variables={"worker1": worker}))
    assert found.groups["workers"] == ("worker1", "worker2")
    assert found.variables["worker1"] == worker
    assert (found.address("worker1"), found.address("worker2")) == ("10.60.0.41", "10.60.0.42")


def test_what_is_wrong_is_said() -> None:
    bad: dict[str, Any] = {"localhost": params(openstack_servers=sized(control_planes=2))}
    found, wrong = with_servers(replace(NOTHING, variables=bad))
    assert [each.on for each in wrong] == ["openstack_servers.control_planes.count"]
    assert found.variables == bad


def test_an_inventory_of_machines_stays_as_it_is() -> None:
    one = replace(NOTHING, variables={"worker1": {"site_network": "10.0.0.0/24"}})
    assert with_servers(one) == (one, ())
