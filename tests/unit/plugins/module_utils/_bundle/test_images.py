# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.images import (
    ImageBuilder,
    build_command,
    detect_runtime,
    load_into_podman,
    podman_has,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe import (
    ContainerfileRecipe,
    DebianRecipe,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import (
    Record,
    Store,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import (
    Completed,
)

CONFIG, LAYER = b"{}", b"layer"


def write(folder: Path, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


class FakePodman:
    """Behaves as podman, skopeo, mmdebstrap and apt do, as far as builds ask them."""

    def __init__(self, fails: str = "", cgroups: str = "v2") -> None:
        self.fails, self.cgroups = fails, cgroups
        self.calls: list[list[str]] = []
        self.context: dict[str, tuple[bytes, int]] = {}
        self.identity = ""

    def __call__(self, argv: Sequence[str], **_: Any) -> Completed:
        self.calls.append(list(argv))
        if self.fails and self.fails in argv:
            return Completed(1, "", "line 1\nE: no such package\n")
        if "build" in argv:
            root = Path(argv[-1])
            files = (path for path in root.rglob("*") if path.is_file())
            self.context = {
                str(p.relative_to(root)): (p.read_bytes(), p.stat().st_mode) for p in files
            }
        if argv[0] == "skopeo" and argv[-1].startswith("oci:"):
            self._export(Path(argv[-1].split(":")[1]))
        if "image" in argv and "inspect" in argv:
            return Completed(0, self.identity, "")
        if "CgroupsVersion" in argv[-1]:
            return Completed(0, self.cgroups + "\n", "")
        if argv[0] == "apt-config":
            return Completed(0, 'Acquire::https::Proxy "p";', "")
        return Completed(1 if "exists" in argv else 0, "", "")

    def _export(self, folder: Path) -> None:
        blobs = folder / "blobs" / "sha256"
        content = {"config": write(blobs, CONFIG), "layers": [write(blobs, LAYER)] * 2}
        manifest = write(blobs, json.dumps(content).encode())
        (folder / "index.json").write_text(json.dumps({"manifests": [manifest]}))


def builder(store: Store, tmp_path: Path, podman: FakePodman) -> ImageBuilder:
    return ImageBuilder(store, tmp_path / "cache", "amd64", podman)


def build(
    catalogue: Catalogue, store: Store, tmp_path: Path, podman: FakePodman, settings: bool = True
) -> Record:
    entry = catalogue.image("tool")
    program = tmp_path / "blob"
    program.write_bytes(b"program")
    recipe = ContainerfileRecipe("images/tool", args={"V": "{version}"}, apt_settings=settings)
    source = catalogue.root / "images" / "tool"
    return builder(store, tmp_path, podman).containerfile(entry, recipe, source, {"t": program})


def test_a_containerfile_gets_programs_and_settings(
    catalogue: Catalogue, store: Store, tmp_path: Path
) -> None:
    podman = FakePodman()
    record = build(catalogue, store, tmp_path, podman)
    assert podman.context["bin/t"] == (b"program", 0o100755)
    assert podman.context["apt.conf"][0] == b'Acquire::https::Proxy "p";\n'
    assert set(podman.context) == {"Containerfile", "bin/t", "apt.conf"}
    assert len(record.blobs) == 3
    assert record.manifest in record.blobs
    assert store.blob(hashlib.sha256(LAYER).hexdigest()).read_bytes() == LAYER
    (command,) = [call for call in podman.calls if "build" in call]
    assert "--build-arg=V=1.2.3" in command
    assert "--tag=registry.example/group/tool:v1.2.3" in command
    assert "--pull=never" in command
    assert any("/99landfall-build:ro" in part for part in command)


def test_settings_only_where_they_are_wanted(
    catalogue: Catalogue, store: Store, tmp_path: Path
) -> None:
    podman = FakePodman()
    build(catalogue, store, tmp_path, podman, settings=False)
    assert "apt.conf" not in podman.context


def test_settings_of_package_managers_are_shown_and_not_copied(
    catalogue: Catalogue, store: Store, tmp_path: Path
) -> None:
    podman = FakePodman()
    recipe = ContainerfileRecipe("images/tool", package_managers=("npm",))
    source = catalogue.root / "images" / "tool"
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "x.pyc").write_text("left over")
    made = builder(store, tmp_path, podman)
    made.containerfile(catalogue.image("tool"), recipe, source, {})
    (command,) = [call for call in podman.calls if "build" in call]
    assert any(part.endswith("/npmrc:/root/.npmrc:ro") for part in command)
    assert set(podman.context) == {"Containerfile"}


@pytest.mark.parametrize("exists", [True, False])
def test_authorities_are_shown_to_builds_behind_https(
    catalogue: Catalogue,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    exists: bool,
) -> None:
    bundle = tmp_path / "ca.crt"
    if exists:
        bundle.write_text("x")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    podman = FakePodman()
    build(catalogue, store, tmp_path, podman)
    shown = f"--volume={bundle}:/etc/ssl/certs/ca-certificates.crt:ro"
    assert any(shown in call for call in podman.calls) is exists


@pytest.mark.parametrize(
    ("fails", "message"),
    [("build", "building an image failed: tool 1.2.3"), ("copy", "could not be copied")],
)
def test_a_failing_build_says_what_failed(
    catalogue: Catalogue, store: Store, tmp_path: Path, fails: str, message: str
) -> None:
    with pytest.raises(CommandError, match=f"{message}.*; found: line 1\nE: no such package"):
        build(catalogue, store, tmp_path, FakePodman(fails))


def test_a_debian_base(catalogue: Catalogue, store: Store, tmp_path: Path) -> None:
    podman = FakePodman()
    record = builder(store, tmp_path, podman).debian(
        catalogue.image("base"), DebianRecipe(("gpg",))
    )
    assert record.name == "base"
    called = [call[0] for call in podman.calls]
    assert called.index("mmdebstrap") < called.index("podman")
    assert any(
        "import" in call and call[-1] == "docker.io/library/base:trixie" for call in podman.calls
    )
    with pytest.raises(CommandError, match=r"base trixie"):
        builder(store, tmp_path, FakePodman("mmdebstrap")).debian(
            catalogue.image("base"), DebianRecipe()
        )


def test_images_are_loaded_and_cleared(catalogue: Catalogue, store: Store, tmp_path: Path) -> None:
    podman = FakePodman()
    made = builder(store, tmp_path, podman)
    record = made.export(catalogue.image("base"))
    made.load(record, "docker.io/library/base:trixie")
    assert podman.calls[-1][-1].endswith("]docker.io/library/base:trixie")
    made.clear()
    assert not (tmp_path / "cache" / "containers").exists()
    made.clear()


def test_an_image_that_is_loaded_is_not_loaded_again(
    catalogue: Catalogue, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    podman = FakePodman()
    made = builder(store, tmp_path, podman)
    record = made.export(catalogue.image("base"))
    monkeypatch.setattr(made, "_global_run", lambda *a: Completed(0, "", ""))
    before = len(podman.calls)
    made.load(record, "docker.io/library/base:trixie")
    assert len(podman.calls) == before


def test_the_machine_s_own_podman(catalogue: Catalogue, store: Store, tmp_path: Path) -> None:
    podman, entry = FakePodman(), catalogue.image("base")
    record = builder(store, tmp_path, podman).export(entry)
    assert not podman_has(store, record, entry, podman)
    podman.identity = hashlib.sha256(CONFIG).hexdigest() + "\n"
    assert podman_has(store, record, entry, podman)
    load_into_podman(store, record, entry, podman)
    assert podman.calls[-1][-1] == "containers-storage:docker.io/library/base:trixie"


@pytest.mark.parametrize(
    ("cgroups", "runc", "expected"),
    [("v1", "/usr/sbin/runc", ("--runtime=runc",)), ("v1", None, ()), ("v2", "/usr/sbin/runc", ())],
)
def test_the_runtime_is_found_out(
    monkeypatch: pytest.MonkeyPatch, cgroups: str, runc: str | None, expected: tuple[str, ...]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: runc)
    assert detect_runtime(FakePodman(cgroups=cgroups)) == expected


def test_the_command_is_all_there_is(catalogue: Catalogue) -> None:
    command = build_command(
        catalogue.image("tool"), ContainerfileRecipe("c"), "amd64", Path("/c"), []
    )
    assert command[0] == "build"
    assert command[-1] == "/c"
