# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks to work on are placed as the stack's own tests do it."""

from __future__ import annotations

from tests.unit.plugins.module_utils._stack.conftest import place as place
