# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses a pool consists of."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._gateway.pool import (
    pool_addresses,
)


@pytest.mark.parametrize(
    ("items", "addresses"),
    [
        ([], ()),
        (["192.0.2.7"], ("192.0.2.7",)),
        (["192.0.2.9 - 192.0.2.11"], ("192.0.2.9", "192.0.2.10", "192.0.2.11")),
        (["192.0.2.8/31", "192.0.2.9-192.0.2.10"], ("192.0.2.8", "192.0.2.9", "192.0.2.10")),
        (["fd00::1-fd00::2"], ("fd00::1", "fd00::2")),
    ],
)
def test_addresses(items: list[str], addresses: tuple[str, ...]) -> None:
    assert pool_addresses(items) == addresses


@pytest.mark.parametrize(
    "item",
    ["gateway", "192.0.2.9-192.0.2.8", "192.0.2.9-fd00::1", "192.0.2.9/24", ""],
)
def test_what_is_no_address(item: str) -> None:
    with pytest.raises(InvalidInputError, match="gateway_pool"):
        pool_addresses([item])


def test_a_whole_network_by_mistake() -> None:
    with pytest.raises(InvalidInputError, match="at most 256"):
        pool_addresses(["10.0.0.0/8"])
