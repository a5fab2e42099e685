#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep a small file on the controller; see the action plugin of that name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: controller_file
short_description: Keep a small file in a cache on the controller
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - Writes a file that only its owner can read. The file is a cache, so writing it is no change.
options:
  path:
    description: The file on the controller. Its directory is made.
    type: path
    required: true
  content:
    description: The whole content.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    description: Nothing is written.
  diff_mode:
    support: none
    description: It is a cache.
"""

EXAMPLES = r"""
- name: Keep the certificate of the site's authority at hand
  landfall.platform.controller_file:
    path: state/lab/ca.crt
    content: "{{ landfall_site.ca_certificate }}"
  run_once: true
"""

RETURN = r"""
path:
  description: The file on the controller.
  returned: success
  type: str
"""
