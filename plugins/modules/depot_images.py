#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: depot_images
short_description: Bring images of your own into the depot
version_added: 0.1.0
description:
  - Copies images that the catalogue does not have into the depot, which every node pulls from. They
    come from wherever skopeo can read on the controller, for example the storage that podman builds
    into, an archive, or another registry with the logins of the user who runs Ansible.
  - What the depot has already is left alone. Another image under the same name is refused,
    since nodes keep what they have pulled; nothing is copied then.
requirements: [skopeo on the controller]
author:
  - Landfall contributors (@landfall)
extends_documentation_fragment: landfall.platform.pushing
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
  images:
    description: The images.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: As stacks call it, C(registry/repository:tag). The depot has it under its
          repository, without the registry.
        type: str
        required: true
      source:
        description: Where it is, as skopeo's transports say it, for example
          C(containers-storage:localhost/shop:1.2.0), C(docker-archive:/tmp/shop.tar),
          C(docker://registry.example.org/shop:1.2.0).
        type: str
        required: true
      replace:
        description: Another image under this name is replaced.
        type: bool
        default: false
"""

EXAMPLES = r"""
- name: Bring the shop into the depot
  landfall.platform.depot_images:
    url: https://10.77.0.10:5000
    push_url: https://10.77.0.10:5001
    ca_certificate: "{{ landfall_site.ca_certificate }}"
    username: landfall
    password: "{{ landfall_site.passwords.depot }}"
    images:
      - name: registry.example.org/shop:1.2.0
        source: containers-storage:localhost/shop:1.2.0
"""

RETURN = r"""
changes:
  description: One line for each image that was copied, or would be.
  type: list
  elements: str
  returned: success
  sample: ["push image registry.example.org/shop:1.2.0"]
"""
