# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a site from the controller and writes its report; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.private import write_private
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.transport import Transport
from ansible_collections.landfall.platform.plugins.module_utils._report import (
    gather,
    page,
    runs,
    sockets,
    text,
)
from ansible_collections.landfall.platform.plugins.module_utils._report.build import build
from ansible_collections.landfall.platform.plugins.module_utils._report.facts import Facts, Wanted
from ansible_collections.landfall.platform.plugins.module_utils._report.model import (
    BAD,
    WARNING,
    Report,
)
from ansible_collections.landfall.platform.plugins.plugin_utils.catalogue import ROOT, site_view

TEMPLATES = ROOT / "roles/report/templates"
SPEC: dict[str, Any] = {
    "kubeconfig": {"type": "path", "required": True},
    "state": {"type": "path", "required": True},
    "site": {"type": "dict", "required": True},
    "groups": {"type": "dict", "required": True},
    "stacks": {"type": "list", "elements": "dict", "default": []},
    "page": {"type": "path", "default": ""},
    "document": {"type": "path", "default": ""},
    "timeout": {"type": "float", "default": 2.0},
}


class ActionModule(ActionBase):
    """One call for the whole site."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(SPEC)  # type: ignore[no-untyped-call]
        try:
            catalogue = site_view(task_vars or {}, self._templar.template)
            wanted = Wanted.from_params(
                params["site"], params["groups"], params["stacks"], catalogue
            )
            report = build(_facts(wanted, params))
            written = self._write(report, params)
        except LandfallError as error:
            raise AnsibleActionFail(str(error)) from None
        except OSError as error:
            raise AnsibleActionFail(f"the report cannot be written: {error}") from None
        return {
            "changed": False,
            "verdict": report.verdict,
            "state": report.state,
            "findings": [
                f"{one.on}: {one.what}" for one in report.findings if one.state in {WARNING, BAD}
            ],
            "lines": text.lines(report),
            **written,
        }

    def _write(self, report: Report, params: dict[str, Any]) -> dict[str, str]:
        """Write what is asked for, and return the files; in check mode there are none."""
        wanted: dict[str, Callable[[], str]] = {
            "page": lambda: page.render(report, TEMPLATES),
            "document": lambda: json.dumps(report.document(), indent=1, ensure_ascii=False) + "\n",
        }
        written = dict.fromkeys(wanted, "")
        for name, content in wanted.items():
            if params[name] and not self._task.check_mode:
                write_private(Path(params[name]), content())
                written[name] = str(params[name])
        return written


def _facts(wanted: Wanted, params: dict[str, Any]) -> Facts:
    """Return what can be read of the site; API and sockets are asked at the same time."""
    state, timeout = Path(params["state"]), params["timeout"]
    known = sockets.authorities(state)
    with ThreadPoolExecutor(3) as pool:
        cluster = pool.submit(_cluster, params["kubeconfig"], timeout)
        shown = pool.submit(sockets.served, sockets.places(wanted), timeout, known)
        outside = pool.submit(sockets.served, sockets.outside(wanted), timeout, known)
    read = cluster.result()
    return Facts(
        at=datetime.now(timezone.utc),
        wanted=wanted,
        objects=read.objects,
        histories=read.histories,
        usage=read.usage,
        certificates=(*shown.result(), *sockets.kept(state)),
        outside={one.name: one for one in outside.result()},
        runs=runs.past(state),
        gaps=tuple(read.gaps),
        reached=read.reached,
    )


def _cluster(kubeconfig: str, timeout: float) -> gather.Read:
    try:
        transport = Transport(kubeconfig, retry_limit=timeout)
    except LandfallError as error:
        return gather.Read(gaps=[str(error)], reached=False)
    with KubeClient(transport) as api:
        return gather.read_cluster(api)
