# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter node_addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def node_addresses(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Return the address of each host: its node_address, else its ansible_host, else its name."""
    addresses = {}
    for host in hosts:
        variables = hostvars[host]
        address = variables.get("node_address") or variables.get("ansible_host") or host
        addresses[str(host)] = str(address)
    return addresses


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"node_addresses": node_addresses}
