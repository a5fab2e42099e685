# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: the one place that says which binaries and images exist, in which versions.

It is a folder of YAML files whose top-level mappings (``versions``, ``binaries``, ``images``) are
merged. ``versions`` names what is pinned, the default version first; each entry belongs to one of
those names (its own unless it says ``version_of``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .._core.errors import InvalidInputError
from .._core.names import hint
from .recipe import (
    ContainerfileRecipe,
    Fields,
    Recipe,
    TakeRecipe,
    Upstream,
    fill,
    placeholders,
    read_recipe,
    read_upstream,
)

SECTIONS = ("versions", "binaries", "images")
# Parts that not every site has.
OPTIONAL = frozenset({"lab", "logging", "monitoring", "cloud"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast


@dataclass(frozen=True)
class Entry:
    """One artifact in one version.

    Attributes:
        kind: ``binary`` or ``image``.
        name: its name, unique in its kind.
        version: the version that is meant.
        build: how it is built.
        upstream: where upstream publishes a binary's files; None = only building gives it.
        reference: an image's full upstream name with tag.
        pull: whether upstream publishes the image under that name.
        used_by: the parts of a site that need it; empty = only other entries need it.
        revision: raised to have it built again although nothing else changed.
    """

    kind: str
    name: str
    version: str
    build: Recipe
    upstream: Upstream | None = None
    reference: str = ""
    pull: bool = True
    used_by: tuple[str, ...] = ()
    revision: int = 1

    @property
    def key(self) -> str:
        """Identify the entry among all: ``binary/kubelet@1.37.1``."""
        return f"{self.kind}/{self.name}@{self.version}"

    @property
    def title(self) -> str:
        """Name the entry for people: ``kubelet 1.37.1``."""
        return f"{self.name} {self.version}" + (" (image)" if self.kind == "image" else "")

    @property
    def repository(self) -> str:
        """Name the entry's repository in the depot: upstream's without the registry's host."""
        if self.kind == "binary":
            return f"landfall/{self.name}"
        return self.reference.split("/", 1)[1].rsplit(":", 1)[0]

    @property
    def tag(self) -> str:
        """Return an image's upstream tag, a binary's version."""
        return self.reference.rsplit(":", 1)[1] if self.kind == "image" else self.version


@dataclass(frozen=True)
class Catalogue:
    """All entries.

    Attributes:
        root: the project's root, which containerfile recipes are relative to.
        versions: name → versions, the default first.
        entries: (kind, name) → version → entry.
    """

    root: Path
    versions: Mapping[str, tuple[str, ...]]
    entries: Mapping[tuple[str, str], Mapping[str, Entry]]
    version_of: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def binary(self, name: str, version: str | None = None) -> Entry:
        """Return a binary entry in a version, the default one when none is named.

        Raises:
            InvalidInputError: the catalogue does not have it; names what there is.
        """
        return self._entry("binary", name, version)

    def image(self, name: str, version: str | None = None) -> Entry:
        """Return an image entry; see :meth:`binary`."""
        return self._entry("image", name, version)

    def find(self, name: str, overrides: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
        """Return the entries of a name: ``image/etcd``, ``binary/etcd``, or ``etcd`` for both.

        ``overrides`` names versions other than the default ones, as ``{kubernetes: 1.36.3}``.

        Raises:
            InvalidInputError: there is no such entry or version.
        """
        kind, _, bare = name.rpartition("/")
        kinds = (kind,) if kind else ("binary", "image")
        keys = [(k, bare) for k in kinds if (k, bare) in self.entries]
        if not keys:
            names = tuple(n for k, n in self.entries if k in kinds)
            raise InvalidInputError(
                "no such artifact in the catalogue", on=name, expected=hint(bare, names)
            )
        return tuple(self._entry(k, n, self.chosen(k, n, overrides)) for k, n in keys)

    def chosen(self, kind: str, name: str, overrides: Mapping[str, str] | None = None) -> str:
        """Return the version of an entry under overrides of names in ``versions``."""
        source = self.version_of[kind, name]
        return (overrides or {}).get(source, self.versions[source][0])

    def used_by(
        self, parts: Iterable[str], overrides: Mapping[str, str] | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries that parts of a site need; ``site`` = what every site has.

        Raises:
            InvalidInputError: no entry is used by such a part.
        """
        self.check_overrides(overrides or {})
        known = self.parts()
        wanted: set[str] = set()
        for part in parts:
            if part not in {"site", *known}:
                raise InvalidInputError(
                    "nothing in the catalogue is used by this part of a site",
                    on=part,
                    expected=hint(part, ("site", *known)),
                )
            wanted |= set(known) - OPTIONAL if part == "site" else {part}
        return tuple(
            self._entry(kind, name, self.chosen(kind, name, overrides))
            for (kind, name), versions in self.entries.items()
            if wanted & set(next(iter(versions.values())).used_by)
        )

    def parts(self) -> tuple[str, ...]:
        """Return the parts of a site that entries are used by."""
        found = {part for entry in self for part in entry.used_by}
        return tuple(sorted(found))

    def check_overrides(self, overrides: Mapping[str, str]) -> None:
        """Refuse overrides that name an unknown version.

        Raises:
            InvalidInputError: with the versions there are.
        """
        for name, version in overrides.items():
            if name not in self.versions:
                raise InvalidInputError(
                    "no such version name in the catalogue",
                    on=name,
                    expected=hint(name, self.versions),
                )
            if version not in self.versions[name]:
                raise InvalidInputError(
                    "the catalogue does not have this version",
                    on=f"{name} {version}",
                    expected="one of " + ", ".join(self.versions[name]),
                )

    def inputs(self, entry: Entry) -> tuple[Entry, ...]:
        """Return the entries whose output an entry's build uses."""
        recipe = entry.build
        if isinstance(recipe, TakeRecipe):
            return (self._related("binary", recipe.source, entry),)
        if isinstance(recipe, ContainerfileRecipe):
            bases = [
                self._entry("image", name, fill(version, entry.version, "") or None)
                for name, version in recipe.bases.items()
            ]
            return (*bases, *(self._related("binary", name, entry) for name in recipe.binaries))
        return ()

    def _related(self, kind: str, name: str, entry: Entry) -> Entry:
        """Return another entry, in the same version when both belong to one version name."""
        self._entry(kind, name, None)
        same = self.version_of[kind, name] == self.version_of[entry.kind, entry.name]
        return self._entry(kind, name, entry.version if same else None)

    def _entry(self, kind: str, name: str, version: str | None) -> Entry:
        if (kind, name) not in self.entries:
            names = tuple(n for k, n in self.entries if k == kind)
            raise InvalidInputError(
                f"no such {kind} in the catalogue", on=name, expected=hint(name, names)
            )
        versions = self.entries[kind, name]
        wanted = next(iter(versions)) if version is None else version
        if wanted not in versions:
            raise InvalidInputError(
                "the catalogue does not have this version",
                on=f"{name} {wanted}",
                expected="one of " + ", ".join(versions),
            )
        return versions[wanted]

    def __iter__(self) -> Iterator[Entry]:
        for versions in self.entries.values():
            yield from versions.values()


def load(path: Path | str) -> Catalogue:
    """Read and check a catalogue's folder; the project's root is the folder above it.

    Raises:
        InvalidInputError: an unknown, missing or wrong field, by entry and field.
    """
    folder = Path(path)
    merged: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise InvalidInputError("no catalogue here", on=str(folder), expected="*.yml files")
    for file in files:
        try:
            raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506
        except yaml.YAMLError as error:
            raise InvalidInputError(
                "a catalogue file is not YAML", on=str(file), found=str(error)
            ) from error
        for section, content in Fields(file.name, raw, SECTIONS).raw.items():
            for name, value in Fields(
                f"{file.name}: {section}", content, tuple(content)
            ).raw.items():
                if name in merged[section]:
                    raise InvalidInputError("named twice in the catalogue", on=f"{section}.{name}")
                merged[section][name] = value
    return parse(folder.parent, merged)


def parse(root: Path, raw: Mapping[str, Mapping[str, Any]]) -> Catalogue:
    """Build a catalogue from its merged sections; see :func:`load`."""
    fields = Fields("versions", raw["versions"], tuple(raw["versions"]))
    versions = {name: fields.texts(name) for name in fields.raw}
    entries: dict[tuple[str, str], dict[str, Entry]] = {}
    version_of: dict[tuple[str, str], str] = {}
    for kind, section in (("binary", "binaries"), ("image", "images")):
        for name, value in raw[section].items():
            source, found = _read_entry(kind, name, value, versions)
            entries[kind, name] = found
            version_of[kind, name] = source
    catalogue = Catalogue(root, versions, entries, version_of)
    for entry in catalogue:
        _check_inputs(catalogue, entry, ())
    return catalogue


_COMMON = ("build", "used_by", "version_of", "revision")


def _read_entry(
    kind: str, name: str, raw: object, versions: Mapping[str, tuple[str, ...]]
) -> tuple[str, dict[str, Entry]]:
    on = f"{'binaries' if kind == 'binary' else 'images'}.{name}"
    fields = Fields(
        on, raw, (*_COMMON, *(("upstream",) if kind == "binary" else ("reference", "pull")))
    )
    source = fields.text("version_of", name)
    if not versions.get(source):
        raise InvalidInputError(
            "an entry without a version",
            on=on,
            expected=f"versions.{source}, or version_of: " + hint(source, versions),
        )
    build = read_recipe(f"{on}.build", fields.raw.get("build"))
    upstream = None
    if "upstream" in fields.raw:
        upstream = read_upstream(f"{on}.upstream", fields.raw["upstream"])
    reference = _read_reference(fields) if kind == "image" else ""
    pull = fields.flag("pull", True)
    used_by, revision = fields.texts("used_by"), fields.number("revision", 1)
    return source, {
        version: Entry(
            kind,
            name,
            version,
            build,
            upstream,
            reference.format_map(placeholders(version, "")),
            pull,
            used_by,
            revision,
        )
        for version in versions[source]
    }


def _read_reference(fields: Fields) -> str:
    reference = fields.text("reference")
    if "/" not in reference or ":" not in reference.rsplit("/", 1)[1]:
        raise InvalidInputError(
            "wrong value in the catalogue",
            on=f"{fields.on}.reference",
            expected="registry/repository:tag",
            found=reference,
        )
    return reference


def _check_inputs(catalogue: Catalogue, entry: Entry, seen: tuple[str, ...]) -> None:
    """Refuse inputs that do not exist and circles of inputs."""
    if entry.key in seen:
        raise InvalidInputError(
            "entries of the catalogue need each other in a circle",
            on=" → ".join((*seen, entry.key)),
        )
    for needed in catalogue.inputs(entry):
        _check_inputs(catalogue, needed, (*seen, entry.key))


def template_view(
    catalogue: Catalogue, overrides: Mapping[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """Return what templates see as ``catalogue``.

    Args:
        catalogue: all entries.
        overrides: version name → version other than the default.

    Returns:
        ``images``: image name → full reference; ``versions``: name → version, for all names in
        the catalogue's ``versions`` and all entries.

    Raises:
        InvalidInputError: the catalogue does not have an override's version.
    """
    overrides = overrides or {}
    catalogue.check_overrides(overrides)
    versions = {name: overrides.get(name, all_[0]) for name, all_ in catalogue.versions.items()}
    images: dict[str, str] = {}
    for kind, name in catalogue.entries:
        entry = catalogue.entries[kind, name][catalogue.chosen(kind, name, overrides)]
        versions[name] = entry.version
        if kind == "image":
            images[name] = entry.reference
    return {"images": images, "versions": versions}
