# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The highly available site of the fail-over tests, always removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.site import Site


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Two gateways, three control planes, two workers, and the guestbook on them."""
    one = Site("inventories/lab-ha", "test-ha", "10.90.0")
    one.play("destroy")
    try:
        one.play("site")
        yield one
    finally:
        one.play("destroy")
