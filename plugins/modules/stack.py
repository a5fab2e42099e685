#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack
short_description: Brings application stacks into a Kubernetes cluster
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Computes the Kubernetes objects of stacks from their descriptions and an environment's settings,
    applies them like M(landfall.platform.kube_apply) under the owner C(stack-<namespace>), waits
    until they are ready, and sends the requests that a stack's C(checks) describe through the
    gateway.
  - All stacks are checked before the first is changed, and everything that is wrong is reported
    together. A stack that fails later does not hold up the others.
  - Secrets that the stack generates are made once and kept in the cluster. They are in no output.
  - Each deployment that changes something is recorded in the stack's namespace as a release
    (M(landfall.platform.stack_release_info)); the last ten are kept. One that does not become ready
    is reported with its cause, and where a stack's settings say C(rollback), the release before it
    is brought back. The run still fails.
  - What a stack no longer declares is removed, but for claims and the namespace. A stack that is no
    longer in O(stacks) stays as it is.
options:
  kubeconfig:
    description:
      - Path of a kubeconfig on the controller, or its content as a dictionary.
      - In check mode the file may be missing. Every object then counts as to be created.
    type: raw
    required: true
  stacks:
    description:
      - The stacks, each with C(name) (its description is C(<name>.yml) in O(directory)) or
        C(definition) (a path, or the description itself), and the settings C(environment),
        C(namespace), C(development), C(hosts), C(components), C(configs), C(secrets), C(quota),
        C(rollback) and C(cluster_objects).
    type: list
    elements: dict
    required: true
  directory:
    description: Directory with the descriptions.
    type: path
    default: stacks
  environment:
    description: The environment of stacks that name none.
    type: str
    required: true
  gateway_address:
    description: Address that the requests of checks are sent to, whatever host name they are for.
    type: str
    required: true
  gateway_ports:
    description: Port of the gateway for C(http) and for C(https).
    type: dict
    default: {http: 80, https: 443}
  ca_certificate:
    description: Authority that HTTPS is verified with, PEM; those of the system when empty.
    type: str
    default: ""
  name:
    description: Deploy this stack alone, by its name or its namespace; all when empty.
    type: str
    default: ""
  vault:
    description:
      - HashiCorp Vault, where a stack's secrets are that name a C(vault) path. C(address), C(mount)
        (C(secret) unless set), C(token), or C(role_id) and C(secret_id) with C(approle_mount),
        C(namespace), and C(ca_certificate) (a path on the controller).
    type: dict
    default: {}
  promoted:
    description:
      - What other environments have run, by stack or namespace, as
        M(landfall.platform.stack_promotion) writes it. Without an entry, a stack keeps what was
        promoted to it, until its file or settings say something else about the image.
    type: dict
    default: {}
  run_id:
    description: Id of the job that runs this, for the record.
    type: str
    default: ""
  at_once:
    description: How many stacks are deployed at the same time.
    type: int
    default: 8
  wait:
    description: Wait until every object is ready and the checks succeed.
    type: bool
    default: true
  timeout:
    description:
      - Limit of the wait for a stack's objects in seconds.
      - A job that has begun by then may take its own limit (C(activeDeadlineSeconds)). One without
        a limit that is still at work is reported as that, nothing is rolled back, and the release
        stays pending.
      - It is not waited for when that cannot help, because an image does not exist, or a container
        has crashed four times in a row, and nothing else is just starting.
    type: float
    default: 300.0
  force:
    description: Take over fields that another field manager owns and objects of another owner.
    type: bool
    default: false
attributes:
  check_mode:
    description: Predicts by a server-side dry run what would change; checks are not sent.
    support: full
  diff_mode:
    description: Shows each object before and after; Secrets are hidden.
    support: full
"""

EXAMPLES = r"""
- name: Deploy the guestbook
  landfall.platform.stack:
    kubeconfig: state/lab/kubeconfig
    environment: lab
    gateway_address: 10.77.0.20
    stacks:
      - name: guestbook
        hosts: {web: guestbook.lab.landfall.test}
        components:
          ui: {replicas: 2}
"""

RETURN = r"""
stacks:
  description: The stacks, in their order; after a failure those that were applied.
  returned: always
  type: list
  elements: dict
  contains:
    name: {description: Name of the stack., type: str, returned: success}
    environment: {description: Name of the environment., type: str, returned: success}
    namespace: {description: Namespace., type: str, returned: success}
    urls: {description: Where users find it., type: list, elements: str, returned: success}
    images: {description: Component to full image reference., type: dict, returned: success}
    changed: {description: Something was changed., type: bool, returned: success}
    revision: {description: The recorded release; none if nothing., type: int, returned: success}
changes:
  description: One line for each change, in the order of the changes.
  returned: always
  type: list
  elements: str
"""
