# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the administrator's kubeconfig in a cache on the controller."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.private import write_private
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.config import server

ADMIN = "/etc/kubernetes/admin.conf"


class ActionModule(ActionBase):
    """Reads it on a control plane and points it to the gateway; it is in no result."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, args = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            {
                "path": {"type": "path", "required": True},
                "endpoint": {"type": "str", "required": True},
                "name": {"type": "str", "required": True},
            }
        )
        read = self._execute_module(
            module_name="ansible.builtin.slurp",
            module_args={"src": ADMIN},
            task_vars=task_vars or {},
        )
        if read.get("failed"):
            if self._task.check_mode:
                # a cached one belongs to a cluster that is gone, and would be asked in its place
                Path(args["path"]).unlink(missing_ok=True)
                return {**result, "changed": False, "path": args["path"]}
            raise AnsibleActionFail(f"the kubeconfig cannot be read: {read.get('msg')}")
        try:
            content = rewritten(
                base64.b64decode(str(read["content"])),
                str(args["name"]),
                server(str(args["endpoint"])),
            )
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from error
        write_private(Path(args["path"]), content)
        return {**result, "changed": False, "path": args["path"]}


def rewritten(content: bytes, name: str, url: str) -> str:
    """Return a kubeconfig under the site's name, pointed to another URL.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        config = yaml.safe_load(content)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    except (yaml.YAMLError, KeyError, IndexError, TypeError) as error:
        raise InvalidInputError("not a kubeconfig", on=ADMIN, found=type(error).__name__) from error
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {**cluster, "server": url}}],
        "users": [{"name": f"{name}-admin", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-admin"}}],
        "current-context": name,
    }
    return yaml.safe_dump(document, sort_keys=False)
