#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_release_info
short_description: Shows the releases of a stack
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Each roll-out of a stack is recorded in its namespace. The last ten are kept, and the one that
    runs.
extends_documentation_fragment: [landfall.platform.stack]
attributes:
  check_mode:
    description: Nothing is ever changed.
    support: full
"""

EXAMPLES = r"""
- name: See what ran
  landfall.platform.stack_release_info:
    kubeconfig: state/lab/kubeconfig
    name: guestbook
    environment: lab
"""

RETURN = r"""
namespace:
  description: Namespace of the stack.
  returned: success
  type: str
releases:
  description: The releases, the newest first.
  returned: success
  type: list
  elements: dict
  contains:
    revision: {description: Counts from 1., type: int, returned: success}
    status:
      description: V(pending), V(deployed), V(failed), V(superseded), V(rolled-back) or V(removed).
      type: str
      returned: success
    at: {description: When it began in UTC., type: str, returned: success}
    by: {description: User and host of the controller., type: str, returned: success}
    run: {description: Id of the job., type: str, returned: success}
    hash: {description: Tells two configurations apart., type: str, returned: success}
    cause: {description: Why it failed or was rolled back., type: str, returned: success}
    ran: {description: It was ready once., type: bool, returned: success}
    source: {description: Where its images were promoted from., type: str, returned: success}
    images:
      description: Component, or component/container, to the image with the digest that ran.
      type: dict
      returned: success
    scaled: {description: Replicas that were set by hand., type: dict, returned: success}
table:
  description: The same as lines of text.
  returned: success
  type: list
  elements: str
"""
