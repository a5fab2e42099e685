#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_check
short_description: Check the whole inventory of a site
version_added: 0.1.0
description:
  - Reports all that is wrong with the inventory at once, with host, variable, what was expected and
    found, and a remedy; on the controller, without asking a host anything.
  - Variables are compared with the argument specs of all roles of the collection. One that begins
    with a role's name and is no option of a role is reported with the nearest spelling, unless
    other variables are made of it. A value that depends on what only a later task knows is left
    out.
author:
  - Landfall contributors (@landfall)
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying
      target.
  diff_mode:
    support: none
    description: It changes nothing.
options:
  foreign:
    description: Patterns of variables that are not Landfall's although they begin like one.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Check the inventory
  landfall.platform.site_check:
    foreign: [node_exporter_*]
  run_once: true
"""

RETURN = r"""
hosts:
  description: Number of hosts that the inventory describes for the site.
  returned: success
  type: int
"""
