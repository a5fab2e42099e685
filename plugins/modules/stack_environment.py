#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_environment
short_description: Makes or removes environments on the fly
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - A namespace with limits, and a kubeconfig that can do nothing but work in it and expires. Meant
    for CI. M(landfall.platform.stack) deploys the stack in it.
  - Its namespace says until when it is kept (annotation C(landfall.dev/expires)), as long as its
    kubeconfig is valid. O(state=swept) removes all environments whose time is over.
  - Removing one removes everything that is in it. Only what was made on the fly is removed.
options:
  kubeconfig:
    description: Path of an administrator's kubeconfig, or its content as a dictionary.
    type: raw
    required: true
  name:
    description: Name of the stack. With O(state=swept) environments of it alone; of all when empty.
    type: str
    default: ""
  environment:
    description: Name of the environment; of no meaning with O(state=swept).
    type: str
    default: ""
  namespace:
    description: The namespace; C(<name>-<environment>) unless set.
    type: str
    default: ""
  state:
    description:
      - Whether the environment shall exist.
      - With V(swept) all that have expired are removed. A namespace that does not say when it
        expires, or whose mark was set by somebody else, is none of them.
    type: str
    choices: [present, absent, swept]
    default: present
  path:
    description:
      - File on the controller for the environment's own kubeconfig; mode 0600.
      - With O(state=swept) those of removed environments (C(<name>-<environment>.kubeconfig)) are
        removed from its directory.
    type: path
    required: true
  hours:
    description:
      - For how many hours the kubeconfig is valid, and the environment is kept. The API server may
        grant the kubeconfig less.
      - It is written anew when less than half of that is left, and the environment kept longer.
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

- name: Remove all whose time is over
  landfall.platform.stack_environment:
    kubeconfig: state/lab/kubeconfig
    path: state/lab/any.kubeconfig
    state: swept
"""

RETURN = r"""
namespace:
  description: The namespace.
  returned: success, of one environment
  type: str
kubeconfig:
  description: Path of the environment's own kubeconfig.
  returned: when it shall exist
  type: str
removed:
  description:
    - The environments that had expired, each with C(stack), C(environment), C(namespace) and
      C(expires).
  returned: with O(state=swept)
  type: list
  elements: dict
kept:
  description: The other environments on the fly; C(expires) is empty where nothing says it.
  returned: with O(state=swept)
  type: list
  elements: dict
changes:
  description: One line for each change.
  returned: always
  type: list
  elements: str
"""
