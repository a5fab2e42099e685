# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of modules that plan with the observations of all nodes."""

from __future__ import annotations


class ModuleDocFragment:
    """Read by Ansible."""

    DOCUMENTATION = r"""
options:
  control_planes:
    description: All control planes of the inventory.
    type: list
    elements: str
    required: true
  workers:
    description: All workers of the inventory.
    type: list
    elements: str
    default: []
  selected:
    description: The hosts that take part in this run.
    type: list
    elements: str
    required: true
  observations:
    description: Name of the variable that the observation was registered in on each host.
    type: str
    required: true
  others:
    description: Results of a loop that observed control planes that take no part in this run.
    type: list
    elements: dict
    default: []
"""
