# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the modules for stacks in a cluster share."""

from __future__ import annotations


class ModuleDocFragment:
    """Which stack, and how to act on it."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description: Path of a kubeconfig on the controller, or its content as a dictionary.
    type: raw
    required: true
  name:
    description:
      - Name of the stack; or its namespace, where only one of its environments is meant.
      - The cluster is asked which stacks it has. The stack's file and settings are not read.
    type: str
    required: true
  environment:
    description: Environment of the stack.
    type: str
    required: true
  site:
    description:
      - Name of the site. When O(environment) is the same, a stack that the cluster has only once is
        found in whatever environment it is.
    type: str
    default: ""
"""

    ACT = r"""
options:
  run_id:
    description: Id of the job that runs this, for the record.
    type: str
    default: ""
  wait:
    description: Wait until everything is ready.
    type: bool
    default: true
  timeout:
    description:
      - Limit of the wait in seconds.
      - It is not waited for when that cannot help, because an image does not exist, or a container
        has crashed four times in a row.
    type: float
    default: 300.0
"""
