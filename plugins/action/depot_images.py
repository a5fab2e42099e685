# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings images that the catalogue does not have into the depot, from the controller."""

from __future__ import annotations

from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._bundle.authority import (
    authority_file,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import architecture
from ansible_collections.landfall.platform.plugins.module_utils._bundle.own_image_push import (
    OwnImages,
    check_program,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.own_images import (
    OwnImage,
    Sighting,
    image_plan,
    read_images,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import Access
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.plugin_utils.pushing import PUSHING, pushing

SPEC: dict[str, Any] = {
    **PUSHING,
    "images": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "source": {"type": "str", "required": True},
            "replace": {"type": "bool", "default": False},
        },
    },
}


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=SPEC)  # type: ignore[no-untyped-call]
        try:
            images = read_images(params["images"])
            check_program()
            with authority_file(params["ca_certificate"]) as ca:
                return self._bring(params, images, ca)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None

    def _bring(
        self, params: dict[str, Any], images: tuple[OwnImage, ...], ca: str
    ) -> dict[str, Any]:
        own = OwnImages(Access(params["url"], ca), pushing(params, ca), architecture())
        check = bool(self._task.check_mode)
        plan = image_plan(own.look(images, empty=check))
        if not check:
            own.push(self._shown(change.made) for change in plan)
        return {"changed": bool(plan), "diff": plan.diff(), "changes": plan.summary()}

    def _shown(self, seen: Sighting) -> Sighting:
        self._display.display(f"depot: pushing {seen.image.name}")
        return seen
