# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter nth_address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError


def nth_address(network: str, number: int) -> str:
    """Return the address that has this number in a network; its own address has number 0."""
    try:
        return str(ipaddress.ip_network(network)[number])
    except (ValueError, IndexError) as error:
        raise AnsibleFilterError(
            f"nth_address: no address {number} in {network!r}: {error}"
        ) from error


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"nth_address": nth_address}
