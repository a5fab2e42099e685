# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter heat_hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._heat.hosts import planned
from ansible_collections.landfall.platform.plugins.module_utils._heat.parse import read


def heat_hosts(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the hosts that variables of the inventory describe."""
    try:
        return [
            {"name": host.name, "groups": list(host.groups), "address": host.address}
            for host in planned(read(params))
        ]
    except LandfallError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"heat_hosts": heat_hosts}
