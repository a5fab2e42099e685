#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: depot_push
short_description: Bring what the depot lacks into it
version_added: 0.1.0
description:
  - Uploads from the controller's store every entry that the depot does not have from exactly its
    present recipe. Contents that it has already are not sent again.
author:
  - Landfall contributors (@landfall)
extends_documentation_fragment:
  - landfall.platform.selection
  - landfall.platform.pushing
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying
      target.
  diff_mode:
    support: full
    description: Will return details on what has changed (or possibly needs changing in check_mode),
      when in diff mode.
options:
  store:
    description: The store's folder, C($XDG_CACHE_HOME/landfall/store) by default.
    type: path
"""

EXAMPLES = r"""
- name: Publish what the depot lacks
  landfall.platform.depot_push:
    url: https://10.77.0.10:5000
    push_url: https://10.77.0.10:5001
    ca_certificate: "{{ landfall_site.ca_certificate }}"
    username: landfall
    password: "{{ landfall_site.passwords.depot }}"
    profile: [site]
  register: landfall_depot
"""

RETURN = r"""
changes:
  description: One line for each entry that was pushed, or would be.
  type: list
  elements: str
  returned: success
  sample: [push kubelet 1.37.1]
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
