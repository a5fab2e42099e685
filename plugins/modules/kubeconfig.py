#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the administrator's kubeconfig on the controller; see the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeconfig
short_description: Keep the administrator's kubeconfig in a cache on the controller
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Reads the kubeconfig on a control plane, points it to the gateway and keeps it in a file that
    only its owner can read. The file is a cache, so writing it is no change.
options:
  path:
    description: The file on the controller.
    type: path
    required: true
  endpoint:
    description: Address of the gateway.
    type: str
    required: true
  name:
    description: The site's name; cluster and context are called so.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    description: The cache is written in check mode as well, if there is a cluster.
  diff_mode:
    support: none
    description: The content is secret.
"""

EXAMPLES = r"""
- name: Keep the kubeconfig at hand
  landfall.platform.kubeconfig:
    path: state/lab/kubeconfig
    endpoint: 10.77.0.2
    name: lab
  delegate_to: cp1
  run_once: true
"""

RETURN = r"""
path:
  description: The file on the controller.
  returned: success
  type: str
"""
