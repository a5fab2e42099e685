#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove a cluster from a node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_reset
short_description: Remove from a node what makes it a member of a cluster
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Stops the kubelet, removes the pods, and removes what kubeadm, the kubelet, etcd, kube-proxy and
    the network plug-in keep on the node, so that the node can join a cluster as a new one.
  - Programs, packages, images and the container runtime stay, and so does the data of persistent
    volumes, unless O(volumes) is set.
  - Whether that is allowed is decided by M(landfall.platform.kubeadm_reset_plan).
options:
  volumes:
    description: The data of persistent volumes is removed as well.
    type: bool
    default: false
  volumes_path:
    description: Folder that the data of persistent volumes is in.
    type: path
    default: /var/lib/landfall/volumes
  busy_timeout:
    description: Seconds that a kubeadm of an earlier run has to end.
    type: int
    default: 600
attributes:
  check_mode:
    support: full
    description: Says what would be removed.
  diff_mode:
    support: full
    description: Says what is removed.
"""

EXAMPLES = r"""
- name: Remove the cluster from the node
  landfall.platform.kubeadm_reset:
"""

RETURN = r"""
changes:
  description: What was removed, a line each.
  returned: success
  type: list
  elements: str
kept:
  description: Folder with the data of persistent volumes, if there is some and it was kept.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import run
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm import marker
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observe import observe
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.paths import Paths
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.reset import plan_reset
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.resetter import Resetter


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "volumes": {"type": "bool", "default": False},
            "volumes_path": {"type": "path", "default": "/var/lib/landfall/volumes"},
            "busy_timeout": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    paths, folder = Paths(), module.params["volumes_path"]
    volumes = folder if module.params["volumes"] else ""
    resetter = Resetter(paths, run, lambda: observe(paths), folder)
    try:
        with marker.exclusive(paths, module.params["busy_timeout"]):
            remains = resetter.remains()
            plan = plan_reset(remains, volumes=volumes)
            if not module.check_mode:
                resetter.apply(plan, volumes=volumes)
    except (LandfallError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=bool(plan),
        diff=plan.diff(),
        changes=plan.summary(),
        kept=folder if remains.volumes and not volumes else "",
    )


if __name__ == "__main__":
    main()
