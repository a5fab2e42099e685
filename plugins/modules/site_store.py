#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_store
short_description: Read and replace a small secret file of the operator host
version_added: 0.1.0
description:
  - Reads a file, or replaces it if it still is what was read before.
  - The action M(landfall.platform.site_secrets) uses it to keep the site's secrets; there is
    rarely a reason to call it from a playbook.
author:
  - Landfall contributors (@landfall)
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying
      target.
  diff_mode:
    support: none
    description: The content is secret and never shown.
options:
  path:
    description: The file. A directory that does not exist is made with mode C(0700).
    type: path
    default: /etc/landfall/site.json
  state:
    description:
      - V(read) returns the content.
      - V(written) replaces it, with mode C(0600), atomically.
    type: str
    choices: [read, written]
    default: read
  content:
    description: The new content. Required with O(state=written).
    type: str
  version:
    description: The RV(store.version) that was read before; empty if there was no file.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Read the site's store
  landfall.platform.site_store:
  register: result
  no_log: true
"""

RETURN = r"""
store:
  description: The file.
  returned: always
  type: dict
  contains:
    content:
      description: Its content; only with O(state=read).
      type: str
      returned: read
    version:
      description: What identifies this content; empty if there is no file.
      type: str
      returned: always
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._site.store import (
    SharedFile,
    version_of,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": "/etc/landfall/site.json"},
            "state": {"choices": ["read", "written"], "default": "read"},
            "content": {"type": "str", "no_log": True},
            "version": {"type": "str", "default": ""},
        },
        required_if=[("state", "written", ["content"])],
        supports_check_mode=True,
    )
    store = SharedFile(module.params["path"])
    try:
        if module.params["state"] == "read":
            text = store.read()
            module.exit_json(changed=False, store={"content": text, "version": version_of(text)})
        content = module.params["content"]
        version = version_of(content)
        if not module.check_mode:
            store.write(content, module.params["version"])
        module.exit_json(changed=version != module.params["version"], store={"version": version})
    except (LandfallError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
