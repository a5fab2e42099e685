# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a cluster from the observations of its nodes; runs on the controller alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.cluster import (
    Desired,
    Node,
    Role,
    plan,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.dispatch import Brief
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observation import (
    Kind,
    Observation,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.pem import sha256
from ansible_collections.landfall.platform.plugins.plugin_utils.observations import observations


class ActionModule(ActionBase):
    """Reads the observations that a task registered on each host."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            {
                "version": {"type": "str", "required": True},
                "ca_certificate": {"type": "str", "required": True},
                "control_planes": {"type": "list", "elements": "str", "required": True},
                "workers": {"type": "list", "elements": "str", "default": []},
                "selected": {"type": "list", "elements": "str", "required": True},
                "observations": {"type": "str", "required": True},
                "others": {"type": "list", "elements": "dict", "default": []},
            }
        )
        hostvars = (task_vars or {})["hostvars"]
        try:
            seen = observations(args, hostvars)
            nodes = _nodes(args, hostvars, seen)
            desired = Desired(nodes, args["version"], _fingerprint(args["ca_certificate"]))
            brief = Brief.of(plan(desired, seen), secrets.token_hex(16))
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from error
        return {**result, "changed": False, **brief.to_result()}


def _fingerprint(certificate: str) -> str:
    try:
        return sha256(certificate)
    except ValueError as error:
        raise InvalidInputError("not a certificate", on="ca_certificate") from error


def _nodes(
    args: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    seen: Mapping[str, Observation],
) -> tuple[Node, ...]:
    """Return the inventory's nodes; only those that may need it get their address looked up."""
    selected = set(args["selected"])
    nodes = []
    for role, names in (
        (Role.CONTROL_PLANE, args["control_planes"]),
        (Role.WORKER, args["workers"]),
    ):
        for name in names:
            settled = name not in seen or seen[name].kind is Kind.MEMBER
            wanted = role is Role.CONTROL_PLANE or not settled
            address = str(hostvars[name]["node_address"]) if wanted else ""
            nodes.append(Node(name, address, role, name in selected))
    return tuple(nodes)
