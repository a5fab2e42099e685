# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of keepalived's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._gateway import keepalived
from ansible_collections.landfall.platform.plugins.module_utils._gateway.model import Pair

GOLDEN = Path(__file__).parent / "golden"


def test_configuration_is_the_golden_one(pair: dict[str, Any]) -> None:
    text = keepalived.render(Pair.from_params(pair))
    assert text == (GOLDEN / "keepalived-second.conf").read_text()


def test_the_first_gateway_has_the_highest_priority(pair: dict[str, Any]) -> None:
    text = keepalived.render(Pair.from_params({**pair, "name": "gateway1"}))
    assert "priority 150" in text
    assert "unicast_src_ip 10.77.0.20\n    unicast_peer {\n        10.77.0.21\n" in text


def test_an_ipv6_address_is_a_single_one(pair: dict[str, Any]) -> None:
    text = keepalived.render(Pair.from_params({**pair, "virtual_address": "fd00::5"}))
    assert "fd00::5/128 dev eth0" in text


def test_a_pool_goes_with_the_virtual_address(pair: dict[str, Any]) -> None:
    text = keepalived.render(Pair.from_params({**pair, "pool": ["10.77.0.100-10.77.0.101"]}))
    assert text == (GOLDEN / "keepalived-pool.conf").read_text()


def test_the_only_gateway_has_the_pool_at_all_times(pair: dict[str, Any]) -> None:
    alone = {**pair, "gateways": {"gateway2": "10.77.0.21"}, "pool": ["10.77.0.100"]}
    text = keepalived.render(Pair.from_params(alone))
    assert text == (GOLDEN / "keepalived-alone.conf").read_text()
