#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether a cluster may be reset; see the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_reset_plan
short_description: Decide whether a cluster may be removed from hosts
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Runs on the controller, once, and reads what M(landfall.platform.kubeadm_info) returned.
  - Refuses without the right confirmation, and when only a part of a working cluster is selected
    and the control planes that stay would have no quorum.
options:
  site:
    description: The site's name.
    type: str
    required: true
  confirmation:
    description: Must be the site's name.
    type: str
    default: ''
extends_documentation_fragment: landfall.platform.observed_nodes
attributes:
  check_mode:
    support: full
    description: It changes nothing.
  diff_mode:
    support: none
    description: It changes nothing.
"""

EXAMPLES = r"""
- name: Decide whether the cluster may be removed
  landfall.platform.kubeadm_reset_plan:
    site: lab
    confirmation: "{{ reset_confirm }}"
    control_planes: "{{ groups.control_planes }}"
    workers: "{{ groups.workers }}"
    selected: "{{ ansible_play_hosts_all }}"
    observations: node_observation
  run_once: true
"""

RETURN = r"""
hosts:
  description: The nodes that are reset.
  returned: success
  type: list
  elements: str
"""
