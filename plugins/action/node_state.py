# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders and checks on the controller, then applies everything with one call of the module."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired
from ansible_collections.landfall.platform.plugins.module_utils._node.spec import (
    ARGUMENT_SPEC,
    key_problems,
)
from ansible_collections.landfall.platform.plugins.plugin_utils.template import Renderer

MODULE = "landfall.platform.node_state"


class ActionModule(ActionBase):
    """One call for one machine."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            return self._apply(variables)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from error

    def _apply(self, variables: dict[str, Any]) -> dict[str, Any]:
        params = self._checked(variables)
        result = self._call(params, variables)
        needed = result.pop("transfers", [])
        if needed:
            params["staged"] = self._send(needed)
            result = self._call(params, variables)
            result.pop("transfers", None)
        return result

    def _checked(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the module's parameters; all that is wrong with the task's is raised at once."""
        params = {str(key): value for key, value in self._task.args.items()}
        problems = key_problems(params, ARGUMENT_SPEC)
        if problems:
            raise ProblemsError("invalid parameters of node_state", problems)
        params["files"], params["secret_contents"] = self._files(params.get("files"), variables)
        desired = Desired.from_params(params, check=self._task.check_mode)
        index = params.get("artifact_index") or {}
        names = {artifact.file.artifact for artifact in desired.artifacts}
        params["artifact_index"] = {name: index[name] for name in index if name in names}
        return params

    def _files(
        self, items: Any, variables: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Return the files with their contents, and the contents of secret ones apart."""
        renderer = Renderer(self, variables)
        files, secrets, problems = [], {}, []
        for item in items or []:
            try:
                file = _read(dict(item), renderer)
            except LandfallError as error:
                problems.append(error)
                continue
            if file.get("secret") and file.get("content_base64") is not None:
                secrets[str(file["path"])] = file.pop("content_base64")
            files.append(file)
        if problems:
            raise ProblemsError("files of node_state cannot be made", problems)
        return files, secrets

    def _call(self, params: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name=MODULE, module_args=dict(params), task_vars=variables
        )
        # The parameters again, with all contents: of no use to anyone, and kept for each host.
        result.pop("invocation", None)
        return result

    def _send(self, needed: list[Mapping[str, str]]) -> dict[str, str]:
        """Transfer artifacts from the controller; return digest → path on the machine."""
        shell = self._connection._shell
        folder = shell.tmpdir or self._make_tmp_path()
        staged: dict[str, str] = {}
        for item in needed:
            digest, local = str(item["sha256"]), str(item["store_path"])
            if not Path(local).is_file():
                raise InvalidInputError(
                    "the controller does not have an artifact",
                    on=local,
                    expected=f"a file with sha256:{digest}",
                    remedy="run the playbook bundle.yml",
                )
            staged[digest] = str(shell.join_path(folder, digest))
            self._connection.put_file(local, staged[digest])
        self._fixup_perms2((folder, *staged.values()), execute=False)  # type: ignore[no-untyped-call]
        return staged


def _read(file: dict[str, Any], renderer: Renderer) -> dict[str, Any]:
    """Return a file's item with the content in base64 instead of its origin."""
    given = [key for key in ("content", "template", "source") if file.get(key) is not None]
    if len(given) > 1:
        raise InvalidInputError(
            "more than one content of a file",
            on=str(file.get("path")),
            expected="one of content, template, source",
            found=", ".join(given),
        )
    template, source = file.pop("template", None), file.pop("source", None)
    extra = file.pop("variables", None) or {}
    if template is not None:
        content = renderer.template(str(template), str(file.get("path")), extra).encode()
    elif source is not None:
        content = renderer.source(str(source))
    elif file.get("secret") and isinstance(file.get("content"), str):
        content = file.pop("content").encode()
    else:
        return file
    return {**file, "content_base64": base64.b64encode(content).decode()}
