#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_release
short_description: Goes back to an earlier release of a stack
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Applies the objects of a release again and records that as a new one. What the release needs is
    in its record.
  - Secrets keep the values that they have, and claims their data. Jobs are not run again.
  - The inventory still says what it said. Change it, or the next deployment goes forward again.
extends_documentation_fragment: [landfall.platform.stack, landfall.platform.stack.act]
options:
  revision:
    description: The release; the newest earlier one that ran and was not rolled back unless set.
    type: int
attributes:
  check_mode:
    description: Predicts by a server-side dry run what would change.
    support: full
  diff_mode:
    description: Shows each object before and after; Secrets are hidden.
    support: full
"""

EXAMPLES = r"""
- name: Go back to what ran before
  landfall.platform.stack_release:
    kubeconfig: state/lab/kubeconfig
    name: guestbook
    environment: lab
"""

RETURN = r"""
namespace:
  description: Namespace of the stack.
  returned: success
  type: str
release:
  description: The release that runs now, as M(landfall.platform.stack_release_info) shows it.
  returned: success
  type: dict
changes:
  description: One line for each change.
  returned: always
  type: list
  elements: str
"""
