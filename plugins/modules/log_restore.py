#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: log_restore
short_description: Brings logs back from a snapshot
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Brings the records of a snapshot back into the store of the logs, beside what is there, in
    streams of their own. Searches find them. What was brought back already is left alone.
  - It asks the store through its door from the controller, with the certificate C(log-keeper).
extends_documentation_fragment: [landfall.platform.log_door]
options:
  snapshot:
    description:
      - The day of the snapshot, V(2026-11-21), or its name, V(logs-2026.11.21). Empty means the
        newest complete one.
    type: str
    default: ""
  stack:
    description: Records of this stack alone.
    type: str
    default: ""
  environment:
    description: Records of this environment alone.
    type: str
    default: ""
  timeout:
    description: Seconds to wait until everything is there.
    type: float
    default: 1800.0
attributes:
  check_mode:
    description: Says what would be brought back.
    support: full
  diff_mode:
    description: Names the streams that come.
    support: full
"""

EXAMPLES = r"""
- name: Bring back what the guestbook wrote
  landfall.platform.log_restore:
    addresses: [10.77.0.30]
    authority: "{{ landfall_site.ca_certificate }}"
    certificate: "{{ landfall_site.certificates['log-keeper'] }}"
    snapshot: "2026-11-20"
    stack: guestbook
"""

RETURN = r"""
changes:
  description: What was brought back, or would be.
  returned: success
  type: list
  elements: str
"""
