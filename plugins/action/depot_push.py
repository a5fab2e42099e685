# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings what the depot lacks from the store into the depot, from the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._bundle.authority import (
    authority_file,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import (
    Bundle,
    Request,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import Entry
from ansible_collections.landfall.platform.plugins.module_utils._bundle.depot import (
    Depot,
    push_plan,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import Access
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.plugin_utils.pushing import PUSHING, pushing
from ansible_collections.landfall.platform.plugins.plugin_utils.selection import SELECTION

ROOT = Path(__file__).resolve().parents[2]

SPEC: dict[str, Any] = {
    **PUSHING,
    **SELECTION,
    "store": {"type": "path"},
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
            with authority_file(params["ca_certificate"]) as ca:
                return self._push(params, ca)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None

    def _push(self, params: dict[str, Any], ca: str) -> dict[str, Any]:
        bundle = Bundle(ROOT, Request.from_params(params))
        depot = Depot(Access(params["url"], ca), bundle.hashes)
        index = depot.index(bundle.entries)
        check = bool(self._task.check_mode)
        if not index.reachable and not check:
            raise UnreachableError(
                "the depot does not answer",
                on=params["url"],
                found=index.problem or "no answer",
                remedy="see the unit landfall-depot on the depot's host",
            )
        plan = push_plan(index, bundle.entries)
        if plan and not check:
            self._upload(params, ca, bundle, [change.made for change in plan])
            index = depot.index(bundle.entries)
        return {
            "changed": bool(plan),
            "diff": plan.diff(),
            "changes": plan.summary(),
            "depot": index.to_dict(),
        }

    def _upload(
        self, params: dict[str, Any], ca: str, bundle: Bundle, entries: list[Entry]
    ) -> None:
        records = []
        for entry in entries:
            record = bundle.record(entry)
            if record is None:
                raise LandfallError(
                    "neither the depot nor the store has an artifact",
                    on=entry.title,
                    remedy="run the bundle first",
                )
            records.append((entry, record))
        Depot(pushing(params, ca), bundle.hashes).push(bundle.store, records, self._show)

    def _show(self, entry: Entry) -> None:
        self._display.display(f"depot: pushing {entry.title}")
