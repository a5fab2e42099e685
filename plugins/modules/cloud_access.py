#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module cloud_access: the documentation of the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloud_access
short_description: Give the controllers of a cluster their access to the OpenStack that it is on
version_added: 0.1.0
description:
  - Has an application credential with the least roles that load balancers and volumes of the
    project need. It cannot make other credentials. Its secret is given, never returned or shown.
  - A credential with other roles, or one that does not take the secret, is made anew.
  - Everything that the cloud lacks is reported together - services, roles of the login, providers
    of load balancers and volume types that do not exist.
  - It runs on the controller, with openstacksdk.
author:
  - Landfall contributors (@landfall)
options:
  state:
    description:
      - Whether there shall be a credential. V(checked) only looks whether the cloud and the login
        have what is needed, with no request besides that for a token unless O(settings) names
        something.
    type: str
    choices: [checked, present, absent]
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
  name:
    description: Name of the application credential, unique for the login's user.
    type: str
    required: true
  secret:
    description: Its secret. Required for O(state=present), unless O(settings) has a credential.
    type: str
  settings:
    description: C(landfall_cloud), as the role C(cloud) describes it.
    type: dict
    default: {}
  floating_network:
    description: Name or id of the network of floating addresses; without one, load balancers have
      none.
    type: str
    default: ""
  subnet:
    description: Name or id of the servers' subnet.
    type: str
    default: ""
  subnet_range:
    description: Range of the servers' subnet.
    type: str
    default: ""
attributes:
  check_mode:
    description: Predicts whether a credential would be made.
    support: full
  diff_mode:
    description: Shows the roles; never the secret.
    support: full
"""

EXAMPLES = r"""
- name: Give the controllers their access
  landfall.platform.cloud_access:
    cloud: qa
    name: landfall-qa
    secret: "{{ landfall_site.passwords.cloud }}"
    subnet: qa
    subnet_range: 10.60.0.0/24
    floating_network: public
"""

RETURN = r"""
changes:
  description: What was (or would be) done.
  returned: success
  type: list
  elements: str
  sample: ["create application credential landfall-qa"]
access:
  description:
    - What the controllers are told, without the secret - C(auth_url), C(region), C(interface),
      C(ca_certificate), C(insecure), C(credential), C(provider), and the ids C(subnet) and
      C(floating_network). Empty unless O(state=present).
  returned: success
  type: dict
"""
