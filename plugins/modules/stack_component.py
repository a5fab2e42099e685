#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_component
short_description: Scales a component of a stack, replaces its pods, or runs it as a job
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - V(scaled) sets a number of replicas, which is recorded with the release. Later deployments keep
    it until the inventory says another number than it did then.
  - V(refreshed) replaces pods one by one, each ready before the next goes, for what their
    configuration does not show, such as new content. Later deployments neither undo nor repeat it.
  - V(run) runs a job once more, or a scheduled one now, and waits for its end.
extends_documentation_fragment: [landfall.platform.stack, landfall.platform.stack.act]
options:
  component:
    description: The component; for V(refreshed) any number of them, all when none is named.
    type: list
    elements: str
    default: []
  state:
    description: What is to be done.
    type: str
    choices: [scaled, refreshed, run]
    required: true
  replicas:
    description: The number of replicas, or V(declared) for what the inventory says.
    type: str
    default: ""
attributes:
  check_mode:
    description: Says what would be done.
    support: full
  diff_mode:
    description: Shows the number of replicas before and after.
    support: full
"""

EXAMPLES = r"""
- name: Four pods for the evening
  landfall.platform.stack_component:
    kubeconfig: state/lab/kubeconfig
    name: guestbook
    environment: lab
    component: ui
    state: scaled
    replicas: "4"
"""

RETURN = r"""
namespace:
  description: Namespace of the stack.
  returned: success
  type: str
changes:
  description: One line for each change.
  returned: always
  type: list
  elements: str
"""
