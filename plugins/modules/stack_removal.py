#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_removal
short_description: Removes a stack from the cluster
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Claims stay unless O(claims) is set, with the Secrets that may be needed to read what is in
    them, the namespace and the record of releases.
  - A stack that is still in C(stack_list) comes back with the next deployment.
extends_documentation_fragment: [landfall.platform.stack, landfall.platform.stack.act]
options:
  claims:
    description: Remove also claims, Secrets, releases and the namespace.
    type: bool
    default: false
attributes:
  check_mode:
    description: Says what would be removed and what is kept.
    support: full
  diff_mode:
    description: Shows what is removed.
    support: full
"""

EXAMPLES = r"""
- name: Remove the guestbook, keep its entries
  landfall.platform.stack_removal:
    kubeconfig: state/lab/kubeconfig
    name: guestbook
    environment: lab
"""

RETURN = r"""
namespace:
  description: Namespace of the stack.
  returned: success
  type: str
kept:
  description: What is kept, and why.
  returned: success
  type: list
  elements: str
changes:
  description: One line for each change.
  returned: always
  type: list
  elements: str
"""
