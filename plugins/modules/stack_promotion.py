#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_promotion
short_description: Writes the digests that a stack runs into another environment's inventory
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Reads the release in the cluster of the source, and writes the images with their digests to
    C(group_vars/all/stack_promoted.yml) of the target's inventory, to be committed. The next
    deployment of the target uses them, and records them in its own cluster.
extends_documentation_fragment: [landfall.platform.stack]
options:
  revision:
    description: The release; the one that runs unless set.
    type: int
  target:
    description: Directory of the target's inventory; O(inventory) unless set.
    type: path
    default: ""
  target_environment:
    description: The target's environment, when its inventory has the stack in several.
    type: str
    default: ""
  inventory:
    description: Directory of the source's inventory.
    type: path
    required: true
attributes:
  check_mode:
    description: Says what would be written.
    support: full
  diff_mode:
    description: Shows the file before and after.
    support: full
"""

EXAMPLES = r"""
- name: What runs in test goes to prod
  landfall.platform.stack_promotion:
    kubeconfig: state/test/kubeconfig
    name: guestbook
    environment: test
    inventory: inventories/test
    target: inventories/prod
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
key:
  description: The stack, or its namespace, that the file names.
  returned: success
  type: str
promotion:
  description: C(source) (environment and revision) and C(images).
  returned: success
  type: dict
changes:
  description: One line for each change.
  returned: always
  type: list
  elements: str
"""
