# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role log_router applies, and that hosts and nodes get a program that is whole."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from ansible_collections.landfall.platform.plugins.module_utils._router.settings import Settings
from tests.support.manifests import ROOT, rendered

ROLE = ROOT / "roles/log_router"
LOGGING: dict[str, Any] = {"buffer": "2Gi", "masked": [r"\d{16}"]}
VARIABLES: dict[str, Any] = {
    "landfall_logging": LOGGING,
    "log_router_addresses": ["192.0.2.11"],
    "log_router_certificate": {"certificate": "WRITER\n", "key": "KEY\n"},
    "log_router_environment": "lab",
}


def objects() -> dict[str, dict[str, Any]]:
    found = rendered("log_router", **VARIABLES)
    check_objects([(one, "log_router") for one in found])
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


def test_settings_are_what_the_program_takes(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(objects()["ConfigMap/router"]["data"]["settings.json"])
    found = Settings.read(path, {"NODE_NAME": "node1"})
    assert found.buffer == 2 << 30
    assert found.masked[-1] == r"\d{16}"
    assert found.target.addresses == ["store.logging.svc:9243"]
    assert found.units == ("kubelet.service", "containerd.service")


def test_the_pods_see_what_they_read_and_may_not_do_more() -> None:
    pod = objects()["DaemonSet/router"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {one["mountPath"]: one.get("readOnly", False) for one in container["volumeMounts"]}
    written = {path for path, kept in mounts.items() if not kept}
    assert written == {"/var/lib/landfall-logs", "/tmp"}  # noqa: S108 (of the pod alone)
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["tolerations"] == [{"operator": "Exists"}]
    rules = objects()["ClusterRole/landfall:log-router"]["rules"]
    assert rules == [{"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": ["list"]}]


def test_every_module_that_the_program_imports_is_there() -> None:
    listed = yaml.safe_load((ROLE / "vars/main.yml").read_text())["__log_router_modules"]
    assert listed == sorted(listed)
    source = ROOT / "plugins/module_utils"
    for name in listed:
        tree = ast.parse((source / name).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = Path(name).parents[node.level - 1]
                path = (folder / (node.module or "").replace(".", "/")).with_suffix(".py")
                assert str(path) in listed, f"{name} imports {path}"


def test_the_program_of_a_node_has_all_modules() -> None:
    found = objects()
    volumes = found["DaemonSet/router"]["spec"]["template"]["spec"]["volumes"]
    items = next(one for one in volumes if one["name"] == "program")["configMap"]["items"]
    data = found["ConfigMap/router-program"]["data"]
    assert {one["key"] for one in items} == data.keys()
    # What etcd takes of one object.
    assert len(json.dumps(data)) < 500_000
