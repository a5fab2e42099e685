#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module heat_host_keys: the documentation of the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: heat_host_keys
short_description: Record the SSH host keys of the servers of a Heat stack
version_added: 0.1.0
description:
  - Reads the public host keys that cloud-init prints on the consoles of new servers, through Nova's
    API, and records each in its server's metadata (C(landfall_host_key)), from where
    P(landfall.platform.heat#inventory) has them on every controller.
  - A key is read once in a server's life. No key is taken from the network that SSH uses.
  - It runs on the controller, with openstacksdk.
author:
  - Landfall contributors (@landfall)
options:
  stack:
    description: Name of the stack. Nothing is done where there is none.
    type: str
    required: true
  cloud:
    description:
      - Name of the cloud in C(clouds.yaml); without one, the C(OS_) variables of the environment
        count.
    type: str
    default: ""
  region:
    description: Region, where it is not the one of C(clouds.yaml).
    type: str
    default: ""
  timeout:
    description: Seconds that new servers have to start and to print their keys.
    type: int
    default: 300
attributes:
  check_mode:
    description: Predicts whose keys would be recorded.
    support: full
  diff_mode:
    description: Shows the keys.
    support: full
"""

EXAMPLES = r"""
- name: Know the servers
  landfall.platform.heat_host_keys:
    cloud: qa
    stack: qa
"""

RETURN = r"""
changes:
  description: Whose keys were (or would be) recorded.
  returned: success
  type: list
  elements: str
  sample: ["record host key of worker3"]
"""
