#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_check
short_description: Check all hosts before any of them is changed
version_added: 0.1.0
description:
  - Compares what M(landfall.platform.node_info) found on the hosts of the play with what they must
    be, and reports all that is wrong on all of them at once.
  - Its results must be registered as C(landfall_node_info). Hosts that did not answer are named in
    a warning.
  - Run it once; it works on the controller alone.
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
  systems:
    description: Supported versions by operating system.
    type: dict
    required: true
  architectures:
    description: Supported architectures.
    type: list
    elements: str
    required: true
  minimums:
    description: By group, the least C(memory) and C(free) space in MiB and number of C(cpus).
    type: dict
    default: {}
  ports:
    description: TCP ports that must be free or occupied by processes of the site.
    type: list
    elements: dict
    default: []
    suboptions:
      group: {description: Whose hosts need it., type: str, required: true}
      port: {description: The port., type: int, required: true}
      processes:
        description: Names of processes that may have it.
        type: list
        elements: str
        required: true
      external:
        description: A process that listens on the loopback address only is in nobody's way.
        type: bool
        default: false
  max_skew:
    description: Seconds that the clocks of two hosts may differ.
    type: float
    default: 2
  cluster_ca:
    description: PEM certificate of the site's Kubernetes authority; hosts with another are refused.
    type: str
    default: ""
  ignore:
    description: Checks that are left out.
    type: list
    elements: str
    choices: [system, software, kernel, size, swap, address, ports, identity, clock, traces]
    default: []
"""

EXAMPLES = r"""
- name: Check all hosts
  landfall.platform.preflight_check:
    systems: {debian: ["12", "13"]}
    architectures: [x86_64]
    minimums:
      workers: {memory: 2000, cpus: 1}
  run_once: true
"""

RETURN = r"""
unanswered:
  description: Hosts of the play that were not looked at.
  returned: success
  type: list
  elements: str
"""
