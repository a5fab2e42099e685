#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_environment
short_description: Makes or removes an environment on the fly
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - A namespace with limits, and a kubeconfig that can do nothing but work in it and expires. Meant
    for CI. M(landfall.platform.stack) deploys the stack in it.
  - Removing it removes everything that is in it. Only what was made on the fly is removed.
options:
  kubeconfig:
    description: Path of an administrator's kubeconfig, or its content as a dictionary.
    type: raw
    required: true
  name:
    description: Name of the stack.
    type: str
    required: true
  environment:
    description: Name of the environment.
    type: str
    required: true
  namespace:
    description: The namespace; C(<name>-<environment>) unless set.
    type: str
    default: ""
  state:
    description: Whether the environment shall exist.
    type: str
    choices: [present, absent]
    default: present
  path:
    description: File on the controller for the environment's own kubeconfig; mode 0600.
    type: path
    required: true
  hours:
    description:
      - For how many hours the kubeconfig is valid. The API server may grant less.
      - It is written anew when less than half of that is left.
    type: int
    default: 8
  quota:
    description: What the environment may use at most; C(hard) of a ResourceQuota.
    type: dict
    default: {}
  limits:
    description: What a container is given at most that says nothing.
    type: dict
    default: {}
  requests:
    description: What a container is given at least that says nothing.
    type: dict
    default: {}
  wait:
    description: Wait until a removed environment is gone.
    type: bool
    default: true
  timeout:
    description: Limit of that wait in seconds.
    type: float
    default: 300.0
attributes:
  check_mode:
    description: Says what would be made or removed.
    support: full
  diff_mode:
    description: Shows the objects; the kubeconfig is hidden.
    support: full
"""

EXAMPLES = r"""
- name: An environment for one build
  landfall.platform.stack_environment:
    kubeconfig: state/lab/kubeconfig
    name: guestbook
    environment: build-117
    path: state/lab/build-117.kubeconfig
    quota: {pods: 20, requests.memory: 4Gi}
"""

RETURN = r"""
namespace:
  description: The namespace.
  returned: success
  type: str
kubeconfig:
  description: Path of the environment's own kubeconfig.
  returned: when it shall exist
  type: str
changes:
  description: One line for each change.
  returned: always
  type: list
  elements: str
"""
