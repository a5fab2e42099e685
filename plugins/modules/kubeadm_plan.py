#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a cluster from the observations of its nodes; see the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_plan
short_description: Decide who makes a cluster, who joins it and what is refused
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Runs on the controller, once, and reads what M(landfall.platform.kubeadm_info) returned.
  - Where a control plane serves the API, all selected nodes that are not in the cluster join it.
    Where none does, a cluster is made only if every control plane answered and no node has a trace
    of an earlier one; anything else is refused with what to do.
  - A node that cannot be brought in gets a problem in its step and costs only itself.
options:
  version:
    description: Version of Kubernetes that the site shall have.
    type: str
    required: true
  ca_certificate:
    description: Certificate of the CA that the site keeps for its cluster, PEM.
    type: str
    required: true
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
- name: Plan the cluster
  landfall.platform.kubeadm_plan:
    version: 1.37.1
    ca_certificate: "{{ ca.certificate }}"
    control_planes: "{{ groups.control_planes }}"
    workers: "{{ groups.workers }}"
    selected: "{{ ansible_play_hosts }}"
    observations: node_observation
  run_once: true
  register: plan
"""

RETURN = r"""
sponsor:
  description: The control plane that makes the cluster, or that admits nodes.
  returned: success
  type: str
sponsor_address:
  description: Its address.
  returned: success
  type: str
cluster_id:
  description: Identity of the cluster, also of the one to be made.
  returned: success
  type: str
nonce:
  description: Drawn for this run's credentials, not secret; empty when no node is acted on.
  returned: success
  type: str
steps:
  description: Node to step, for the nodes that something is done to or is wrong with.
  returned: success
  type: dict
"""
