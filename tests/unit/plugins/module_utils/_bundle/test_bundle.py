# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import (
    Bundle,
    Request,
    architecture,
    check_programs,
    missing_packages,
    probe_url,
    programs,
    select,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    parse,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.depot import Depot
from ansible_collections.landfall.platform.plugins.module_utils._bundle.plan import (
    Needs,
    Source,
    Step,
    plan,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.produce import run_plan
from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import Access
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    InvalidInputError,
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._core.process import (
    Completed,
)

from .conftest import FakeRegistry, Upstream, small
from .test_gobuild import FakeGo
from .test_images import FakePodman


class Machine:
    """A machine whose programs are all there and do what they should."""

    def __init__(self, folder: Path) -> None:
        self.go, self.podman = FakeGo(folder), FakePodman()
        self.wheel = True

    def __call__(self, argv: Sequence[str], **options: Any) -> Completed:
        if argv[0] == "go":
            return self.go(argv, **options)
        if "pip" not in argv:
            return self.podman(argv, **options)
        target = next(a for a in argv if a.startswith("--dest=")).removeprefix("--dest=")
        if not self.wheel:
            return Completed(1, "", "no such version")
        with zipfile.ZipFile(Path(target, "wheel_x-1.0.0-py3-none-any.whl"), "w") as archive:
            archive.writestr("x/bin/x", "from a wheel")
        return Completed(0, "", "")


@pytest.fixture
def root(tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "m.yaml").write_text("a: 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert catalogue.root == tmp_path
    return tmp_path


def write(root: Path, **changes: Any) -> None:
    (root / "catalogue").mkdir(exist_ok=True)
    (root / "catalogue" / "all.yml").write_text(yaml.safe_dump(small(**changes)))


def bundle(root: Path, **params: Any) -> tuple[Bundle, Machine]:
    if not (root / "catalogue").exists():
        write(root)
    machine = Machine(root)
    return Bundle(root, Request.from_params({"source": "build", **params}), machine), machine


def quiet(position: int, total: int, step: Step, seconds: float | None) -> None:
    pass


def test_everything_is_made_once(root: Path) -> None:
    made, _ = bundle(root, names=["part", "wheel", "crds", "tool"])
    shown: list[tuple[int, int, bool]] = []
    steps = made.plan()
    assert len(steps.changes) == 6
    made.apply(steps, lambda p, t, s, sec: shown.append((p, t, sec is None)))
    assert len(shown) == 12
    assert {total for _, total, _ in shown} == {6}
    result = made.result()
    assert set(result["artifacts"]) == {"part", "wheel", "crds", "tool"}
    assert (
        Path(result["artifacts"]["wheel"]["files"]["x"]["store_path"]).read_text() == "from a wheel"
    )
    assert result["images"]["tool"]["reference"] == "registry.example/group/tool:v1.2.3"
    assert not made.plan()
    again, _ = bundle(root, names=["part", "wheel", "crds", "tool"])
    assert not again.plan()
    assert again.result() == result


def test_only_what_changed_is_made_again(root: Path) -> None:
    first, _ = bundle(root, names=["image/tool", "crds"])
    first.apply(first.plan(), quiet)
    (root / "images" / "tool" / "Containerfile").write_text(
        "FROM docker.io/library/base:trixie\n\n"
    )
    second, _ = bundle(root, names=["image/tool", "crds"])
    assert second.plan().summary() == ["build tool 1.2.3 (image)"]


def test_damaged_content_is_made_again(root: Path) -> None:
    first, _ = bundle(root, names=["crds"])
    first.apply(first.plan(), quiet)
    path = first.result()["artifacts"]["crds"]["files"]["a.yaml"]["store_path"]
    Path(path).write_text("a: 2")
    second, _ = bundle(root, names=["crds"])
    assert second.plan().summary() == ["build crds 1.0.0"]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("variable", [True, False])
def test_build_caches_are_dropped(
    root: Path, monkeypatch: pytest.MonkeyPatch, keep: bool, variable: bool
) -> None:
    if variable:
        monkeypatch.setenv("LANDFALL_KEEP_BUILD_CACHE", "1")
    else:
        monkeypatch.delenv("LANDFALL_KEEP_BUILD_CACHE", raising=False)
    cache = root / "cache" / "landfall" / "go-build"
    cache.mkdir(parents=True)
    made, _ = bundle(root, names=["binary/tool"], keep_build_cache=keep)
    made.apply(made.plan(), quiet)
    assert cache.exists() is (keep or variable)


def upstream_of(url: str) -> dict[str, Any]:
    entry = dict(small()["binaries"]["tool"])
    return {**entry, "upstream": {"url": f"{url}/{{file}}", "digest_url": "{url}.sha256"}}


@pytest.mark.parametrize("source", ["auto", "upstream"])
def test_upstream_comes_first(root: Path, upstream: Upstream, source: str) -> None:
    content = b"from upstream"
    digest = hashlib.sha256(content).hexdigest().encode()
    upstream.files = {"/tool": content, "/tool.sha256": digest}
    write(root, binaries={"tool": upstream_of(upstream.url)})
    made, machine = bundle(root, names=["binary/tool"], source=source)
    steps = made.plan()
    assert [step.reason for step in steps] == [f"from {upstream.url}/{{file}}"]
    made.apply(steps, quiet)
    path = made.result()["artifacts"]["tool"]["files"]["tool"]["store_path"]
    assert Path(path).read_bytes() == content
    assert machine.go.calls == []


@pytest.mark.parametrize(("source", "builds"), [("auto", True), ("upstream", False)])
def test_what_upstream_lacks_is_built(
    root: Path, upstream: Upstream, source: str, builds: bool
) -> None:
    write(root, binaries={"tool": upstream_of(upstream.url)})
    made, machine = bundle(root, names=["binary/tool"], source=source)
    steps = made.plan()
    assert steps.summary() == ["fetch tool 1.2.3"]
    if builds:
        made.apply(steps, quiet)
        assert machine.go.calls
        assert not made.plan()
    else:
        with pytest.raises(LandfallError, match=r"refuses a download"):
            made.apply(steps, quiet)


def test_an_upstream_image(root: Path, registry: FakeRegistry) -> None:
    registry.add_image("group/tool", "v1.2.3")
    host = registry.url.removeprefix("http://")
    image = {**small()["images"]["tool"], "reference": f"{host}/group/tool:v{{version}}"}
    write(root, images={"tool": image})
    made, _ = bundle(root, names=["image/tool"], source="auto")
    assert made.plan().summary() == ["fetch tool 1.2.3 (image)"]
    made.apply(made.plan(), quiet)
    assert made.result()["images"]["tool"]["digest"].startswith("sha256:")


def test_what_the_depot_has_is_not_made(root: Path, registry: FakeRegistry) -> None:
    made, _ = bundle(root, names=["crds"])
    made.apply(made.plan(), quiet)
    records = [(entry, made.record(entry)) for entry in made.entries]
    depot = Depot(Access(registry.url), made.hashes)
    depot.push(made.store, [(entry, record) for entry, record in records if record])
    have = depot.index(made.entries).to_dict()

    other, _ = bundle(root, names=["crds"], have=have, store=str(root / "other"))
    assert not other.plan()
    other.fetch_local()
    assert other.result()["artifacts"] == {}
    local, _ = bundle(root, local=["crds"], have=have, names=["crds"], store=str(root / "third"))
    assert not local.plan()
    local.fetch_local()
    path = local.result()["artifacts"]["crds"]["files"]["a.yaml"]["store_path"]
    assert Path(path).read_text() == "a: 1\n"


def test_images_of_this_machine_are_loaded(root: Path) -> None:
    image = {"reference": "localhost/tool:1", "pull": False}
    image |= {"build": {"kind": "containerfile", "context": "images/tool"}}
    write(root, images={"tool": image})
    made, machine = bundle(root, names=["tool"])
    assert made.load_images(check=True) == []
    made.apply(made.plan(), quiet)
    assert made.load_images(check=True) == ["localhost/tool:1"]
    before = len(machine.podman.calls)
    assert made.load_images(check=False) == ["localhost/tool:1"]
    assert len(machine.podman.calls) == before + 2


def test_a_wheel_without_the_file(root: Path) -> None:
    wheel = {**small()["binaries"]["wheel"]}
    wheel["build"] = {**wheel["build"], "files": {"x": "x/bin/y"}}
    write(root, binaries={"wheel": wheel})
    made, machine = bundle(root, names=["wheel"])
    with pytest.raises(InvalidInputError, match=r"wheel 1.0.0: x; expected: x/bin/y"):
        made.apply(made.plan(), quiet)
    machine.wheel = False
    with pytest.raises(CommandError, match=r"wheel-x==1.0.0; found: no such version"):
        made.apply(made.plan(), quiet)


def test_a_file_that_an_input_lacks(root: Path) -> None:
    part = {
        **small()["binaries"]["part"],
        "build": {"kind": "take", "source": "tool", "files": ["z"]},
    }
    write(root, binaries={"part": part})
    made, _ = bundle(root, names=["part"])
    with pytest.raises(
        InvalidInputError, match=r"lacks a file: tool 1.2.3; expected: z; found: tool"
    ):
        made.apply(made.plan(), quiet)


def test_an_input_that_vanished(root: Path) -> None:
    made, _ = bundle(root, names=["part"])
    step = Step.from_entry(made.entries[0], "build")
    with pytest.raises(LandfallError, match=r"an input of a build is missing"):
        made.producer.make(step)


def test_one_heavy_step_at_a_time_and_inputs_first(catalogue: Catalogue) -> None:
    second = {**small()["binaries"]["tool"], "version_of": "crds"}
    both = parse(catalogue.root, small(binaries={"second": second}))
    entries = tuple(both)
    steps = plan(both, Needs(entries, set(), set(), Source.BUILD), lambda e: False)
    lock, running, most = threading.Lock(), set[str](), [0, 0]
    done: list[str] = []

    def make(step: Step) -> None:
        with lock:
            running.add(step.target)
            most[0] = max(most[0], len(running))
            most[1] = max(most[1], len(running & {"tool 1.2.3", "second 1.0.0", "tool 1.2.2"}))
            assert {needed.key for needed in both.inputs(step.made)} <= set(done)
        threading.Event().wait(0.01)
        with lock:
            running.discard(step.target)
            done.append(step.made.key)

    run_plan(steps, both, make, quiet)
    assert len(done) == len(entries)
    assert most == [2, 1]


def test_an_error_ends_the_run(catalogue: Catalogue) -> None:
    steps = plan(catalogue, Needs(tuple(catalogue), set(), set(), Source.BUILD), lambda e: False)
    made: list[str] = []

    def make(step: Step) -> None:
        made.append(step.made.key)
        raise UnreachableError("gone")

    with pytest.raises(UnreachableError):
        run_plan(steps, catalogue, make, quiet)
    assert len(made) <= 2


@pytest.mark.parametrize(
    ("params", "keys"),
    [
        ({"names": ["part"]}, ["binary/part@1.2.3"]),
        ({"names": ["part", "part"], "versions": {"tool": "1.2.2"}}, ["binary/part@1.2.2"]),
        ({"profile": ["ingress"], "names": ["crds"]}, ["binary/crds@1.0.0"]),
        ({}, ["binary/tool@1.2.3", "binary/crds@1.0.0", "image/tool@1.2.3"]),
        ({"profile": ["lab"], "local": ["wheel"]}, ["binary/part@1.2.3", "binary/wheel@1.0.0"]),
    ],
)
def test_what_is_asked_for(catalogue: Catalogue, params: dict[str, Any], keys: list[str]) -> None:
    assert [entry.key for entry in select(catalogue, Request.from_params(params))] == keys


def test_programs_that_builds_need(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    cgo = {**small()["binaries"]["tool"]["build"], "cgo": True}
    static = {**small()["binaries"]["tool"], "build": cgo}
    with_c = parse(catalogue.root, small(binaries={"tool": static}))

    def steps(source: Catalogue, name: str) -> Plan[Step]:
        needs = Needs(source.find(name), set(), set(), Source.BUILD)
        return plan(source, needs, lambda e: False)

    assert programs(steps(catalogue, "crds")) == {"go"}
    assert programs(steps(with_c, "binary/tool")) == {"go", "gcc"}
    assert programs(steps(catalogue, "wheel")) == set()
    assert programs(steps(catalogue, "image/tool")) == {"go", "mmdebstrap", "podman", "skopeo"}
    fetch = Needs(catalogue.find("image/tool"), set(), set(), Source.UPSTREAM)
    assert programs(plan(catalogue, fetch, lambda e: True)) == set()
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert missing_packages(steps(with_c, "binary/tool")) == ["gcc", "golang-go"]
    with pytest.raises(CommandError, match=r"apt-get install golang-go"):
        check_programs(steps(catalogue, "crds"))


@pytest.mark.parametrize(("machine", "arch"), [("x86_64", "amd64"), ("aarch64", "arm64")])
def test_architectures(machine: str, arch: str) -> None:
    assert architecture(machine) == arch
    with pytest.raises(InvalidInputError, match=r"one of amd64, arm64"):
        architecture("riscv64")


def test_what_is_asked_whether_upstream_answers(catalogue: Catalogue) -> None:
    assert probe_url(catalogue.image("tool"), "amd64") == "https://registry.example/v2/"
    located = parse(
        catalogue.root, small(binaries={"tool": upstream_of("https://dl.example/v{version}")})
    )
    assert probe_url(located.binary("tool"), "amd64") == "https://dl.example/"
