# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings together what was found on all hosts, and reports all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import preflight
from ansible_collections.landfall.platform.plugins.module_utils._site.machine import fingerprint

SPEC: dict[str, Any] = {
    "systems": {"type": "dict", "required": True},
    "architectures": {"type": "list", "elements": "str", "required": True},
    "minimums": {"type": "dict", "default": {}},
    "ports": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "group": {"type": "str", "required": True},
            "port": {"type": "int", "required": True},
            "processes": {"type": "list", "elements": "str", "required": True},
            "external": {"type": "bool", "default": False},
        },
    },
    "max_skew": {"type": "float", "default": 2},
    "cluster_ca": {"type": "str", "default": ""},
    "ignore": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=SPEC)  # type: ignore[no-untyped-call]
        variables = task_vars or {}
        hosts, unanswered = _hosts(variables)
        if unanswered:
            names = ", ".join(unanswered)
            self._display.warning(f"Hosts that did not answer and are not checked: {names}")
        try:
            rules = preflight.Rules.from_params(params, fingerprint(params["cluster_ca"]))
            problems = preflight.check(hosts, rules)
            if problems:
                raise ProblemsError("hosts are not fit for this site", problems)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None
        return {"changed": False, "unanswered": unanswered}


def _hosts(variables: Mapping[str, Any]) -> tuple[list[preflight.Host], list[str]]:
    groups = variables["groups"]
    belongs: dict[str, set[str]] = {}
    for group, names in groups.items():
        for name in names:
            belongs.setdefault(name, set()).add(group)
    hosts, unanswered = [], []
    for name in variables["ansible_play_hosts_all"]:
        # Not templated: a result is data, and of many hosts it is a lot.
        found = variables["hostvars"].raw_get(name).get("landfall_node_info") or {}
        if "node" not in found:
            unanswered.append(str(name))
            continue
        hosts.append(
            preflight.Host(
                str(name),
                frozenset(belongs.get(name, ())),
                str(found.get("address", "")),
                found["node"],
                found["controller_before"],
                found["controller_after"],
            )
        )
    return hosts, unanswered
