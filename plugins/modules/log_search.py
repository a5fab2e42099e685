#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: log_search
short_description: Searches in the logs of a site
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Shows records on the terminal, in the order of time, and returns them. It asks the store through
    its door from the controller, with the certificate C(log-reader); nothing else has to run.
extends_documentation_fragment: [landfall.platform.log_door]
options:
  stack:
    description: Records of this stack; C(hosts) and C(platform) are what belongs to none.
    type: str
    default: ""
  component:
    description: Records of this component of a stack.
    type: str
    default: ""
  environment:
    description: Records of this environment.
    type: str
    default: ""
  host:
    description: Records that were written on this host of the inventory.
    type: str
    default: ""
  level:
    description:
      - Records of this level or worse, of V(trace), V(debug), V(info), V(notice), V(warning),
        V(error) and V(critical). Those whose level could not be told are left out.
    type: str
    default: ""
  text:
    description:
      - Words that all occur, in any order. V("a phrase") in quotes, V(begin*), V(-without) and
        V(this|that) work, too.
    type: str
    default: ""
  since:
    description:
      - Not older than this. V(30m), V(2h), V(3d) or V(1w) ago, V(2026-11-21), V(14:30) of today or
        V(2026-11-21T14:30:00+01:00); UTC unless it says otherwise. Empty does not matter.
    type: str
    default: 1h
  until:
    description: Older than this, in the forms of O(since).
    type: str
    default: ""
  limit:
    description: The newest so many.
    type: int
    default: 100
  follow:
    description: Show afterwards what comes, until the run is interrupted.
    type: bool
    default: false
  follow_seconds:
    description: Follow no longer than this; V(0) has no end.
    type: float
    default: 0.0
  format:
    description: As a table, or one JSON object a line with everything.
    type: str
    choices: [table, json]
    default: table
attributes:
  check_mode:
    description: Nothing is ever changed.
    support: full
"""

EXAMPLES = r"""
- name: See what went wrong in the last ten minutes
  landfall.platform.log_search:
    addresses: [10.77.0.30]
    authority: "{{ landfall_site.ca_certificate }}"
    certificate: "{{ landfall_site.certificates['log-reader'] }}"
    stack: guestbook
    level: error
    since: 10m
"""

RETURN = r"""
records:
  description: What was found at once, in the order of time.
  returned: success
  type: list
  elements: dict
total:
  description: How many records there are in all.
  returned: success
  type: int
"""
