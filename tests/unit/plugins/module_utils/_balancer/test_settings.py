# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that the role writes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._balancer.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)

LEAST = {"name": "gateway1", "shared": "10.77.0.5", "api_host": "10.77.0.20"}


def test_the_least() -> None:
    found = Settings.from_params(LEAST)
    assert (found.pool.shared, found.pool.addresses, found.pool.udp) == ("10.77.0.5", (), True)
    assert found.sessions == 9500


def test_everything() -> None:
    found = Settings.from_params(
        {
            **LEAST,
            "addresses": ["10.77.0.100-10.77.0.101"],
            "reserved": {"80": "HTTP"},
            "udp": False,
            "api_port": "8443",
            "timing": {"drain": 60},
            "log_connections": True,
            "state": "/srv/state",
        }
    )
    assert found.pool.addresses == ("10.77.0.100", "10.77.0.101")
    assert found.pool.reserved == {80: "HTTP"}
    assert not found.pool.udp
    assert (found.api_port, found.timing.drain, found.state) == (8443, 60, "/srv/state")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": ""}, "missing option.*name"),
        ({"pool": []}, "unknown option.*pool"),
        ({"shard": 1}, "unknown option.*shard"),
        ({"shared": "gateway"}, "not an address"),
        ({"reserved": {"http": "HTTP"}}, "reserved"),
        ({"descriptors": 10}, "descriptors"),
        ({"timing": {"drain": 0}}, "drain"),
    ],
)
def test_what_cannot_be_meant(change: dict[str, Any], error: str) -> None:
    with pytest.raises(InvalidInputError, match=error):
        Settings.from_params({**LEAST, **change})
