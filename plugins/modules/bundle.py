#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bundle
short_description: Have artifacts of the catalogue in the controller's store
version_added: 0.1.0
description:
  - Fetches from upstream, or builds from Go modules, Debian packages and PyPI, every binary and
    image of the catalogue that is asked for and that neither the store nor the depot has.
  - The store is content-addressed and lies in the user's cache directory. What it has is never made
    twice. What the catalogue, a Containerfile's folder or one of its inputs changed is made again.
  - Proxies, mirrors, certificate authorities, C(GOPROXY), pip's index and apt's sources are those
    of the user who runs it.
  - Images that this machine itself runs, named C(localhost/…), are put into podman as well.
  - Works on the controller; no host is contacted.
author:
  - Landfall contributors (@landfall)
extends_documentation_fragment: landfall.platform.selection
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
  source:
    description:
      - V(auto) asks briefly whether upstream answers and builds where it does not.
    type: str
    choices: [auto, upstream, build]
    default: auto
  store:
    description: The store's folder, C($XDG_CACHE_HOME/landfall/store) by default.
    type: path
  have:
    description: What the depot has, as M(landfall.platform.depot_info) returns it.
    type: dict
    default: {}
  local:
    description: Entries that the controller needs itself; taken from the depot when it has them.
    type: list
    elements: str
    default: []
  ca_certificate:
    description: Certificate authority of the depot's certificate, PEM.
    type: str
    default: ""
  keep_build_cache:
    description:
      - Keep Go's caches, which grow to 20 GB, for the next build. The environment variable
        E(LANDFALL_KEEP_BUILD_CACHE) does the same.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Have everything that the site needs
  landfall.platform.bundle:
    profile: [site]
  register: bundle
  delegate_to: localhost
"""

RETURN = r"""
changes:
  description: One line for each entry that was made, or would be.
  type: list
  elements: str
  returned: success
  sample: [build kubelet 1.37.1]
bundle:
  description: What the store has of what was asked for.
  type: dict
  returned: success
  contains:
    artifacts:
      description: Binary entries; name to version and files, file name to sha256, size, store_path.
      type: dict
      returned: success
    images:
      description: Images; name to version, reference and digest.
      type: dict
      returned: success
    store:
      description: The store's folder.
      type: str
      returned: success
    packages:
      description: Debian packages that making the rest needs and that this machine lacks.
      type: list
      elements: str
      returned: success
"""
