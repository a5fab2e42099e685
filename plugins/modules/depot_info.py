#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: depot_info
short_description: Ask the depot what it has of what a site needs
version_added: 0.1.0
description:
  - Asks for every entry at once, from the controller.
  - A depot that does not answer is no error, so that it can be asked before it exists.
author:
  - Landfall contributors (@landfall)
extends_documentation_fragment: landfall.platform.selection
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying
      target.
  diff_mode:
    support: N/A
    description: Will return details on what has changed (or possibly needs changing in check_mode),
      when in diff mode.
options:
  url:
    description: The address that the site pulls from, C(https://host:port).
    type: str
    required: true
  ca_certificate:
    description: Certificate authority of its certificate, PEM; the machine's own when empty.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: See what the depot has
  landfall.platform.depot_info:
    url: https://10.77.0.10:5000
    ca_certificate: "{{ landfall_site.ca_certificate }}"
  register: landfall_depot
"""

RETURN = r"""
depot:
  description: What the depot has of what was asked for, each from exactly its present recipe.
  type: dict
  returned: success
  contains:
    url:
      description: Its address.
      type: str
      returned: success
    reachable:
      description: Whether it answered.
      type: bool
      returned: success
    artifacts:
      description: Binary entries; name to version and files, file name to sha256, size and url.
      type: dict
      returned: success
    images:
      description: Images; name to version, reference and digest.
      type: dict
      returned: success
    missing:
      description: Keys of the entries that it does not have.
      type: list
      elements: str
      returned: success
      sample: [image/etcd@3.7.3]
"""
