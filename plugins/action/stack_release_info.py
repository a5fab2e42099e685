# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the releases of stacks; changes nothing."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._release.model import plain, table
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks


class ActionModule(ActionBase):
    """One LIST of the records' metadata."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(stacks.TARGET_SPEC)  # type: ignore[no-untyped-call]
        try:
            with stacks.connect(params["kubeconfig"], may_be_missing=False) as api:
                target = stacks.chosen(api, params)
                releases = ReleaseStore(api).history(target.namespace).releases
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}
        return {
            "changed": False,
            "namespace": target.namespace,
            "releases": [plain(one) for one in releases],
            "table": table(releases),
        }
