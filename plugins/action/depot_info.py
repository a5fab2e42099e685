# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the depot what it has of what the site needs, from the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._bundle.authority import (
    authority_file,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import (
    Request,
    architecture,
    select,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import load
from ansible_collections.landfall.platform.plugins.module_utils._bundle.depot import Depot
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe_hash import (
    RecipeHashes,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import Access
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.plugin_utils.selection import SELECTION

ROOT = Path(__file__).resolve().parents[2]

SPEC: dict[str, Any] = {
    "url": {"type": "str", "required": True},
    "ca_certificate": {"type": "str", "default": ""},
    **SELECTION,
}


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=SPEC)  # type: ignore[no-untyped-call]
        params["stack_directory"] = self._loader.path_dwim(params["stack_directory"])
        try:
            catalogue = load(ROOT / "catalogue")
            entries = select(catalogue, Request.from_params(params))
            with authority_file(params["ca_certificate"]) as ca:
                hashes = RecipeHashes(catalogue, architecture())
                index = Depot(Access(params["url"], ca), hashes).index(entries)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None
        return {"changed": False, "diff": [], "changes": [], "depot": index.to_dict()}
