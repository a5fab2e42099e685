# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images made by podman in a storage of our own, and moved between it and the store."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._core.errors import CommandError
from .._core.process import Completed, Runner, run, tail
from .catalogue import Entry
from .debian import AptSetup, mmdebstrap_command, read_setup
from .managers import Managers
from .recipe import ContainerfileRecipe, DebianRecipe, fill
from .recipe_hash import LEFTOVERS
from .store import Blob, Record, Store

TIMEOUT = 1800.0
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
# Packed quickly on one core and unpacked quickly by every node; containerd and podman know it.
_COMPRESSION = ("--dest-compress-format=zstd", "--dest-compress-level=3")


def build_command(
    entry: Entry, recipe: ContainerfileRecipe, arch: str, context: Path, volumes: Sequence[str]
) -> list[str]:
    """Return podman's arguments, without its global ones, that build an image."""
    args = {name: fill(value, entry.version, arch) for name, value in recipe.args.items()}
    return [
        "build",
        "--quiet",
        "--pull=never",
        "--format=oci",
        "--network=host",
        "--force-rm",
        "--layers=false",
        *(f"--build-arg={name}={value}" for name, value in args.items()),
        *(f"--volume={volume}:ro" for volume in volumes),
        f"--tag={entry.reference}",
        str(context),
    ]


def index_of(manifest: Blob, media_type: str, reference: str) -> str:
    """Return an ``index.json`` that names one manifest."""
    descriptor = {
        "mediaType": media_type,
        "digest": manifest.digest,
        "size": manifest.size,
        "annotations": {"org.opencontainers.image.ref.name": reference},
    }
    return json.dumps({"schemaVersion": 2, "manifests": [descriptor]})


def blobs_of(manifest: Mapping[str, Any]) -> list[Blob]:
    """Return the configuration and the layers that a manifest names, each once."""
    found = {
        raw["digest"]: Blob(raw["digest"].removeprefix("sha256:"), raw["size"])
        for raw in (manifest["config"], *manifest["layers"])
    }
    return list(found.values())


class ImageBuilder:
    """Builds images; its podman storage is beside the store and is removed by :meth:`clear`."""

    def __init__(self, store: Store, cache: Path, arch: str, runner: Runner = run) -> None:
        self._store = store
        self._root = cache / "containers"
        self._arch = arch
        self._run = runner
        self._setup: AptSetup | None = None
        self._runtime: tuple[str, ...] | None = None
        self._managers = Managers(runner=runner)

    def debian(self, entry: Entry, recipe: DebianRecipe) -> Record:
        """Make a Debian base image and put it into the store."""
        with tempfile.TemporaryDirectory(prefix="landfall-debian-") as folder:
            Path(folder).chmod(0o755)  # mmdebstrap's other users have to reach it
            tar = Path(folder, "root.tar")
            command = mmdebstrap_command(entry.version, tar, self._apt(), recipe.packages)
            self._checked(self._run(command, timeout=TIMEOUT, check=False), entry)
            self._podman(
                entry, "import", "--quiet", '--change=CMD ["bash"]', str(tar), entry.reference
            )
        return self.export(entry)

    def containerfile(
        self,
        entry: Entry,
        recipe: ContainerfileRecipe,
        source: Path,
        files: Mapping[str, Path],
    ) -> Record:
        """Build a Containerfile's image and put it into the store.

        Args:
            entry: the image.
            recipe: its recipe; the images that it names must have been loaded.
            source: the Containerfile's folder.
            files: file name → path of the programs that the context gets.
        """
        with tempfile.TemporaryDirectory(prefix="landfall-image-") as folder:
            context = Path(folder, "context")
            shutil.copytree(source, context, ignore=shutil.ignore_patterns(*LEFTOVERS))
            for name, path in files.items():
                target = context / "bin" / name
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, target)
                target.chmod(0o755)
            settings = Path(folder, "apt.conf")
            settings.write_text(self._apt().apt_conf, encoding="utf-8")
            if recipe.apt_settings:
                shutil.copyfile(settings, context / "apt.conf")
            volumes = self._volumes(settings)
            volumes += self._managers.volumes(recipe.package_managers, Path(folder))
            self._podman(entry, *build_command(entry, recipe, self._arch, context, volumes))
        return self.export(entry)

    def load(self, record: Record, reference: str) -> None:
        """Put an image of the store into the storage for builds, unless it is there."""
        if self._global_run("image", "exists", reference).returncode != 0:
            with layout(self._store, record, reference) as source:
                self._copy(f"oci:{source}:{reference}", self._storage(reference), reference)

    def export(self, entry: Entry) -> Record:
        """Put an image from the storage for builds into the store; the recipe is set later."""
        with tempfile.TemporaryDirectory(prefix="oci-", dir=self._store.path / "partial") as folder:
            self._copy(self._storage(entry.reference), f"oci:{folder}:image", entry.reference)
            index = json.loads(Path(folder, "index.json").read_text(encoding="utf-8"))
            return import_layout(self._store, entry, Path(folder), index["manifests"][0])

    def clear(self) -> None:
        """Remove the storage for builds."""
        if self._root.exists():
            self._global_run("rmi", "--all", "--force")
            shutil.rmtree(self._root, ignore_errors=True)

    def _apt(self) -> AptSetup:
        if self._setup is None:
            self._setup = read_setup(self._run)
        return self._setup

    def _volumes(self, settings: Path) -> list[str]:
        """Return what a build sees of this machine: apt's settings and the trusted authorities."""
        volumes = [f"{settings}:/etc/apt/apt.conf.d/99landfall-build"]
        bundle = os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt"
        if "https::" in settings.read_text(encoding="utf-8") and Path(bundle).is_file():
            volumes.append(f"{bundle}:/etc/ssl/certs/ca-certificates.crt")
        return volumes

    def _storage(self, reference: str) -> str:
        driver = self._driver()
        return f"containers-storage:[{driver}@{self._root}/root+{self._root}/run]{reference}"

    def _driver(self) -> str:
        done = self._global_run("info", "--format={{.Store.GraphDriverName}}")
        return done.stdout.strip() or "overlay"

    def _arguments(self) -> tuple[str, ...]:
        return (f"--root={self._root}/root", f"--runroot={self._root}/run")

    def _global_run(self, *arguments: str) -> Completed:
        self._root.mkdir(parents=True, exist_ok=True)
        return self._run(["podman", *self._arguments(), *arguments], timeout=TIMEOUT, check=False)

    def _podman(self, entry: Entry, *arguments: str) -> Completed:
        if self._runtime is None:
            self._runtime = detect_runtime(self._run)
        return self._checked(self._global_run(*self._runtime, *arguments), entry)

    def _copy(self, source: str, target: str, on: str) -> None:
        done = self._run(
            ["skopeo", "copy", "--quiet", *_COMPRESSION, source, target],
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode != 0:
            raise CommandError("an image could not be copied", on=on, found=tail(done.stderr))

    def _checked(self, done: Completed, entry: Entry) -> Completed:
        if done.returncode != 0:
            raise CommandError("building an image failed", on=entry.title, found=tail(done.stderr))
        return done


def detect_runtime(runner: Runner = run) -> tuple[str, ...]:
    """Return podman's argument for the runtime: crun refuses cgroup v1 on some machines."""
    found = runner(["podman", "info", "--format={{.Host.CgroupsVersion}}"], check=False).stdout
    return ("--runtime=runc",) if found.strip() == "v1" and shutil.which("runc") else ()


def import_layout(
    store: Store, entry: Entry, folder: Path, descriptor: Mapping[str, Any]
) -> Record:
    """Move an image from an OCI layout on the store's file system into the store."""
    blobs = folder / "blobs" / "sha256"
    manifest = Blob(descriptor["digest"].removeprefix("sha256:"), descriptor["size"])
    content = json.loads((blobs / manifest.sha256).read_text(encoding="utf-8"))
    found = blobs_of(content)
    for blob in (*found, manifest):
        store.adopt(blobs / blob.sha256, blob)
    return Record(
        entry.kind,
        entry.name,
        entry.version,
        "",
        "build",
        manifest=manifest,
        media_type=content.get("mediaType", MANIFEST),
        blobs=(*found, manifest),
    )


@contextlib.contextmanager
def layout(store: Store, record: Record, reference: str) -> Iterator[Path]:
    """Show one image of the store as an OCI layout of its own, for the time of the block."""
    if record.manifest is None:  # pragma: no cover
        raise AssertionError("only images are loaded")
    with tempfile.TemporaryDirectory(prefix="landfall-oci-") as name:
        folder = Path(name)
        folder.joinpath("blobs").mkdir()
        folder.joinpath("blobs", "sha256").symlink_to(store.blobs.resolve())
        text = index_of(record.manifest, record.media_type or MANIFEST, reference)
        folder.joinpath("index.json").write_text(text, encoding="utf-8")
        folder.joinpath("oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="utf-8")
        yield folder


def podman_has(store: Store, record: Record, entry: Entry, runner: Runner = run) -> bool:
    """Tell whether this user's podman has exactly this image."""
    if record.manifest is None:  # pragma: no cover
        raise AssertionError("only images are loaded")
    inspect = ["podman", "image", "inspect", "--format={{.Id}}", entry.reference]
    done = runner(inspect, check=False)
    config = json.loads(store.blob(record.manifest.sha256).read_text(encoding="utf-8"))["config"]
    digest: str = config["digest"]
    return done.stdout.strip() == digest.removeprefix("sha256:")


def load_into_podman(store: Store, record: Record, entry: Entry, runner: Runner = run) -> None:
    """Put an image of the store into this user's podman."""
    with layout(store, record, entry.reference) as source:
        target = f"containers-storage:{entry.reference}"
        runner(
            ["skopeo", "copy", "--quiet", f"oci:{source}:{entry.reference}", target],
            timeout=TIMEOUT,
        )
