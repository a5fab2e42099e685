# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the digests that a stack runs into another environment's inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._release.images import (
    with_digests,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    History,
    Release,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import (
    Promotion,
    file_of,
    promoted_by,
    with_promotion,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import pods_of
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from ansible_collections.landfall.platform.plugins.plugin_utils import stacks

ARGUMENT_SPEC: dict[str, Any] = {
    **stacks.TARGET_SPEC,
    "revision": {"type": "int"},
    "target": {"type": "path", "default": ""},
    "target_environment": {"type": "str", "default": ""},
    "inventory": {"type": "path", "required": True},
}


class ActionModule(ActionBase):
    """Reads the release in the source's cluster, writes a file of the target's inventory."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        try:
            return self._promote(params)
        except LandfallError as error:
            return {"changed": False, "failed": True, "msg": str(error)}

    def _promote(self, params: Mapping[str, Any]) -> dict[str, Any]:
        inventory = _inventory(params)
        with stacks.connect(params["kubeconfig"], may_be_missing=False) as api:
            target = stacks.chosen(api, params)
            release = _release(ReleaseStore(api).history(target.namespace), params, target)
            # What has run since it was recorded counts, too: a schedule, or a job run by hand.
            images = with_digests(release.images, pods_of(api, target.namespace))
        promotion = promoted_by(replace(release, images=images))
        environment = params["target_environment"]
        key = f"{release.stack}-{environment}" if environment else release.stack
        path = file_of(inventory)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = with_promotion(before, key, promotion, str(path))
        changes = (Change(f"file {path}", "update" if before else "create", before, after),)
        plan = Plan(changes if after != before else ())
        if plan and not self._task.check_mode:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(after, encoding="utf-8")
        return {
            **stacks.report(plan, self._task.diff),
            "path": str(path),
            "key": key,
            "promotion": _plain(promotion),
        }


def _plain(promotion: Promotion) -> dict[str, Any]:
    return {"source": promotion.source, "images": dict(promotion.images)}


def _inventory(params: Mapping[str, Any]) -> Path:
    """Return the target's inventory.

    Raises:
        InvalidInputError: it is none, or it is the source's own and nothing tells them apart.
    """
    target, own = params["target"], Path(params["inventory"])
    path = Path(target) if target else own
    if not (path / "group_vars").is_dir():
        raise InvalidInputError(
            "the target of a promotion is no inventory",
            on=f"stack_promote_to={target}",
            expected="a directory with group_vars, for example inventories/prod",
        )
    if path.resolve() == own.resolve() and not params["target_environment"]:
        raise InvalidInputError(
            "a promotion needs a target",
            on="stack_promote_to",
            expected="another inventory, or stack_promote_environment in this one",
        )
    return path


def _release(history: History, params: Mapping[str, Any], target: Target) -> Release:
    """Return the release to promote.

    Raises:
        RefusedError: it never ran.
    """
    revision = params["revision"]
    found = history.current if revision is None else history.get(revision)
    if found is None or not found.ran:
        raise RefusedError(
            "only what ran can be promoted",
            on=f"{target}" + (f", revision {revision}" if revision is not None else ""),
            expected=", ".join(str(one.revision) for one in history.releases if one.ran)
            or "a release that ran; there is none",
        )
    return found
