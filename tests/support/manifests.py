# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a platform role's templates as its task does, without Ansible's executor."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landfall.platform.plugins.module_utils._kube.manifest import parse
from ansible_collections.landfall.platform.plugins.plugin_utils.template import Renderer

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("network", "dns", "storage", "ingress", "metrics")
SITE: dict[str, Any] = {
    "gateway_address": "192.0.2.10",
    "kubernetes_pod_cidr": "10.244.0.0/16",
    "kubernetes_service_cidr": "10.96.0.0/16",
    "landfall_kubeconfig": "/none",
    "landfall_depot": {"artifacts": {}},
    "landfall_site": {
        "ca_certificate": "CA\n",
        "certificates": {"ingress": {"certificate": "INGRESS\n", "key": "KEY\n"}},
    },
}


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rendered(role: str, **variables: Any) -> list[dict[str, Any]]:
    """Return the objects of a role with its defaults and these variables."""
    folder = ROOT / "roles" / role
    internal = folder / "vars/main.yml"
    merged: dict[str, Any] = {
        **SITE,
        **_trusted(_read(folder / "defaults/main.yml")),
        **(_trusted(_read(internal)) if internal.exists() else {}),
        **variables,
    }
    merged["ansible_search_path"] = [str(folder)]
    loader = DataLoader()
    loader.set_basedir(str(folder))
    action = SimpleNamespace(
        _find_needle=lambda kind, name: str(folder / kind / name),
        _loader=loader,
        _templar=Templar(loader, variables=merged),
    )
    renderer = Renderer(action, merged)  # type: ignore[arg-type]
    task = _read(folder / "tasks/main.yml")[0]["landfall.platform.kube_apply"]
    objects: list[dict[str, Any]] = []
    for name in task["templates"]:
        placed, problems = parse(renderer.template(name, role), name)
        assert not problems, problems
        objects += [obj for obj, _ in placed]
    return objects


def _trusted(value: Any) -> Any:
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, dict):
        return {key: _trusted(item) for key, item in value.items()}
    return value
