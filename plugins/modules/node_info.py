#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_info
short_description: Look at a machine before it is changed
version_added: 0.1.0
description:
  - Returns in one call what the role C(preflight) checks, and what other roles need to know of a
    host, such as the interface that carries its address.
  - An action plugin adds the controller's time before and after, to compare clocks.
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
  address:
    description: The host's own address in the site's network.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Look at the host
  landfall.platform.node_info:
    address: 10.77.0.30
  register: landfall_node_info
"""

RETURN = r"""
node:
  description: The machine. Sizes are in MiB.
  returned: always
  type: dict
  contains:
    system: {description: Id of the operating system., type: str, returned: always}
    system_version: {description: Its version., type: str, returned: always}
    architecture: {description: Of the kernel., type: str, returned: always}
    kernel: {description: Release of the kernel., type: str, returned: always}
    python: {description: Version of the interpreter., type: str, returned: always}
    hostname: {description: Its name., type: str, returned: always}
    machine_id: {description: Content of C(/etc/machine-id)., type: str, returned: always}
    systemd: {description: Whether systemd runs., type: bool, returned: always}
    cgroup: {description: Version of control groups., type: int, returned: always}
    cpus: {description: Number of processors., type: int, returned: always}
    memory: {description: Size of the memory., type: int, returned: always}
    swap: {description: Size of the swap., type: int, returned: always}
    free: {description: Free space by directory., type: dict, returned: always}
    addresses: {description: Addresses by interface., type: dict, returned: always}
    interface:
      description: The interface that carries O(address); empty if none does.
      type: str
      returned: always
    listening:
      description: Listening TCP sockets, each with C(port), C(address) and C(process).
      type: list
      elements: dict
      returned: always
    missing_modules:
      description: Kernel modules that are needed and certainly missing.
      type: list
      elements: str
      returned: always
    cluster_traces: {description: Files of a cluster., type: list, elements: str, returned: always}
    foreign_traces:
      description: Files of other container runtimes and clusters.
      type: list
      elements: str
      returned: always
    cluster_ca:
      description: SHA-256 digest of the cluster's authority; empty without one.
      type: str
      returned: always
    epoch: {description: The machine's time., type: float, returned: always}
controller_before:
  description: The controller's time before it asked.
  returned: always
  type: float
controller_after:
  description: The controller's time after it had the answer.
  returned: always
  type: float
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._site.machine import Machine


def main() -> None:
    module = AnsibleModule(
        argument_spec={"address": {"type": "str", "required": True}}, supports_check_mode=True
    )
    try:
        node = Machine().describe(module.params["address"])
    except (LandfallError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, node=node)


if __name__ == "__main__":
    main()
