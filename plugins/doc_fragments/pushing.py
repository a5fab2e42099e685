# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what is pushed goes, for the documentation of the actions that push."""

from __future__ import annotations


class ModuleDocFragment:
    """Options that the actions that push have in common (``plugin_utils/pushing.py``)."""

    DOCUMENTATION = r"""
options:
  url:
    description: The address that the site pulls from, C(https://host:port).
    type: str
    required: true
  ca_certificate:
    description: Certificate authority of its certificate, PEM; the machine's own when empty.
    type: str
    default: ""
  push_url:
    description: The address that takes what is pushed; O(url) when empty.
    type: str
    default: ""
  username:
    description: Who pushes.
    type: str
    default: ""
  password:
    description: That user's password.
    type: str
    default: ""
"""
