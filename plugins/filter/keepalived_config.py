# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter keepalived_config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._gateway import keepalived
from ansible_collections.landfall.platform.plugins.module_utils._gateway.model import Pair


def keepalived_config(params: Mapping[str, Any]) -> str:
    """Return the text of the configuration for a model of plain data."""
    try:
        return keepalived.render(Pair.from_params(params))
    except LandfallError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"keepalived_config": keepalived_config}
