# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter monitoring_settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._monitoring.settings import Settings


def monitoring_settings(monitoring: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``landfall_monitoring`` means, for templates."""
    try:
        found = Settings.from_params(monitoring)
    except LandfallError as error:
        raise AnsibleFilterError(f"monitoring_settings: {error}") from error
    return {one.name: _plain(getattr(found, one.name)) for one in dataclasses.fields(found)}


def _plain(value: Any) -> Any:
    """Return dictionaries and lists as Python's own; Ansible's read their values when asked."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"monitoring_settings": monitoring_settings}
