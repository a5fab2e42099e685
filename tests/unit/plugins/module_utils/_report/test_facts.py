# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action is told becomes what is wanted of a site."""

from __future__ import annotations

from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._report.facts import (
    Wanted,
)


def test_what_the_action_is_told() -> None:
    site: dict[str, Any] = dict.fromkeys(("network", "pod_cidr", "service_cidr"), "n")
    site |= {"name": "lab", "domain": "d", "environment": "test", "gateway_address": "g"}
    site |= {"gateway_pool": ["x"], "gateway_ports": {"api": "7443"}, "kubernetes_version": "1"}
    groups = {"workers": {"w": "1"}, "control_planes": {"c": "2"}, "else": {"x": "3"}}
    stacks = [{"name": "a"}, {"name": "b", "environment": "e"}, {"name": "c", "namespace": "n"}]
    found = Wanted.from_params(site, groups, stacks, {"images": {}, "versions": {}})
    assert found.nodes == {"c": "2", "w": "1"}
    assert [one.namespace for one in found.stacks] == ["a-test", "b-e", "n"]
    assert (found.gateway_ports, found.depot_port, found.gateway_pool) == (
        {"api": 7443},
        5000,
        ("x",),
    )
