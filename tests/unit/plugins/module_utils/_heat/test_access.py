# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways between the servers of a site."""

from __future__ import annotations

from ansible_collections.landfall.platform.plugins.module_utils._heat.access import rules
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read

from .variables import params

NODES = {"control_planes", "workers"}


def sources(role: str, port: int) -> set[str]:
    """Return who may reach a port of a role's servers."""
    found = rules(read(params()))
    return {one.source for one in found if one.role == role and one.low <= port <= one.high}


def test_metrics_are_for_nodes() -> None:
    for role in NODES:
        assert sources(role, 9100) == NODES
    assert sources("gateways", 8404) == {"operator", *NODES}
