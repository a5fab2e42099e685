# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the site's store from the operator host, completes it on the controller, writes it back."""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._site import secrets, vault, x509
from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import Desired
from ansible_collections.landfall.platform.plugins.plugin_utils.reach import explained

SPEC: dict[str, Any] = {
    "path": {"type": "path", "default": "/etc/landfall/site.json"},
    "authority": {"type": "dict", "default": {}},
    "certificates": {"type": "dict", "default": {}},
    "passwords": {"type": "dict", "default": {}, "no_log": False},
    "keys": {"type": "dict", "default": {}, "no_log": False},
    "renew_days": {"type": "int", "default": 30},
    "supplied": {"type": "dict", "default": {}, "no_log": True},
    "replace": {"type": "list", "elements": "str", "default": []},
    "known": {"type": "dict", "default": {}, "no_log": True},
}


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=SPEC)  # type: ignore[no-untyped-call]
        if params["known"].get("changes") == []:
            return {**params["known"], "changed": False, "_ansible_no_log": True}
        try:
            return self._complete(params, task_vars)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None

    def _complete(
        self, params: dict[str, Any], task_vars: Optional[dict[str, Any]]
    ) -> dict[str, Any]:
        now = datetime.datetime.now(datetime.timezone.utc)
        desired = Desired.from_params(params)
        supplied = vault.Vault.from_params(params["supplied"], "site_supplied")
        read = self._store({"path": params["path"]}, task_vars)
        if read.get("failed") or read.get("unreachable"):
            return read
        stored = vault.parse(read["store"]["content"], params["path"])
        facts = x509.read_certificates(desired, stored, supplied, params["path"])
        planned = secrets.plan_secrets(desired, stored, supplied, facts, now.timestamp())
        maker = x509.CryptographyMaker(lambda: now)
        complete = secrets.carry_out(planned.plan, desired, stored, supplied, maker)
        for warning in planned.warnings:
            self._display.warning(f"The site's secrets: {warning}.")
        if planned.plan and not self._task.check_mode:
            written = self._store(
                {
                    "path": params["path"],
                    "state": "written",
                    "content": vault.dump(complete),
                    "version": read["store"]["version"],
                },
                task_vars,
            )
            if written.get("failed") or written.get("unreachable"):
                return written
        return _result_of(planned, desired, complete)

    def _store(
        self, arguments: dict[str, Any], task_vars: Optional[dict[str, Any]]
    ) -> dict[str, Any]:
        with explained(self, task_vars or {}):
            result: dict[str, Any] = self._execute_module(
                module_name="landfall.platform.site_store",
                module_args=arguments,
                task_vars=task_vars,
            )
        return result


def _result_of(
    planned: secrets.SecretsPlan, desired: Desired, complete: vault.Vault
) -> dict[str, Any]:
    wanted = vault.Vault(
        {
            identity: value
            for identity, value in complete.values.items()
            if identity in desired.specs
        }
    )
    return {
        "changed": bool(planned.plan),
        "changes": planned.plan.summary(),
        "diff": planned.plan.diff(),
        "ca_certificate": wanted.named(vault.AUTHORITY)["site"]["certificate"],
        "certificates": wanted.named(vault.CERTIFICATE),
        "passwords": wanted.named(vault.PASSWORD),
        "random_keys": wanted.named(vault.KEY),
        # Hides a successful result from the output; an error, which tells the remedy, is shown.
        "_ansible_no_log": True,
    }
