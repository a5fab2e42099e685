# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter log_settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Settings


def log_settings(logging: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``landfall_logging`` means, for templates."""
    try:
        settings = Settings.from_params(logging)
    except LandfallError as error:
        raise AnsibleFilterError(f"log_settings: {error}") from error
    return {**dataclasses.asdict(settings), "memory": settings.memory}


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"log_settings": log_settings}
