#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module lab_hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: lab_hosts
short_description: Make or remove the hosts of a lab
version_added: 0.1.0
description:
  - A lab is a network with hosts on this machine that behave like servers of a data centre. Each is
    a container that runs systemd and is reached by SSH as the user V(landfall) with sudo.
  - Everything carries the lab's name and label; nothing else on the machine is touched, except that
    the kernel's limit of inotify instances is raised when it is too low for several kubelets.
author:
  - Landfall contributors (@landfall)
options:
  name:
    description: Name of the lab.
    type: str
    required: true
  network:
    description: The range of the lab's network as a CIDR, used by nothing else on this machine.
    type: str
    required: true
  hosts:
    description: Host names and their IPv4 addresses in the lab's network.
    type: dict
    required: true
  suites:
    description: >-
      Host names and the code names of the Debian releases that they run, V(trixie) or V(bookworm);
      V(trixie) for a host that is not named.
    type: dict
    default: {}
  images:
    description: Container image of each Debian release by its code name, as podman knows it.
    type: dict
  state:
    description: Whether the lab's hosts shall run or be gone.
    type: str
    choices: [present, absent]
    default: present
  cache:
    description: >-
      Directory for the SSH key that opens the hosts (C(id_ed25519)) and their host keys
      (C(known_hosts)). It is a cache and does not count as a change; O(state=absent) empties it.
    type: path
  timeout:
    description: Seconds in which SSH must answer on every host.
    type: int
    default: 60
attributes:
  check_mode:
    description: Predicts what a run would change.
    support: full
  diff_mode:
    description: Lists what is made or removed.
    support: full
"""

EXAMPLES = r"""
- name: Start two hosts
  landfall.platform.lab_hosts:
    name: try
    network: 10.99.0.0/24
    hosts: {one: 10.99.0.11, two: 10.99.0.12}
    suites: {two: bookworm}
    images:
      trixie: localhost/landfall-lab-node:trixie
      bookworm: localhost/landfall-lab-node:bookworm
    cache: state/try
"""

RETURN = r"""
changes:
  description: What was made or removed, one line each.
  returned: always
  type: list
  elements: str
  sample: ["create host one"]
"""

import contextlib
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.private import write_private
from ansible_collections.landfall.platform.plugins.module_utils._lab.model import Lab
from ansible_collections.landfall.platform.plugins.module_utils._lab.plan import (
    plan_absent,
    plan_present,
)
from ansible_collections.landfall.platform.plugins.module_utils._lab.podman import Podman

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "network": {"type": "str", "required": True},
    "hosts": {"type": "dict", "required": True},
    "suites": {"type": "dict", "default": {}},
    "images": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "cache": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
}


CACHED = ("id_ed25519", "known_hosts", "kubeconfig", "ca.crt")
"""What runs keep in the cache; it is of no use once the hosts are gone."""


def forget(cache: Path) -> None:
    for name in CACHED:
        (cache / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        cache.rmdir()


def make(module: AnsibleModule) -> None:
    lab = Lab.from_params(module.params)
    podman = Podman(lab)
    present = module.params["state"] == "present"
    plan = (plan_present if present else plan_absent)(lab, podman.observe())
    if not module.check_mode:
        podman.apply(plan)
        if present:
            podman.wait(module.params["timeout"])
    if present and module.params["cache"] and not (module.check_mode and plan):
        key, known_hosts = podman.access()
        write_private(Path(module.params["cache"]) / "id_ed25519", key)
        write_private(Path(module.params["cache"]) / "known_hosts", known_hosts)
    if not present and module.params["cache"] and not module.check_mode:
        forget(Path(module.params["cache"]))
    module.exit_json(changed=bool(plan), changes=plan.summary(), diff=plan.diff())


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        make(module)
    except LandfallError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
