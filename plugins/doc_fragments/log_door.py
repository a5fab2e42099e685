# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of everything that asks the store of the logs."""

from __future__ import annotations


class ModuleDocFragment:
    """How the store is reached, and who asks."""

    DOCUMENTATION = r"""
options:
  addresses:
    description: Hosts that lead to the store's door; the first that answers is taken.
    type: list
    elements: str
    required: true
  port:
    description: Port of the door on them.
    type: int
    default: 30943
  authority:
    description: The authority of the door's certificate, PEM.
    type: str
    required: true
  certificate:
    description:
      - Who asks. C(certificate) and C(key), PEM; its common name says what is allowed.
      - Empty where the site keeps no logs, which is an error.
    type: dict
    required: true
"""
