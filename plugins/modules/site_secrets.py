#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_secrets
short_description: Make, keep and renew the secrets of a site
version_added: 0.1.0
description:
  - Passwords, random keys, the site's own certificate authority and the certificates that it signs
    are made once and kept on the operator host, in a file that only root can read.
  - What exists is never replaced, with two exceptions. A certificate is made again when it nears
    its end, when its names, addresses or usage changed, or when the authority did; and whatever
    O(replace) names.
  - A store that is damaged is an error; it is not overwritten.
  - In check mode nothing is stored, and what is missing is made up for this run alone.
  - The result is hidden from the output; errors are not, and hold no secrets.
  - Run it once, delegated to the operator host. It needs the Python package C(cryptography) on the
    controller, which ansible-core brings along.
author:
  - Landfall contributors (@landfall)
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying
      target.
  diff_mode:
    support: partial
    description: Names what changes, never how. The output hides it with the rest of the result.
options:
  path:
    description: The store on the operator host.
    type: path
    default: /etc/landfall/site.json
  authority:
    description:
      - The site's certificate authority, with the options C(common_name) and C(validity_days).
    type: dict
    default: {}
  certificates:
    description:
      - Certificates by name, with the options C(common_name), C(names), C(addresses), C(usages)
        (C(server), C(client)), C(validity_days), and C(ca), which makes it an authority of its own
        that nothing renews.
    type: dict
    default: {}
  passwords:
    description: Passwords by name, with the options C(length) and C(alphabet).
    type: dict
    default: {}
  keys:
    description: Random keys by name, with the option C(size), in bytes. They are kept as base64.
    type: dict
    default: {}
  renew_days:
    description: A certificate is renewed when it is valid for fewer days than this.
    type: int
    default: 30
  supplied:
    description:
      - Secrets that the inventory brings along, from Ansible Vault for example, as
        C(authority.site), C(certificates), C(passwords) and C(keys), in the form that they are
        returned in.
      - A supplied value is stored when there is none yet. One that differs from the stored one is
        refused, unless O(replace) names it.
    type: dict
    default: {}
  replace:
    description:
      - Secrets to replace by the supplied ones or, if there are none, by new ones; for example
        V(passwords.depot) or V(authority.site).
    type: list
    elements: str
    default: []
  known:
    description:
      - What an earlier task of this run returned. If nothing was to be made, it is returned again
        and the operator host is not asked.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Make and read the site's secrets
  landfall.platform.site_secrets:
    certificates:
      depot:
        names: [depot.example.com]
        addresses: [10.77.0.10]
    passwords:
      depot: {length: 40}
    keys:
      kubernetes_encryption: {size: 32}
  delegate_to: operator1
  run_once: true
  register: landfall_site
"""

RETURN = r"""
ca_certificate:
  description: The certificate of the site's authority, PEM.
  returned: success
  type: str
certificates:
  description: Certificates by name, each with C(certificate) and C(key), PEM.
  returned: success
  type: dict
passwords:
  description: Passwords by name.
  returned: success
  type: dict
random_keys:
  description: Random keys by name, base64.
  returned: success
  type: dict
changes:
  description: What was made, renewed, stored or replaced; names only.
  returned: success
  type: list
  elements: str
"""
