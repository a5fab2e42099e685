#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module heat_stack: the documentation of the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: heat_stack
short_description: Create, update, repair, adopt or delete a stack of OpenStack Heat
version_added: 0.1.0
description:
  - Compares template, parameters, environment and files with what Heat has, and changes something
    only when they
    differ or the stack has failed. A run that changes nothing costs three requests besides those
    for a token.
  - Before anything is changed, everything that the cloud lacks is reported together - flavors,
    images, networks,
    zones, key pairs and services that do not exist, quotas that are too small for the plan,
    subnets that overlap.
  - Replacing or deleting a server or a volume is refused unless O(removable) or O(replace) names
    it.
  - Deleting is refused while load balancers or ports that others made are in the stack's networks,
    which could not be deleted then. What stays is returned.
  - What a run that was killed has begun is waited for. A stack that failed is repaired by the
    next run.
  - It runs on the controller, with openstacksdk.
author:
  - Landfall contributors (@landfall)
options:
  name:
    description: Name of the stack.
    type: str
    required: true
  state:
    description: Whether the stack shall be there.
    type: str
    choices: [present, absent]
    default: present
  cloud:
    description: Name of the cloud in C(clouds.yaml); without one, the C(OS_) variables of the
      environment count.
    type: str
    default: ""
  region:
    description: Region, where it is not the one of C(clouds.yaml).
    type: str
    default: ""
  template:
    description: The template (HOT), as data or as text. Required for O(state=present).
    type: raw
  parameters:
    description: Values of the template's parameters, laid over those of O(environment).
    type: dict
    default: {}
  environment:
    description: Heat's environment.
    type: dict
    default: {}
  files:
    description: Texts that template and environment refer to, by the names that they use.
    type: dict
    default: {}
  removable:
    description: >-
      Names of servers and volumes of the stack that this run may replace or delete; the stack's
      own name stands for
      all of them, which O(state=absent) needs.
    type: list
    elements: str
    default: []
  replace:
    description: Names of resources to be made anew although nothing in the template changed, such
      as a broken server.
    type: list
    elements: str
    default: []
  members:
    description: >-
      Names of servers that are at work, such as the nodes of a cluster. When the run would delete
      them or make them anew, nothing is changed, and they are returned as RV(leaving); the call
      that comes after they were let go does not name them.
    type: list
    elements: str
    default: []
  adopt:
    description: >-
      File with the data of an abandoned stack (C(openstack stack abandon)); if there is no stack
      of the name, it takes
      over the resources of that one. The cloud must allow it.
    type: path
  stalled:
    description: Seconds without any event after which what an earlier run has begun counts as given
      up, since the engine that was at it died; it is taken up then.
    type: int
    default: 300
  timeout:
    description: Minutes that Heat may take for all, and may show no sign of life.
    type: int
    default: 60
attributes:
  check_mode:
    description: Predicts what a run would change, from Heat's preview.
    support: full
  diff_mode:
    description: >-
      Shows the difference of the templates and lists each resource that is created, updated in
      place, REPLACED or
      deleted.
    support: full
"""

EXAMPLES = r"""
- name: Have the servers
  landfall.platform.heat_stack:
    cloud: qa
    name: qa
    template: "{{ lookup('file', 'site.yaml') }}"

- name: Let go of a worker that was drained
  landfall.platform.heat_stack:
    cloud: qa
    name: qa
    template: "{{ lookup('file', 'site.yaml') }}"
    removable: [worker3]

- name: Delete everything
  landfall.platform.heat_stack:
    cloud: qa
    name: qa
    state: absent
    removable: [qa]
"""

RETURN = r"""
changes:
  description: What was (or would be) done, one line for the stack and for each resource.
  returned: always
  type: list
  elements: str
  sample: ["update stack qa", "create OS::Nova::Server worker3"]
leaving:
  description: Those of O(members) that must be let go first; if there are any, nothing was changed.
  returned: always
  type: list
  elements: str
kept:
  description: What the deleted stack has used and not made, and volumes of its servers or of claims
    that stay, a line each.
  returned: always
  type: list
  elements: str
  sample: ["network public", "volume pvc-1 (1d6e…, 5 GiB, made by the cluster qa)"]
stack:
  description: The stack's C(id) and C(state), empty if there is none.
  returned: always
  type: dict
calls:
  description: Number of requests besides those for a token and those that look at what the cloud
    has.
  returned: success
  type: int
"""
