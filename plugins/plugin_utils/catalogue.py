# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's catalogue for action plugins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ansible_collections.landfall.platform.plugins.module_utils._bundle import catalogue

ROOT = Path(__file__).resolve().parents[2]


def load_view(versions: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the catalogue's images and versions.

    Args:
        versions: versions other than the default ones, by name.

    Raises:
        InvalidInputError: the catalogue does not have one of them.
    """
    return catalogue.template_view(catalogue.load(ROOT / "catalogue"), versions)
