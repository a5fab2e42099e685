# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the cloud from the controller; the decisions are in module_utils/_cloud."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from openstack.connection import Connection

from ansible_collections.landfall.platform.plugins.module_utils._cloud import offers
from ansible_collections.landfall.platform.plugins.module_utils._cloud.credential import (
    Wanted,
    ensure,
    forget,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.keystone import (
    KeystoneCredentials,
    auth_url,
    login,
    trust,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.needs import (
    lacks,
    refused,
    wanted_roles,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect

ARGUMENT_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["checked", "present", "absent"], "default": "present"},
    "cloud": {"type": "str", "default": ""},
    "region": {"type": "str", "default": ""},
    "name": {"type": "str", "required": True},
    "secret": {"type": "str", "no_log": True},
    "settings": {"type": "dict", "default": {}, "no_log": True},
    "floating_network": {"type": "str", "default": ""},
    "subnet": {"type": "str", "default": ""},
    "subnet_range": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    """What the controllers of a cluster need of the cloud that it is on."""

    _supports_check_mode = True
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]  # type: ignore[no-untyped-call]
        try:
            plan, access = self._act(params)
        except LandfallError as error:
            return {"failed": True, "msg": str(error)}
        result: dict[str, Any] = {
            "changed": bool(plan),
            "changes": plan.summary(),
            "access": access,
        }
        if self._task.diff:
            result["diff"] = plan.diff()
        return result

    def _act(self, params: dict[str, Any]) -> tuple[Plan[Change], dict[str, Any]]:
        settings = Settings.from_params(params["settings"])
        connection = connect(params["cloud"], params["region"])
        if params["state"] == "absent":
            return self._forget(connection, settings, params["name"]), {}
        if params["state"] == "checked":
            _check(connection, settings, params["name"])
            return Plan(), {}
        return self._access(connection, settings, params)

    def _forget(self, connection: Connection, settings: Settings, name: str) -> Plan[Change]:
        if settings.credential:
            return Plan()
        credentials = KeystoneCredentials(connection, login(connection))
        return forget(credentials, name, check=bool(self._task.check_mode))

    def _access(
        self, connection: Connection, settings: Settings, params: dict[str, Any]
    ) -> tuple[Plan[Change], dict[str, Any]]:
        plan, identity = self._credential(connection, settings, params)
        floating, balancers = params["floating_network"], settings.balancers
        return plan, {
            "auth_url": auth_url(connection),
            "region": str(connection.config.get_region_name() or ""),
            "interface": str(connection.config.get_interface() or "public"),
            **trust(connection),
            "credential": identity,
            "provider": offers.provider(connection, settings) if balancers else "",
            "subnet": offers.subnet(
                connection,
                params["subnet"],
                params["subnet_range"],
                planned=bool(self._task.check_mode),
            ),
            "floating_network": (
                offers.network(connection, floating) if balancers and floating else ""
            ),
        }

    def _credential(
        self, connection: Connection, settings: Settings, params: dict[str, Any]
    ) -> tuple[Plan[Change], str]:
        who = login(connection)
        problems = list(lacks(settings, who))
        if problems:
            raise ProblemsError("the cloud lacks what the cluster's controllers need", problems)
        if settings.credential:
            return Plan(), settings.credential
        wanted = Wanted(params["name"], wanted_roles(settings, who), params["secret"])
        credentials = KeystoneCredentials(connection, who)
        return ensure(credentials, wanted, check=bool(self._task.check_mode))


def _check(connection: Connection, settings: Settings, name: str) -> None:
    """Refuse a cloud or a login that lacks something, before anything is made.

    Raises:
        ProblemsError: with all that is missing.
    """
    who = login(connection)
    problems = [*lacks(settings, who)]
    if not problems:
        problems += offers.lacking(connection, settings)
    made = who.restricted and not settings.credential
    if made and not problems and not KeystoneCredentials(connection, who).find(name):
        problems.append(refused(who, name))
    if problems:
        raise ProblemsError(
            "the cloud lacks what the cluster's controllers need; nothing was changed", problems
        )
