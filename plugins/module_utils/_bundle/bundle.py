# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundle as its action plugins use it: what is asked for, planned, made and told."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from .._core.errors import CommandError, InvalidInputError, UnreachableError
from .._core.plan import Plan
from .._core.process import Runner, run
from .catalogue import Catalogue, Entry, load
from .depot import has
from .fetch import Fetcher, GoneError, Probe
from .gobuild import GoBuilder
from .images import ImageBuilder, load_into_podman, podman_has
from .plan import Needs, Source, Step, location, plan
from .produce import Producer, Progress, Tools, run_plan
from .recipe import ContainerfileRecipe, DebianRecipe, GoFilesRecipe, GoRecipe, fill
from .recipe_hash import RecipeHashes
from .registry import Access, UpstreamImages, registry_url
from .stacks import stack_images
from .store import Blob, Record, Store, cache_directory, default_path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "amd64": "amd64", "arm64": "arm64"}
# program → Debian package that has it
PACKAGES = {
    "go": "golang-go",
    "gcc": "gcc",
    "podman": "podman",
    "skopeo": "skopeo",
    "mmdebstrap": "mmdebstrap",
}


@dataclass(frozen=True)
class Request:
    """What is asked of the bundle.

    Attributes:
        names: entries by name; ``image/etcd`` where a binary and an image share one.
        profile: parts of a site, whose entries are needed.
        versions: version name → version other than the default.
        source: where what is missing comes from.
        store: the store's folder.
        have: the depot's index; what it has is not made.
        local: names of binary entries that must be in the store even so.
        keep_build_cache: keep the caches of builds, which the next build uses.
        stacks: the site's stacks, whose images are needed.
        stack_directory: where their descriptions are.
    """

    names: tuple[str, ...] = ()
    profile: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source.AUTO
    store: Path = field(default_factory=default_path)
    have: Mapping[str, Any] = field(default_factory=dict)
    local: tuple[str, ...] = ()
    keep_build_cache: bool = False
    ca: str = ""
    stacks: tuple[Any, ...] = ()
    stack_directory: Path = Path("stacks")

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """Read an action plugin's parameters."""
        store = params.get("store")
        return cls(
            tuple(params.get("names") or ()),
            tuple(params.get("profile") or ()),
            dict(params.get("versions") or {}),
            Source(params.get("source") or "auto"),
            Path(store).expanduser() if store else default_path(),
            params.get("have") or {},
            tuple(params.get("local") or ()),
            bool(params.get("keep_build_cache")),
            params.get("ca") or "",
            tuple(params.get("stacks") or ()),
            Path(params.get("stack_directory") or "stacks"),
        )


def architecture(machine: str | None = None) -> str:
    """Return the architecture to build for, by Go's name: this machine's.

    Raises:
        InvalidInputError: no recipe was ever tried on it.
    """
    name = machine or platform.machine()
    if name not in ARCHITECTURES:
        raise InvalidInputError(
            "artifacts cannot be made on this architecture",
            on=name,
            expected="one of " + ", ".join(sorted(set(ARCHITECTURES.values()))),
        )
    return ARCHITECTURES[name]


def select(catalogue: Catalogue, request: Request) -> tuple[Entry, ...]:
    """Return the entries that are asked for, each once; all parts of a site when none is named.

    Raises:
        InvalidInputError: an unknown name, part or version.
    """
    profile = request.profile or (() if request.names else ("site",))
    found = list(catalogue.used_by(profile, request.versions))
    images = stack_images(request.stacks, request.stack_directory)
    for name in (*request.names, *request.local, *(f"image/{image}" for image in images)):
        found += catalogue.find(name, request.versions)
    return tuple({entry.key: entry for entry in found}.values())


def probe_url(entry: Entry, arch: str) -> str:
    """Return an address that answers when an entry's upstream can be reached."""
    if entry.kind == "image":
        return f"{registry_url(entry.reference)}/v2/"
    parts = urlsplit(fill(location(entry), entry.version, arch, file=""))
    return f"{parts.scheme}://{parts.netloc}/"


class Bundle:
    """One run of the bundle for a project's root."""

    def __init__(self, root: Path, request: Request, runner: Runner = run) -> None:
        self.request = request
        self.catalogue = load(root / "catalogue")
        self.arch = architecture()
        self.hashes = RecipeHashes(self.catalogue, self.arch)
        self.store = Store(request.store)
        self.entries = select(self.catalogue, request)
        self._runner = runner
        self._session = requests.Session()
        self._probe = Probe(self._session)
        self._unreachable: set[str] = set()
        cache = cache_directory()
        self._go = GoBuilder(cache, self.arch, runner)
        self._images = ImageBuilder(self.store, cache, self.arch, runner)
        self._fetcher = Fetcher(self.store, self._session, self.arch)
        puller = UpstreamImages(self.store, self._session, self._fetcher, self.arch)
        tools = Tools(self._go, self._images, self._fetcher, puller, runner)
        self.producer = Producer(self.catalogue, self.store, self.hashes, tools)

    def record(self, entry: Entry) -> Record | None:
        """Return an entry's record when the store has it."""
        return self.producer.stored(entry)

    def plan(self) -> Plan[Step]:
        """Return what has to be made."""
        stored = {entry.key for entry in self.catalogue if self.record(entry)}
        remote = {entry.key for entry in self.entries if has(self.request.have, entry)}
        needs = Needs(self.entries, stored, remote, self.request.source)
        return plan(self.catalogue, needs, self._reachable)

    def is_complete(self) -> bool:
        """Tell whether all that is asked for is there, so that nothing has to be written."""
        return not (self._missing_local() or self.plan() or self.load_images(check=True))

    def fetch_local(self) -> None:
        """Get what must be in the store and is in the depot from there."""
        for entry in self._missing_local():
            self._from_depot(entry)

    def apply(self, steps: Plan[Step], progress: Progress) -> None:
        """Make what a plan says.

        With ``Source.AUTO`` an upstream that fails is given up, and what it lacks is built.

        Raises:
            LandfallError: what could not be made; what was made before is kept in the store.
        """
        check_programs(steps)
        compiled = False
        self._images.clear()  # what a killed run left may come from other recipes
        try:
            while steps:
                compiled |= any(isinstance(step.made.build, GoRecipe) for step in steps)
                failed: list[Step] = []
                try:
                    run_plan(steps, self.catalogue, partial(self._make, failed), progress)
                except (GoneError, UnreachableError):
                    if not failed or self.request.source is not Source.AUTO:
                        raise
                    self._unreachable |= {step.made.key for step in failed}
                steps = self.plan()
        finally:
            self.store.save_seals()
            self._images.clear()
        keep = self.request.keep_build_cache or "LANDFALL_KEEP_BUILD_CACHE" in os.environ
        if compiled and not keep:
            self._go.drop_caches()

    def load_images(self, *, check: bool) -> list[str]:
        """Put images of ours that this machine itself runs into its podman; return their names."""
        loaded = []
        for entry in self.entries:
            record = self.record(entry)
            ours = entry.kind == "image" and entry.reference.startswith("localhost/")
            if not ours or not record or podman_has(self.store, record, entry, self._runner):
                continue
            if not check:
                load_into_podman(self.store, record, entry, self._runner)
            loaded.append(entry.reference)
        return loaded

    def result(self) -> dict[str, Any]:
        """Return what the store has of what was asked for, in the shape of a depot's index.

        ``artifacts``: name → version and files with sha256, size and store_path;
        ``images``: name → version, reference and digest.
        """
        artifacts: dict[str, Any] = {}
        images: dict[str, Any] = {}
        for entry in self.entries:
            record = self.record(entry)
            if record is None:
                continue
            if record.manifest:
                images[entry.name] = {
                    "version": entry.version,
                    "reference": entry.reference,
                    "digest": record.manifest.digest,
                }
            else:
                files = {name: self._file(blob) for name, blob in record.files.items()}
                artifacts[entry.name] = {"version": entry.version, "files": files}
        return {"artifacts": artifacts, "images": images, "store": str(self.store.path)}

    def _file(self, blob: Blob) -> dict[str, Any]:
        path = str(self.store.blob(blob.sha256))
        return {"sha256": blob.sha256, "size": blob.size, "store_path": path}

    def _missing_local(self) -> list[Entry]:
        """Return what must be in the store, is not, and is in the depot."""
        local = {
            entry.key
            for name in self.request.local
            for entry in self.catalogue.find(name, self.request.versions)
        }
        return [
            entry
            for entry in self.entries
            if entry.key in local and has(self.request.have, entry) and not self.record(entry)
        ]

    def _make(self, failed: list[Step], step: Step) -> None:
        try:
            self.producer.make(step)
        except (GoneError, UnreachableError):
            failed.append(step)
            raise

    def _reachable(self, entry: Entry) -> bool:
        return entry.key not in self._unreachable and self._probe(probe_url(entry, self.arch))

    def _from_depot(self, entry: Entry) -> None:
        session = Access(self.request.have["url"], self.request.ca).session()
        fetcher = Fetcher(self.store, session, self.arch)
        listed = self.request.have["artifacts"][entry.name]["files"]
        files = {name: fetcher.blob(file["url"], file["sha256"]) for name, file in listed.items()}
        recipe = self.hashes.of(entry)
        record = Record(entry.kind, entry.name, entry.version, recipe, "depot", files=files)
        self.store.put(record)


def programs(steps: Plan[Step]) -> set[str]:
    """Return the programs that a plan's builds start."""
    needed: set[str] = set()
    for step in steps:
        recipe = step.made.build
        if step.action != "build":
            continue
        if isinstance(recipe, (GoRecipe, GoFilesRecipe)):
            needed |= {"go", "gcc"} if isinstance(recipe, GoRecipe) and recipe.cgo else {"go"}
        elif isinstance(recipe, DebianRecipe):
            needed |= {"mmdebstrap", "podman", "skopeo"}
        elif isinstance(recipe, ContainerfileRecipe):
            needed |= {"podman", "skopeo"}
    return needed


def missing_packages(steps: Plan[Step]) -> list[str]:
    """Return the Debian packages that a plan needs and this machine lacks."""
    return sorted(PACKAGES[name] for name in programs(steps) if shutil.which(name) is None)


def check_programs(steps: Plan[Step]) -> None:
    """Refuse a plan whose programs are not here.

    Raises:
        CommandError: names the packages to install.
    """
    packages = missing_packages(steps)
    if packages:
        raise CommandError(
            "programs that builds need are missing on the controller",
            expected=", ".join(packages),
            remedy=f"apt-get install {' '.join(packages)}",
        )
