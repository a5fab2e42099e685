# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a stack's description from docker-compose files, on the controller."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._compose.files import DirectoryFiles
from ansible_collections.landfall.platform.plugins.module_utils._compose.importer import (
    Imported,
    import_stack,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.write import plan_file
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "compose": {"type": "list", "elements": "str", "required": True},
    "output": {"type": "str", "required": True},
    "variables": {"type": "dict", "default": {}},
    "env_file": {"type": "str"},
    "profiles": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """One call for one stack."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(ARGUMENT_SPEC)  # type: ignore[no-untyped-call]
        try:
            return self._import(params)
        except LandfallError as error:
            return {"failed": True, "msg": str(error)}

    def _import(self, params: dict[str, Any]) -> dict[str, Any]:
        output = Path(params["output"]).absolute()
        imported = _imported(params)
        plan = plan_file(str(output), _present(output), imported.text, force=params["force"])
        if plan and not self._task.check_mode:
            _write(output, imported.text)
        report: dict[str, Any] = {
            "changed": bool(plan),
            "changes": plan.summary(),
            "output": str(output),
            "notes": [note.as_dict() for note in imported.notes],
            "settings": imported.settings,
        }
        if self._task.diff:
            report["diff"] = plan.diff()
        return report


def _imported(params: dict[str, Any]) -> Imported:
    if not params["compose"]:
        raise InvalidInputError("there is no compose file", expected="at least one path")
    root = Path(params["compose"][0]).absolute().parent

    def inside(path: str) -> str:
        return Path(os.path.relpath(Path(path).absolute(), root)).as_posix()

    # Ansible's texts carry marks of where they are from, which YAML does not take.
    return import_stack(
        str(params["name"]),
        [inside(path) for path in params["compose"]],
        DirectoryFiles(root),
        variables={str(name): str(value) for name, value in params["variables"].items()},
        env_file=inside(params["env_file"]) if params["env_file"] else None,
        profiles=[str(profile) for profile in params["profiles"]],
    )


def _present(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "the stack's file cannot be read", on=str(path), found=str(error)
        ) from error


def _write(path: Path, text: str) -> None:
    """Write a file so that it is there as a whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise InvalidInputError(
            "the stack's file cannot be written", on=str(path), found=str(error)
        ) from error
