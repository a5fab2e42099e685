# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of all modules that are about entries of the catalogue."""

from __future__ import annotations


class ModuleDocFragment:
    """Read by Ansible."""

    DOCUMENTATION = r"""
options:
  names:
    description:
      - Entries of the catalogue. A name that a binary and an image share means both; V(image/etcd)
        means one.
    type: list
    elements: str
    default: []
  profile:
    description:
      - Parts of a site whose entries are needed, as C(used_by) in the catalogue names them; V(site)
        is all but the lab. With neither this nor O(names) it is V(site).
    type: list
    elements: str
    default: []
  versions:
    description: Versions other than the default ones, by name in C(versions) of the catalogue.
    type: dict
    default: {}
  stacks:
    description:
      - The site's stacks, as the role C(stack) takes them. Images that they name as
        C(${catalogue.<name>}), or need for content or as proxies, are needed as well.
    type: list
    elements: dict
    default: []
  stack_directory:
    description: Directory with the descriptions of stacks.
    type: path
    default: stacks
"""
