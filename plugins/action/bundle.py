# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has every artifact that a site needs in the store, fetched or built, on the controller."""

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
    missing_packages,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.plan import Step
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.plugin_utils.selection import SELECTION

ROOT = Path(__file__).resolve().parents[2]

SPEC: dict[str, Any] = {
    **SELECTION,
    "source": {"type": "str", "choices": ["auto", "upstream", "build"], "default": "auto"},
    "store": {"type": "path"},
    "have": {"type": "dict", "default": {}},
    "local": {"type": "list", "elements": "str", "default": []},
    "ca_certificate": {"type": "str", "default": ""},
    "keep_build_cache": {"type": "bool", "default": False},
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
                bundle = Bundle(ROOT, Request.from_params({**params, "ca": ca}))
                # Who only looks does not wait for a run that builds.
                if self._task.check_mode or bundle.is_complete():
                    return self._ensure(bundle)
                with bundle.store.locked(lambda: self._show("waits for another run")):
                    return self._ensure(bundle)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None

    def _ensure(self, bundle: Bundle) -> dict[str, Any]:
        check = bool(self._task.check_mode)
        if not check:
            bundle.fetch_local()
        plan = bundle.plan()
        packages = missing_packages(plan)
        if plan and not check:
            bundle.apply(plan, self._progress)
        loaded = bundle.load_images(check=check)
        bundle.store.save_seals()
        return {
            "changed": bool(plan) or bool(loaded),
            "diff": plan.diff(),
            "changes": [*plan.summary(), *(f"load {name}" for name in loaded)],
            "bundle": {**bundle.result(), "packages": packages},
        }

    def _progress(self, position: int, total: int, step: Step, seconds: Optional[float]) -> None:
        number = f"[{position:>{len(str(total))}}/{total}] {step.target}"
        verb = "building" if step.action == "build" else "fetching"
        tail = f"done in {seconds:.0f} s" if seconds is not None else f"{verb} {step.reason} …"
        self._show(f"{number}: {tail}")

    def _show(self, text: str) -> None:
        self._display.display(f"bundle {text}")
