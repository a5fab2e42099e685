# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the Heat template of a big site takes, from the inventory's variables."""

from __future__ import annotations

import time

from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read
from ansible_collections.landfall.platform.plugins.module_utils._heat.template import template

SERVERS = 200
VARIABLES = {
    "site_network": "10.60.0.0/23",
    "gateway_address": "10.60.0.5",
    "openstack_stack": "bench",
    "openstack_image": "debian-13",
    "openstack_flavor": "medium",
    "openstack_key": {"name": "bench"},
    "openstack_network": {"external": "public"},
    "openstack_admin_networks": ["198.51.100.0/24"],
    "openstack_servers": {
        "operator": {"count": 1},
        "gateways": {"count": 2},
        "control_planes": {"count": 3},
        "workers": {"count": SERVERS - 6, "volumes": [{"name": "data", "size": 10}]},
    },
}


def compiled() -> float:
    """Return the best of five times in seconds."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        found = template(read(VARIABLES))
        times.append(time.perf_counter() - begin)
    if len(found["outputs"]["hosts"]["value"]) != SERVERS:
        raise SystemExit("the template does not have all servers")
    return min(times)
