#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_lock
short_description: Let one run at a time work on a site
version_added: 0.1.0
description:
  - Takes, renews or gives back the lock of a site. Its record lies on the operator host.
  - A run that finds the lock held fails and says by whom, since when, for what, and how to break
    it.
  - A lock that has expired is taken over. So is one whose run was started on the same controller
    and has ended; the process of C(ansible-playbook) is what counts. Other controllers, and other
    containers on the same one, cannot see that and wait for the expiry.
  - Holding a lock is no change of the site, so this is never C(changed).
  - In check mode nothing is written, and a lock that is held is only warned about.
author:
  - Landfall contributors (@landfall)
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return changed status prediction without modifying
      target.
  diff_mode:
    support: none
    description: There is nothing to show.
options:
  state:
    description:
      - V(held) takes the lock, or renews it if this run has it.
      - V(released) gives it back; it is no error if this run has none.
    type: str
    choices: [held, released]
    default: held
  path:
    description: The file of the lock on the operator host.
    type: path
    default: /var/lib/landfall/lock.json
  purpose:
    description: What this run does; the playbook's name if not given.
    type: str
  lifetime:
    description: Minutes until the lock expires if it is not renewed.
    type: int
    default: 60
  break_run:
    description: The id of a run, as the error shows it, whose lock is to be taken over.
    type: str
    default: ""
  holder:
    description: Which run this is; the action plugin finds it out.
    type: dict
"""

EXAMPLES = r"""
- name: Take the site's lock
  landfall.platform.site_lock:
  delegate_to: operator1
  run_once: true

- name: Give it back
  landfall.platform.site_lock:
    state: released
  delegate_to: operator1
  run_once: true
"""

RETURN = r"""
lock:
  description: The lock.
  returned: always
  type: dict
  contains:
    verdict:
      description: What happened.
      type: str
      choices: [acquired, renewed, taken_over, held, released, free]
      returned: always
    run_id:
      description: Which run holds it now; empty if none does.
      type: str
      returned: always
    record:
      description: Who holds it, for what, since when and until when; empty if nobody does.
      type: dict
      returned: always
    previous:
      description: Whose lock was taken over or given back; empty if nobody's.
      type: dict
      returned: always
"""

from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._site.lock import Holder, Request
from ansible_collections.landfall.platform.plugins.module_utils._site.locking import exchange


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"choices": ["held", "released"], "default": "held"},
            "path": {"type": "path", "default": "/var/lib/landfall/lock.json"},
            "purpose": {"type": "str"},
            "lifetime": {"type": "int", "default": 60},
            "break_run": {"type": "str", "default": ""},
            "holder": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    params = module.params
    request = Request(
        Holder.from_params(params["holder"] or {}),
        params["purpose"] or "",
        params["lifetime"] * 60.0,
        params["break_run"],
    )
    try:
        decision = exchange(
            params["path"], request, params["state"] == "held", write=not module.check_mode
        )
    except (LandfallError, OSError) as error:
        module.fail_json(msg=str(error))
    record, previous = decision.record, decision.previous
    module.exit_json(
        changed=False,
        lock={
            "verdict": decision.verdict,
            "run_id": record.holder.run_id if record else "",
            "record": asdict(record) if record else {},
            "previous": asdict(previous) if previous else {},
        },
    )


if __name__ == "__main__":
    main()
