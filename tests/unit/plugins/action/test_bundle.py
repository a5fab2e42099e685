# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of the bundle and the depot report, with a registry beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.landfall.platform.plugins.action import (
    bundle,
    depot_images,
    depot_info,
    depot_push,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle import bundle as core

from ..module_utils._bundle.conftest import FakeRegistry, serve_registry, small
from ..module_utils._bundle.test_bundle import Machine


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "all.yml").write_text(yaml.safe_dump(small()))
    (tmp_path / "images" / "tool").mkdir(parents=True)
    (tmp_path / "images" / "tool" / "Containerfile").write_text("FROM scratch\n")
    (tmp_path / "m.yaml").write_text("a: 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("shutil.which", lambda name: name)
    machine = Machine(tmp_path)
    for module in (bundle, depot_info, depot_push):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    for module in (bundle, depot_push):
        monkeypatch.setattr(module, "Bundle", lambda r, q: core.Bundle(r, q, machine))
    return tmp_path


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    yield from serve_registry()


def run(module: ModuleType, *, check: bool = False, **args: Any) -> dict[str, Any]:
    task: Any = SimpleNamespace(args=args, check_mode=check, diff=False, async_val=0, action="x")
    loader = DataLoader()
    connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    context: Any = None
    templar = Templar(loader, variables={})
    action = module.ActionModule(task, connection, context, loader, templar, None)
    result: dict[str, Any] = action.run(task_vars={})
    return result


def test_who_has_everything_does_not_wait_for_a_run_that_builds(root: Path) -> None:
    run(bundle, names=["crds"], source="build")
    store = core.Store(root / "cache" / "landfall" / "store")
    with store.locked():
        assert run(bundle, names=["crds"], source="build")["changed"] is False
        assert run(bundle, check=True, names=["tool"], source="build")["changed"] is True


def test_check_mode_predicts_and_makes_nothing(root: Path) -> None:
    predicted = run(bundle, check=True, names=["crds"], source="build")
    assert predicted["changes"] == ["build crds 1.0.0"]
    assert predicted["bundle"]["artifacts"] == {}
    made = run(bundle, names=["crds"], source="build")
    assert (made["changed"], made["changes"]) == (True, predicted["changes"])
    assert set(made["bundle"]["artifacts"]["crds"]["files"]["a.yaml"]) == {
        "sha256",
        "size",
        "store_path",
    }
    again = run(bundle, names=["crds"], source="build")
    assert (again["changed"], again["changes"], again["diff"]) == (False, [], [])


def test_what_is_made_is_pushed_and_listed(root: Path, registry: FakeRegistry) -> None:
    url = registry.url
    run(bundle, names=["crds", "tool"], source="build")
    before = run(depot_info, url=url, names=["crds", "tool"])["depot"]
    assert (before["reachable"], len(before["missing"])) == (True, 3)
    predicted = run(depot_push, check=True, url=url, names=["crds", "tool"])
    assert (predicted["changed"], predicted["depot"]["artifacts"]) == (True, {})
    pushed = run(depot_push, url=url, push_url=url, names=["crds", "tool"])
    assert pushed["changes"] == predicted["changes"]
    after = run(depot_info, url=url, names=["crds", "tool"])["depot"]
    assert pushed["depot"] == after
    assert after["missing"] == []
    assert set(after["artifacts"]["tool"]["files"]["tool"]) == {"sha256", "size", "url"}
    assert run(depot_push, url=url, names=["crds", "tool"])["changed"] is False
    assert run(bundle, names=["crds"], have=after, store=str(root / "s"))["changed"] is False


def test_errors_are_told(root: Path, registry: FakeRegistry) -> None:
    with pytest.raises(AnsibleActionFail, match="did you mean crds"):
        run(bundle, names=["crd"])
    with pytest.raises(AnsibleActionFail, match="did you mean crds"):
        run(depot_info, url=registry.url, names=["crd"])
    with pytest.raises(AnsibleActionFail, match="neither the depot nor the store"):
        run(depot_push, url=registry.url, names=["crds"])
    with pytest.raises(AnsibleActionFail, match="the depot does not answer"):
        run(depot_push, url="http://127.0.0.1:9", names=["crds"])


def test_images_of_ones_own(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "skopeo"
    program.write_text("#!/bin/sh\necho no such place >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    image = {"name": "registry.example.org/shop:1.0.0", "source": "dir:/nowhere"}
    with pytest.raises(
        AnsibleActionFail, match=r"where it is said.*/nowhere; found: no such place"
    ):
        run(depot_images, url=registry.url, images=[image])
    with pytest.raises(AnsibleActionFail, match="no full name"):
        run(depot_images, url=registry.url, images=[{**image, "name": "shop"}])
    manifest = b'{"config": {"digest": "sha256:0"}}'
    registry.manifests["shop", "1.0.0"] = (manifest, "application/json")
    there = run(depot_images, check=True, url=registry.url, images=[image])
    assert (there["changed"], there["changes"]) == (False, [])


def test_a_depot_that_is_not_there_yet(root: Path) -> None:
    url = "http://127.0.0.1:9"
    assert run(depot_info, url=url, ca_certificate="")["depot"]["reachable"] is False
    predicted = run(depot_push, check=True, url=url, names=["crds"])
    assert predicted["changes"] == ["push crds 1.0.0"]
