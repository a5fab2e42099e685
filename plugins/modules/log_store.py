#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: log_store
short_description: Tells the store of the logs what logs are
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Brings the template of all streams, the store's settings and the repository of snapshots to what
    they shall be, through the store's door, from the controller. What is so already is left alone.
  - In check mode, a store that does not answer counts as one that is still to be made.
extends_documentation_fragment: [landfall.platform.log_door]
options:
  logging:
    description: The variable C(landfall_logging).
    type: dict
    required: true
  timeout:
    description: Seconds to wait for the store.
    type: float
    default: 60.0
attributes:
  check_mode:
    description: Predicts what would be changed, from what the store has.
    support: full
  diff_mode:
    description: Shows what changes.
    support: full
"""

EXAMPLES = r"""
- name: Tell the store what logs are
  landfall.platform.log_store:
    addresses: [10.77.0.30]
    authority: "{{ landfall_site.ca_certificate }}"
    certificate: "{{ landfall_site.certificates['log-keeper'] }}"
    logging: {retention: {days: 30}}
"""

RETURN = r"""
changes:
  description: What was changed, or would be.
  returned: success
  type: list
  elements: str
"""
