# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the actions that push bring things (fragment ``pushing``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import Access

PUSHING: dict[str, Any] = {
    "url": {"type": "str", "required": True},
    "push_url": {"type": "str", "default": ""},
    "ca_certificate": {"type": "str", "default": ""},
    "username": {"type": "str", "default": ""},
    "password": {"type": "str", "default": "", "no_log": True},
}


def pushing(params: Mapping[str, Any], ca: str) -> Access:
    """Return how the depot takes what is pushed; ``ca`` is the path of its authority's file."""
    url = params["push_url"] or params["url"]
    return Access(url, ca, params["username"], params["password"])
