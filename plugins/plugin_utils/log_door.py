# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How action plugins come to the store of the logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import Door, context_of

DOOR_SPEC: dict[str, Any] = {
    "addresses": {"type": "list", "elements": "str", "required": True},
    "port": {"type": "int", "default": 30943},
    "authority": {"type": "str", "required": True},
    "certificate": {"type": "dict", "required": True, "no_log": True},
}


def door(params: Mapping[str, Any]) -> Door:
    """Return the store that an action's options lead to.

    Raises:
        InvalidInputError: the site has no logs, or a certificate cannot be read.
    """
    own = params["certificate"]
    if not own:
        raise InvalidInputError(
            "this site keeps no logs",
            on="landfall_logging",
            expected="a dictionary in group_vars/all of the inventory; {} takes the defaults",
            found="nothing",
            remedy="set it and run playbooks/site.yml",
        )
    context = context_of(params["authority"], own["certificate"], own["key"])
    return Door(params["addresses"], params["port"], lambda: context)
