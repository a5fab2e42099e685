# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives one node its order of the cluster's plan; who has none is not even connected to."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.config import ClusterConfig
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.credentials import read_key
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.dispatch import (
    Brief,
    Secrets,
    join_order,
    lead_order,
)
from ansible_collections.landfall.platform.plugins.plugin_utils.catalogue import (
    load_view,
)

MODULE = "landfall.platform.kubeadm_member"


class ActionModule(ActionBase):
    """The sponsor's order with step=lead, the host's own with step=join."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _, args = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            {
                "step": {"type": "str", "required": True, "choices": ["lead", "join"]},
                "plan": {"type": "dict", "required": True},
                "cluster": {"type": "dict", "required": True},
                "encryption_key": {"type": "str", "required": True, "no_log": True},
                "ca": {
                    "type": "dict",
                    "required": True,
                    "options": {
                        "certificate": {"type": "str", "required": True},
                        "key": {"type": "str", "required": True, "no_log": True},
                    },
                },
            }
        )
        try:
            order = self._order(args, str(variables["inventory_hostname"]))
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from error
        if order is None:
            return {**result, "changed": False}
        done: dict[str, Any] = self._execute_module(
            module_name=MODULE, module_args=order, task_vars=variables
        )
        return {**result, **done}

    def _order(self, args: dict[str, Any], host: str) -> dict[str, Any] | None:
        brief = Brief.from_params(args["plan"])
        if not brief.nonce:
            return None
        version = str(args["cluster"]["version"])
        images = load_view({"kubernetes": version})["images"]
        cluster = ClusterConfig.from_params({**args["cluster"], "images": images})
        ca = args["ca"]
        secrets = Secrets(ca["certificate"], ca["key"], read_key(args["encryption_key"]))
        if args["step"] == "lead":
            return lead_order(brief, cluster, secrets)
        return join_order(host, brief, cluster, secrets)
