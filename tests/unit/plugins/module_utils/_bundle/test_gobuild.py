# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    load,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.gobuild import (
    GoBuilder,
    build_command,
    executable_name,
    go_mod,
    requirements,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe import (
    GoFilesRecipe,
    GoRecipe,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import (
    Completed,
)

from .test_catalogue import ROOT

REPLACES = [
    {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
    {"Old": {"Path": "a", "Version": "v1"}, "New": {"Path": "b", "Version": "v2"}},
]


class FakeGo:
    """Behaves as go does, as far as a build asks it."""

    def __init__(self, folder: Path, version: str = "go1.26.8", fails: str = "") -> None:
        self.folder, self.version, self.fails = folder, version, fails
        self.calls: list[list[str]] = []
        self.go_mod = ""
        self.environment: Mapping[str, str] = {}

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 60.0,
        check: bool = True,
        stdin: Optional[str] = None,
        env: Optional[Mapping[str, str]] = None,
    ) -> Completed:
        self.calls.append(list(argv))
        self.environment = env or {}
        if self.fails and self.fails in argv:
            return Completed(1, '{"Error": "x"}', "../x.go:1: broken\n")
        if argv[1] == "env":
            return Completed(0, self.version + "\n", "")
        if "download" in argv:
            return Completed(0, json.dumps({"GoMod": "/m/go.mod", "Dir": str(self.folder)}), "")
        if "edit" in argv:
            return Completed(0, json.dumps({"Go": "1.26", "Replace": REPLACES}), "")
        self.go_mod = Path(argv[2], "go.mod").read_text()
        output = next(a for a in argv if a.startswith("-o=")).removeprefix("-o=")
        for package in argv[argv.index(f"-o={output}") + 1 :]:
            Path(output, executable_name(package)).write_text(package)
        return Completed(0, "", "")


def kubernetes() -> tuple[Any, GoRecipe]:
    entry = load(ROOT / "catalogue").binary("kubernetes")
    assert isinstance(entry.build, GoRecipe)
    return entry, entry.build


def test_staging_modules_are_replaced_by_published_ones() -> None:
    entry, recipe = kubernetes()
    needs = requirements({"Go": "1.26.0", "Replace": REPLACES}, "v0.37.1")
    assert go_mod(recipe, needs, entry.version, "amd64").splitlines() == [
        "module landfall.internal/build",
        "go 1.26.0",
        "require k8s.io/kubernetes v1.37.1",
        "replace k8s.io/api => k8s.io/api v0.37.1",
        "replace a v1 => b v2",
    ]
    assert requirements({"Replace": REPLACES}, "").replaces == (("a v1", "b v2"),)
    assert requirements({}, "").go == "1.21"


def test_replaces_of_the_catalogue_win() -> None:
    recipe = GoRecipe("m", {"x": "m/x"}, modules=("n",), replaces={"a v1": "c v{major}"})
    text = go_mod(recipe, requirements({"Replace": REPLACES}, ""), "3.4", "amd64")
    assert "require n v3.4" in text
    assert "replace a v1 => c v3" in text


@pytest.mark.parametrize(
    ("package", "name"), [("a/cmd/tool", "tool"), ("a/server/v3", "server"), ("v2", "v2")]
)
def test_names_of_programs(package: str, name: str) -> None:
    assert executable_name(package) == name


def test_stamps_and_static_linking() -> None:
    recipe = GoRecipe("m", {"x": "m/x"}, stamps={"m.V": "v{version}"}, cgo=True)
    command = build_command(recipe, "1.2", "amd64", "/out")
    assert '-ldflags=-s -w -X m.V=v1.2 -extldflags "-static"' in command
    assert "-tags=netgo,osusergo" in command
    assert command[-1] == "m/x"


@pytest.mark.parametrize(
    ("cgo", "tags", "expected"),
    [
        (False, (), []),
        (False, ("a", "b"), ["-tags=a,b"]),
        (True, ("a",), ["-tags=netgo,osusergo,a"]),
    ],
)
def test_tags(cgo: bool, tags: tuple[str, ...], expected: list[str]) -> None:
    recipe = GoRecipe("m", {"x": "m/x"}, cgo=cgo, tags=tags)
    command = build_command(recipe, "1.2", "amd64", "/out")
    assert [argument for argument in command if argument.startswith("-tags")] == expected


def test_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLAGS", "-x")
    go, (entry, recipe) = FakeGo(tmp_path), kubernetes()
    builder = GoBuilder(tmp_path / "cache", "amd64", go)
    built = builder.programs(entry, recipe, tmp_path)
    assert set(built) == set(recipe.packages)
    assert built["kubelet"].read_text() == "k8s.io/kubernetes/cmd/kubelet"
    assert "replace k8s.io/api => k8s.io/api v0.37.1" in go.go_mod
    assert go.environment["CGO_ENABLED"] == "0"
    assert go.environment["GOFLAGS"] == "-x -modcacherw"
    assert go.environment["GOCACHE"] == str(tmp_path / "cache" / "go-build")
    builder.prepare()
    assert sum("GOVERSION" in call for call in go.calls) == 1


def test_an_old_go_fetches_a_newer_one(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").write_text("")
    go, (entry, recipe) = FakeGo(tmp_path, "go1.19.8"), kubernetes()
    GoBuilder(tmp_path / "cache", "amd64", go).programs(entry, recipe, tmp_path)
    assert [c[-1] for c in go.calls][1:2] == ["golang.org/toolchain@v0.0.1-go1.21.13.linux-amd64"]
    assert go.environment["PATH"].startswith(f"{tmp_path}/bin:")
    assert (tmp_path / "bin" / "go").stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        ("build", "k8s.io/kubernetes; expected|k8s.io/kubernetes; found: ../x.go:1: broken"),
        ("env", "go failed"),
    ],
)
def test_a_failing_build_names_the_module(tmp_path: Path, fails: str, message: str) -> None:
    entry, recipe = kubernetes()
    with pytest.raises(CommandError, match=message):
        GoBuilder(tmp_path / "c", "amd64", FakeGo(tmp_path, fails=fails)).programs(
            entry, recipe, tmp_path
        )


def test_an_answer_that_is_no_json(tmp_path: Path) -> None:
    entry, recipe = kubernetes()
    builder = GoBuilder(tmp_path, "amd64", lambda *a, **k: Completed(0, "go1.26", ""))
    with pytest.raises(LandfallError, match=r"no answer that can be read"):
        builder.programs(entry, recipe, tmp_path)


def test_files_of_a_module(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "b.yaml").write_text("b: 1\n\n")
    (tmp_path / "a.yaml").write_text("a: 1\n")
    entry = catalogue.binary("crds")
    builder = GoBuilder(tmp_path / "c", "amd64", FakeGo(tmp_path))
    recipe = GoFilesRecipe("m", {"all.yaml": "*.yaml"})
    assert builder.files(entry, recipe) == {"all.yaml": b"a: 1\n---\nb: 1\n"}
    with pytest.raises(InvalidInputError, match=r"crds 1.0.0: x; expected: \*.json in m v1.0.0"):
        builder.files(entry, GoFilesRecipe("m", {"x": "*.json"}))


def test_caches_are_dropped(tmp_path: Path) -> None:
    for name in ("go-build", "go-mod", "store"):
        (tmp_path / name / "x").mkdir(parents=True)
    GoBuilder(tmp_path, "amd64").drop_caches()
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
