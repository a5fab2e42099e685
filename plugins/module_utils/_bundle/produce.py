# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what a plan says: each step's output goes into the store, one record an entry."""

from __future__ import annotations

import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from .._core.errors import CommandError, InvalidInputError, LandfallError
from .._core.plan import Plan
from .._core.process import Runner, run, tail
from .catalogue import Catalogue, Entry
from .fetch import Fetcher
from .gobuild import GoBuilder
from .images import ImageBuilder
from .plan import Step, is_heavy, ready
from .recipe import (
    ContainerfileRecipe,
    DebianRecipe,
    GoFilesRecipe,
    GoRecipe,
    PypiRecipe,
    TakeRecipe,
    fill,
)
from .recipe_hash import RecipeHashes
from .store import Blob, Record, Store

# One Go build uses all cores and up to 6 GB; beside it one step that mostly waits for a network.
WORKERS = 2


class Progress(Protocol):
    """Told about each step: ``position`` of ``total``; ``seconds`` is None when it begins."""

    def __call__(self, position: int, total: int, step: Step, seconds: float | None) -> None:
        """Show it."""
        ...


class ImagePuller(Protocol):
    """Puts an image of an upstream registry into the store."""

    def __call__(self, entry: Entry) -> Record:
        """Fetch ``entry``."""
        ...


@dataclass(frozen=True)
class Tools:
    """What makes outputs, each for its kind of recipe."""

    go: GoBuilder
    images: ImageBuilder
    fetcher: Fetcher
    pull: ImagePuller
    runner: Runner = run


class Producer:
    """Makes entries into a store."""

    def __init__(
        self, catalogue: Catalogue, store: Store, hashes: RecipeHashes, tools: Tools
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._hashes = hashes
        self._tools = tools

    def stored(self, entry: Entry) -> Record | None:
        """Return an entry's record when the store has it, from exactly the present recipe."""
        return self._store.get(entry.kind, entry.name, entry.version, self._hashes.of(entry))

    def make(self, step: Step) -> Record:
        """Make one entry; its inputs must be in the store."""
        entry = step.made
        origin = "upstream" if step.action == "fetch" else "build"
        record = self._fetch(entry) if step.action == "fetch" else self._build(entry)
        record = replace(record, recipe=self._hashes.of(entry), origin=origin)
        self._store.put(record)
        return record

    def _fetch(self, entry: Entry) -> Record:
        if entry.kind == "image":
            return self._tools.pull(entry)
        if entry.upstream is None:  # pragma: no cover
            raise AssertionError("the plan fetches only what has one")
        names = tuple(file_names(entry))
        return _binary(entry, self._tools.fetcher.files(entry, entry.upstream, names))

    def _build(self, entry: Entry) -> Record:
        recipe = entry.build
        if isinstance(recipe, DebianRecipe):
            return self._tools.images.debian(entry, recipe)
        if isinstance(recipe, ContainerfileRecipe):
            return self._containerfile(entry, recipe)
        if isinstance(recipe, TakeRecipe):
            (source,) = self._catalogue.inputs(entry)
            blobs = self._input(source).files
            return _binary(entry, {name: _file(blobs, name, source) for name in recipe.files})
        with tempfile.TemporaryDirectory(prefix="landfall-build-") as folder:
            return _binary(entry, self._programs(entry, recipe, Path(folder)))

    def _programs(
        self, entry: Entry, recipe: GoRecipe | GoFilesRecipe | PypiRecipe, folder: Path
    ) -> dict[str, Blob]:
        add = self._store.add
        if isinstance(recipe, GoRecipe):
            built = self._tools.go.programs(entry, recipe, folder)
            return {name: add(path) for name, path in built.items()}
        if isinstance(recipe, GoFilesRecipe):
            files = self._tools.go.files(entry, recipe)
            return {name: self._store.add_bytes(content) for name, content in files.items()}
        return self._from_wheel(entry, recipe, folder)

    def _from_wheel(self, entry: Entry, recipe: PypiRecipe, folder: Path) -> dict[str, Blob]:
        project = f"{recipe.project}=={fill(recipe.version, entry.version, self._hashes.arch)}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", f"--dest={folder}", project]
        done = self._tools.runner(command, timeout=1800, check=False)
        if done.returncode != 0:
            raise CommandError(
                "a Python package cannot be downloaded", on=project, found=tail(done.stderr)
            )
        (wheel,) = folder.glob("*.whl")
        found = {}
        with zipfile.ZipFile(wheel) as archive:
            for name, path in recipe.files.items():
                if path not in archive.namelist():
                    raise InvalidInputError(
                        "no such file in the wheel",
                        on=f"{entry.title}: {name}",
                        expected=f"{path} in {wheel.name}",
                    )
                with archive.open(path) as stream:
                    found[name] = self._store.add_stream(stream)
        return found

    def _containerfile(self, entry: Entry, recipe: ContainerfileRecipe) -> Record:
        files: dict[str, Path] = {}
        for needed in self._catalogue.inputs(entry):
            record = self._input(needed)
            if needed.kind == "image":
                self._tools.images.load(record, needed.reference)
                continue
            for name in recipe.binaries[needed.name]:
                files[name] = self._store.blob(_file(record.files, name, needed).sha256)
        source = self._catalogue.root / recipe.context
        return self._tools.images.containerfile(entry, recipe, source, files)

    def _input(self, entry: Entry) -> Record:
        record = self.stored(entry)
        if record is None:
            raise LandfallError(
                "an input of a build is missing",
                on=entry.title,
                remedy="run it again; nothing that was made is lost",
            )
        return record


def run_plan(
    plan: Plan[Step],
    catalogue: Catalogue,
    make: Callable[[Step], object],
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Make all steps, inputs first; at most one heavy step at a time.

    The first error ends it, after the steps that were running; what they made is kept.
    """
    waiting = list(plan)
    undone = {step.made.key for step in waiting}
    running: dict[Future[object], tuple[Step, int, float]] = {}
    total, started = len(waiting), 0
    with ThreadPoolExecutor(WORKERS) as pool:
        while waiting or running:
            for step in _next(waiting, catalogue, undone, [s for s, _, _ in running.values()]):
                waiting.remove(step)
                started += 1
                progress(started, total, step, None)
                running[pool.submit(make, step)] = (step, started, clock())
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                step, position, begin = running.pop(future)
                future.result()
                undone.discard(step.made.key)
                progress(position, total, step, clock() - begin)


def _next(
    waiting: Iterable[Step], catalogue: Catalogue, undone: set[str], running: list[Step]
) -> list[Step]:
    """Return the steps to start now, heavy ones first because they take longest."""
    chosen: list[Step] = []
    for step in sorted(ready(waiting, catalogue, undone), key=lambda s: not is_heavy(s.made)):
        active = [*running, *chosen]
        heavy = any(is_heavy(other.made) and other.action == "build" for other in active)
        if len(active) < WORKERS and not (heavy and is_heavy(step.made) and step.action == "build"):
            chosen.append(step)
    return chosen


def file_names(entry: Entry) -> Iterable[str]:
    """Return the names of a binary entry's files."""
    recipe = entry.build
    if isinstance(recipe, GoRecipe):
        return recipe.packages
    if isinstance(recipe, (GoFilesRecipe, PypiRecipe)):
        return recipe.files
    return recipe.files if isinstance(recipe, TakeRecipe) else ()


def _binary(entry: Entry, files: Mapping[str, Blob]) -> Record:
    return Record(entry.kind, entry.name, entry.version, "", "", files=dict(files))


def _file(files: Mapping[str, Blob], name: str, source: Entry) -> Blob:
    if name not in files:
        raise InvalidInputError(
            "an entry's output lacks a file", on=source.title, expected=name, found=", ".join(files)
        )
    return files[name]
