# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of Octavia's load balancers of Services to the workers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._heat.access import rules
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read

from .variables import params

WAYS = {
    "workers_tcp_30000_32767_from_10_60_0_0_24",
    "workers_udp_30000_32767_from_10_60_0_0_24",
}


@pytest.mark.parametrize(
    ("variables", "opened"),
    [
        ({}, set()),
        ({"landfall_cloud": None}, set()),
        ({"landfall_cloud": {}}, WAYS),
        ({"landfall_cloud": {"balancers": False}}, set()),
    ],
)
def test_workers_are_open_to_load_balancers(variables: dict[str, Any], opened: set[str]) -> None:
    names = {rule.name for rule in rules(read(params(**variables)))}
    assert names & WAYS == opened
