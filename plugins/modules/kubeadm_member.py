#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a cluster on a node, admit others through it, or let it join."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_member
short_description: Carry out an order on one node of a cluster
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - The part of M(landfall.platform.kubeadm_node) that runs on the node; use that one.
options:
  name:
    description: Name of the node.
    type: str
    required: true
  step:
    description: Make a cluster, admit other nodes, or join.
    type: str
    required: true
    choices: [initialise, admit, join]
  documents:
    description: Configuration of kubeadm, without credentials.
    type: list
    elements: dict
    default: []
  discovery:
    description: Kubeconfig that the cluster is found with, without credentials.
    type: dict
    default: {}
  cluster_id:
    description: Identity of the cluster, kept on the node.
    type: str
    default: ''
  ca_certificate:
    description: Certificate of the CA of the cluster to be made, PEM.
    type: str
    default: ''
  ca_key:
    description: Key of the CA of the cluster to be made, PEM.
    type: str
    default: ''
  configuration:
    description: Hash of the cluster's configuration, kept on the node.
    type: str
    default: ''
  candidates:
    description: The nodes that are admitted.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the node.
        type: str
        required: true
      address:
        description: Address of the node.
        type: str
        required: true
      control_plane:
        description: It joins as a control plane.
        type: bool
        required: true
  reset:
    description: Something that was cut off is removed first; for the report.
    type: bool
    default: false
  token:
    description: Bootstrap token.
    type: str
    default: ''
  certificate_key:
    description: Key that the CA is encrypted with for control planes that join.
    type: str
    default: ''
  busy_timeout:
    description: Seconds that a kubeadm of an earlier run has to end.
    type: int
    default: 600
attributes:
  check_mode:
    support: full
    description: Says what would be done.
  diff_mode:
    support: full
    description: Says what is done.
"""

EXAMPLES = r"""
- name: Admit a worker
  landfall.platform.kubeadm_member:
    name: cp1
    step: admit
    token: "{{ token }}"
    candidates: [{name: worker1, address: 10.0.0.21, control_plane: false}]
"""

RETURN = r"""
changes:
  description: What was done, a line each.
  returned: success
  type: list
  elements: str
"""

import datetime

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import run
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm import marker
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.api import local_api
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.member import Member
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observe import observe
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.order import (
    ORDER_SPEC,
    Order,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.paths import Paths


def main() -> None:
    module = AnsibleModule(argument_spec=ORDER_SPEC, supports_check_mode=True)
    order = Order.from_params(module.params)
    paths = Paths()
    try:
        if not module.check_mode:
            member = Member(
                paths=paths,
                runner=run,
                observe=lambda: observe(paths),
                api=lambda: local_api(paths.admin_conf),
                now=lambda: datetime.datetime.now(datetime.timezone.utc),
            )
            with marker.exclusive(paths, order.busy_timeout):
                order.carry_out(member)
    except (LandfallError, OSError) as error:
        module.fail_json(msg=str(error))
    plan = order.plan()
    module.exit_json(changed=bool(plan), diff=plan.diff(), changes=plan.summary())


if __name__ == "__main__":
    main()
