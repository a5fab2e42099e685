#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cloud_leftovers: the documentation of the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloud_leftovers
short_description: Delete what the controllers of a cluster had OpenStack make
version_added: 0.1.0
description:
  - Finds load balancers, floating addresses and volumes of a cluster by what its controllers write
    into their descriptions and metadata. The cluster is not asked, it may be dead.
  - Load balancers must go before the stack whose subnet they use, volumes after the servers that
    they are attached to.
  - Nothing is deleted unless O(removable) names the cluster.
  - It runs on the controller, with openstacksdk.
author:
  - Landfall contributors (@landfall)
options:
  kind:
    description: What is deleted; V(balancers) with their floating addresses.
    type: str
    choices: [balancers, volumes]
    required: true
  cloud:
    description: Name of the cloud in C(clouds.yaml); without one, the C(OS_) variables of the
      environment count.
    type: str
    default: ""
  region:
    description: Region, where it is not the one of C(clouds.yaml).
    type: str
    default: ""
  cluster:
    description: Name of the cluster, as its controllers know it.
    type: str
    required: true
  retain:
    description: Keep volumes, and list them.
    type: bool
    default: false
  removable:
    description: Names of clusters of which this run may delete something.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait until all of it is gone.
    type: int
    default: 300
attributes:
  check_mode:
    description: Predicts what would be deleted.
    support: full
  diff_mode:
    description: Shows of which Service or claim each thing is.
    support: full
"""

EXAMPLES = r"""
- name: Delete load balancers of Services
  landfall.platform.cloud_leftovers:
    cloud: qa
    kind: balancers
    cluster: qa
    removable: [qa]
"""

RETURN = r"""
changes:
  description: What was (or would be) deleted.
  returned: always
  type: list
  elements: str
  sample: ["delete floating address 192.0.2.7", "delete load balancer kube_service_qa_default_web"]
kept:
  description: What stays of it, and why.
  returned: always
  type: list
  elements: str
  sample: ["volume pvc-1 (10 GiB) of claim default/data"]
"""
