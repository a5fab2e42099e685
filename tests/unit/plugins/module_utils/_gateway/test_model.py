# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that cannot be meant is refused before it becomes text."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._gateway.model import (
    Gateway,
    Pair,
)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"addresses": ["gateway"]}, "not an address"),
        ({"network": "10.77.0.5/24"}, "not a network"),
        ({"network": None}, "not a network"),
        ({"api_port": 70000}, "api_port"),
        ({"api_port": "many"}, "api_port"),
        ({"http_port": True}, "http_port"),
        ({"descriptors": 100}, "descriptors"),
        ({"threads": -1}, "threads"),
        ({"timing": {"fall": 0}}, "fall"),
        ({"timing": {"speed": 1}}, "speed"),
        ({"ca_file": "/etc/x y"}, "ca_file"),
        ({"control_planes": {"a b": "10.0.0.1"}}, "a host's name"),
        ({"ingres": {}}, "ingres"),
    ],
)
def test_gateway(single: dict[str, Any], change: dict[str, Any], error: str) -> None:
    with pytest.raises(InvalidInputError, match=error):
        Gateway.from_params({**single, **change})


def test_gateway_with_an_option_missing(single: dict[str, Any]) -> None:
    del single["ca_file"]
    with pytest.raises(InvalidInputError, match=r"missing option.*ca_file"):
        Gateway.from_params(single)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "gateway3"}, "not one of two"),
        ({"gateways": {"gateway2": "10.77.0.21"}}, "not one of two"),
        ({"interface": ""}, "gateway_interface"),
        ({"router_id": 256}, "gateway_router_id"),
        ({"virtual_address": ""}, "not an address"),
    ],
)
def test_pair(pair: dict[str, Any], change: dict[str, Any], error: str) -> None:
    with pytest.raises(InvalidInputError, match=error):
        Pair.from_params({**pair, **change})


def test_a_password_is_not_shown(pair: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Pair.from_params({**pair, "password": "much too long"})
    assert "much too long" not in str(caught.value)


def test_pair_with_an_option_missing(pair: dict[str, Any]) -> None:
    del pair["router_id"]
    with pytest.raises(InvalidInputError, match=r"missing option.*router_id"):
        Pair.from_params(pair)
