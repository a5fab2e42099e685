# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides from the observations of nodes whether a cluster may be removed from its hosts."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.cluster import Node, Role
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.reset import check_reset
from ansible_collections.landfall.platform.plugins.plugin_utils.observations import observations


class ActionModule(ActionBase):
    """Reads the observations that a task registered on each host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            {
                "site": {"type": "str", "required": True},
                "confirmation": {"type": "str", "default": ""},
                "control_planes": {"type": "list", "elements": "str", "required": True},
                "workers": {"type": "list", "elements": "str", "default": []},
                "selected": {"type": "list", "elements": "str", "required": True},
                "observations": {"type": "str", "required": True},
                "others": {"type": "list", "elements": "dict", "default": []},
            }
        )
        selected = set(args["selected"])
        groups = ((Role.CONTROL_PLANE, args["control_planes"]), (Role.WORKER, args["workers"]))
        nodes = [Node(name, "", role, name in selected) for role, names in groups for name in names]
        seen = observations(args, (task_vars or {})["hostvars"])
        try:
            check_reset(args["site"], args["confirmation"], nodes, seen)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from error
        return {**result, "changed": False, "hosts": [n.name for n in nodes if n.selected]}
