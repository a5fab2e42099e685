# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin hands to the core and what it reports, without an API server."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible._internal._datatag._tags import Origin
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landfall.platform.plugins.action import kube_apply
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import NotReadyError
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import ApplyResult
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.plan import CREATE, change

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ name }}", namespace: n}
data: {image: {{ catalogue.images.flannel }}}
"""


def run(
    folder: Path, args: dict[str, Any], *, check: bool = False, diff: bool = False
) -> dict[str, Any]:
    task: Any = SimpleNamespace(
        args={"owner": "me", "kubeconfig": str(folder / "none"), **args},
        check_mode=check,
        diff=diff,
        async_val=0,
        action="kube_apply",
        get_search_path=lambda: [str(folder)],
    )
    loader = DataLoader()
    loader.set_basedir(str(folder))
    variables = {"name": "world", "ansible_search_path": [str(folder)]}
    templar = Templar(loader, variables=variables)
    connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    context: Any = None
    action = kube_apply.ActionModule(task, connection, context, loader, templar, None)
    result: dict[str, Any] = action.run(task_vars=variables)
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/one.yaml.j2").write_text(TEMPLATE)
    (tmp_path / "templates/bad.yaml.j2").write_text("a: [\n")
    (tmp_path / "templates/undefined.yaml.j2").write_text("a: {{ nothing }}\n")
    return tmp_path


def test_a_virgin_site_is_predicted_from_the_templates(folder: Path) -> None:
    args = {"templates": ["one.yaml.j2"], "objects": [CONFIG_MAP], "artifacts": ["crds"]}
    result = run(folder, args, check=True, diff=True)
    assert result["changed"] is True
    assert result["changes"] == ["create ConfigMap n/world", "create ConfigMap n/a"]
    assert "ghcr.io/flannel-io/flannel:v" in result["diff"][0]["after"]
    assert [obj["action"] for obj in result["objects"]] == ["create", "create"]


def test_objects_of_variables_are_plain_data(folder: Path) -> None:
    meta = {"name": trust_as_template("{{ name }}"), "namespace": "n"}
    variables = {"name": Origin(path="/vars.yml").tag("world")}
    templar = Templar(DataLoader(), variables=variables)
    objects = templar.template([{**CONFIG_MAP, "metadata": meta}])
    result = run(folder, {"objects": objects}, check=True, diff=True)
    assert result["changes"] == ["create ConfigMap n/world"]
    assert "name: world" in result["diff"][0]["after"]


def test_an_object_that_is_no_data_is_named(folder: Path) -> None:
    odd = {**CONFIG_MAP, "data": {"day": datetime.date(2026, 1, 1)}}
    message = run(folder, {"objects": [CONFIG_MAP, odd]}, check=True)["msg"]
    assert "objects[1]" in message
    assert "date" in message


def test_without_a_cluster_nothing_is_applied(folder: Path) -> None:
    result = run(folder, {"objects": [CONFIG_MAP]})
    assert result["failed"]
    assert "kubeconfig cannot be read" in result["msg"]
    assert "changed" not in result or not result["changed"]


def test_all_that_is_wrong_with_templates_is_named(folder: Path) -> None:
    names = ["bad.yaml.j2", "undefined.yaml.j2", "missing.yaml.j2"]
    message = run(folder, {"templates": names}, check=True)["msg"]
    for name in names:
        assert name in message
    assert "line" in message


def test_artifacts_need_an_index_in_a_real_run(folder: Path) -> None:
    assert "does not have an artifact" in run(folder, {"artifacts": ["crds"]})["msg"]


class Connected:
    def __enter__(self) -> Connected:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_an_error_after_changes_reports_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def apply(api: Any, owner: str, objects: Any, **options: Any) -> ApplyResult:
        options["decided"](ApplyResult(Plan((change(CREATE, CONFIG_MAP, None, CONFIG_MAP),))))
        raise NotReadyError("not ready", on="ConfigMap n/a")

    monkeypatch.setattr(kube_apply, "apply_objects", apply)
    monkeypatch.setattr(KubeClient, "connect", lambda _: Connected())
    result = run(folder, {"objects": [CONFIG_MAP]})
    assert result["failed"]
    assert result["changed"]
    assert result["changes"] == ["create ConfigMap n/a"]
    assert result["msg"] == "not ready: ConfigMap n/a"
