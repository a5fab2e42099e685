#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take nodes out of a cluster that goes on without them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_removal
short_description: Take nodes out of a cluster that goes on without them
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Runs on a control plane that stays. Nodes get no new pods any more, their pods are evicted as
    far as PodDisruptionBudgets allow, their members of etcd are removed, then their Node objects.
  - A node that is not ready cannot evict its pods; they go with its Node, and come up elsewhere.
  - Refused when etcd would lose its quorum, when a volume has its data on these nodes alone, and
    when nothing would make a pod again; the last two unless O(lose) says so.
  - A run that was cut off is repeated. Nodes that the cluster does not know are left alone.
  - What is on the hosts themselves is removed by M(landfall.platform.kubeadm_reset).
options:
  names:
    description: The nodes.
    type: list
    elements: str
    required: true
  timeout:
    description: Seconds that the pods of one node have to go.
    type: int
    default: 300
  lose:
    description: What may be lost - pods that nothing makes again, the data of volumes.
    type: list
    elements: str
    choices: [pods, volumes]
    default: []
attributes:
  check_mode:
    support: full
    description: Refuses what a run would refuse, and says what would be done.
  diff_mode:
    support: full
    description: Says what is done.
"""

EXAMPLES = r"""
- name: Let two workers go
  landfall.platform.kubeadm_removal:
    names: [worker3, worker4]
  delegate_to: control1
  run_once: true
"""

RETURN = r"""
changes:
  description: What was done, a line each.
  returned: success
  type: list
  elements: str
  sample: ["cordon node worker3", "drain node worker3", "remove node worker3"]
nodes:
  description: The nodes that were named.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import run
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.api import local_api
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.paths import Paths
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.removal import (
    LOSABLE,
    plan_removal,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.remover import Remover


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "timeout": {"type": "int", "default": 300},
            "lose": {"type": "list", "elements": "str", "choices": list(LOSABLE), "default": []},
        },
        supports_check_mode=True,
    )
    params, paths = module.params, Paths()
    names, lose = params["names"], tuple(params["lose"])
    remover = Remover(paths, run, lambda: local_api(paths.admin_conf), params["timeout"], lose)
    try:
        plan = plan_removal(names, remover.look(names), lose)
        if not module.check_mode:
            remover.apply(plan)
    except (LandfallError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(plan), diff=plan.diff(), changes=plan.summary(), nodes=names)


if __name__ == "__main__":
    main()
