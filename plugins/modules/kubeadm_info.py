#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See what a node is: nothing yet, half made, or a member of a cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_info
short_description: See what a node is to a Kubernetes cluster
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Reads from a node's disk and from its own API server whether it is a member of a cluster, of
    which one, in which version, and whether a run was cut off there.
  - It needs nothing on the node but Python. It waits for what an earlier run left working.
options:
  wait:
    description: Seconds that a control plane's API server has to become healthy; it may just start.
    type: int
    default: 30
  busy_timeout:
    description: Seconds that a kubeadm of an earlier run has to end.
    type: int
    default: 600
  may_be_silent:
    description: A node that cannot be reached is no error, it just has no observation.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: It changes nothing.
  diff_mode:
    support: none
    description: It changes nothing.
"""

EXAMPLES = r"""
- name: See what the node is
  landfall.platform.kubeadm_info:
  register: node
"""

RETURN = r"""
silent:
  description: Why a node that may be silent could not be reached.
  returned: when it could not
  type: str
observation:
  description: The facts of the node.
  returned: when it was reached
  type: dict
  contains:
    cluster_ca:
      description: SHA-256 of the cluster CA's certificate, empty without one.
      type: str
    ca_key:
      description: The CA's private key is there.
      type: bool
    kubelet_conf:
      description: The kubelet has credentials.
      type: bool
    admin_conf:
      description: The administrator's credentials are there.
      type: bool
    manifests:
      description: Names of the static pods.
      type: list
      elements: str
    etcd_data:
      description: etcd has written data.
      type: bool
    api:
      description: State of the local API server.
      type: str
    api_detail:
      description: Why it is not healthy.
      type: str
    api_version:
      description: Its version.
      type: str
    kubelet_version:
      description: Version of the kubelet.
      type: str
    marker:
      description: What Landfall last began or ended here.
      type: str
    cluster_id:
      description: Identity of the cluster that the node was brought into.
      type: str
    configuration:
      description: Hash of the configuration that was applied last.
      type: str
    certificates:
      description: Path and end of validity of each certificate.
      type: dict
    cgroup_version:
      description: 1 or 2.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm import marker
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observe import (
    local_probe,
    observe,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.paths import Paths


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "wait": {"type": "int", "default": 30},
            "busy_timeout": {"type": "int", "default": 600},
            "may_be_silent": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    paths = Paths()
    try:
        with marker.exclusive(paths, module.params["busy_timeout"]):
            seen = observe(paths, wait=module.params["wait"], probe=local_probe(paths))
    except LandfallError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, observation=seen.to_result())


if __name__ == "__main__":
    main()
