# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of inventories for tests."""

from __future__ import annotations

from typing import Any

SITE: dict[str, Any] = {
    "site_network": "10.60.0.0/24",
    "gateway_address": "10.60.0.5",
    "openstack_stack": "qa",
    "openstack_image": "debian-13",
    "openstack_flavor": "k8s.medium",
    "openstack_key": {"name": "operators"},
    "openstack_network": {"external": "public"},
    "openstack_admin_networks": ["198.51.100.0/24"],
}


def params(**changes: Any) -> dict[str, Any]:
    """Return the variables of a site of eight servers, some of them changed."""
    return {**SITE, **changes}


def sized(**counts: int) -> dict[str, Any]:
    """Return ``openstack_servers`` with these numbers of servers."""
    return {role: {"count": count} for role, count in counts.items()}
