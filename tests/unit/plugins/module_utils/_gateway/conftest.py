# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared models of gateways."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def single() -> dict[str, Any]:
    """One gateway, one control plane, two workers."""
    return {
        "addresses": ["10.77.0.20", "10.77.0.20"],
        "network": "10.77.0.0/24",
        "statistics_address": "10.77.0.20",
        "control_planes": {"control1": "10.77.0.30"},
        "ingress": {"worker2": "10.77.0.42", "worker1": "10.77.0.41"},
        "ca_file": "/etc/haproxy/landfall-cluster-ca.crt",
    }


@pytest.fixture
def double(single: dict[str, Any]) -> dict[str, Any]:
    """Two gateways, three control planes, everything set."""
    return {
        **single,
        "addresses": ["10.77.0.5", "fd00::20"],
        "control_planes": {f"control{n}": f"10.77.0.3{n}" for n in range(3)},
        "ingress": {"worker1": "fd00::41"},
        "api_port": "8443",
        "http_port": 8080,
        "proxy_protocol": True,
        "log_connections": True,
        "descriptors": 200000,
        "threads": 4,
        "timing": {"check_interval": 500, "fall": 3, "drain": 60},
    }


@pytest.fixture
def pair() -> dict[str, Any]:
    """The second of two gateways."""
    return {
        "name": "gateway2",
        "gateways": {"gateway1": "10.77.0.20", "gateway2": "10.77.0.21"},
        "virtual_address": "10.77.0.5",
        "interface": "eth0",
        "router_id": 51,
        "password": "abcdefgh",
    }
