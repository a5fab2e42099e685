# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an artifact comes to be: typed recipes and upstream locations, read from the catalogue.

Texts in a recipe may hold ``{version}``, ``{major}``, ``{minor}``, ``{patch}`` and ``{arch}``
(``amd64``, ``arm64``); they are filled in when the recipe is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from .._core.errors import InvalidInputError
from .._core.names import hint

PACKAGE_MANAGERS = ("maven", "npm")


@dataclass(frozen=True)
class GoRecipe:
    """Programs built from Go modules.

    Attributes:
        module: the module's path.
        module_version: its version, ``v{version}`` unless upstream numbers it otherwise.
        packages: file name → import path of a main package.
        modules: further modules that the packages live in; they have the same version.
        local_replaces: version that stands in for replacements by a folder of the module's own
            repository (Kubernetes' staging modules); empty = such replacements are dropped.
        replaces: module → ``path version`` that replaces it.
        stamps: variable → value that the linker sets.
        cgo: build with a C compiler and link statically.
        tags: build tags, which leave parts of a program out or take them in.
    """

    module: str
    packages: Mapping[str, str]
    module_version: str = "v{version}"
    modules: tuple[str, ...] = ()
    local_replaces: str = ""
    replaces: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, str] = field(default_factory=dict)
    cgo: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoFilesRecipe:
    """Files that a Go module carries beside its code.

    Attributes:
        module: the module's path.
        module_version: its version.
        files: file name → pattern of files in the module, joined as YAML documents.
    """

    module: str
    files: Mapping[str, str]
    module_version: str = "v{version}"


@dataclass(frozen=True)
class TakeRecipe:
    """Files taken from another entry's output: ``source`` is that binary entry's name."""

    source: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class PypiRecipe:
    """Files out of a wheel: file name → path in the wheel of ``project`` ``version``."""

    project: str
    files: Mapping[str, str]
    version: str = "{version}"


@dataclass(frozen=True)
class DebianRecipe:
    """A minimal Debian root file system; the suite is the entry's version.

    Attributes:
        packages: packages beside the essential ones and apt.
    """

    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContainerfileRecipe:
    """An image built from a Containerfile.

    Attributes:
        context: the Containerfile's folder, relative to the project's root.
        bases: image entry → its version (empty = default) that FROM lines name.
        binaries: binary entry → its files that are copied into the context's ``bin`` folder.
        args: build arguments.
        apt_settings: put the controller's apt settings into the context, as ``apt.conf``.
        package_managers: those of ``PACKAGE_MANAGERS`` whose settings the build is shown; they
            say how packages are reached, not what comes out, so they are in no recipe hash.
    """

    context: str
    bases: Mapping[str, str] = field(default_factory=dict)
    binaries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)
    apt_settings: bool = False
    package_managers: tuple[str, ...] = ()


Recipe = Union[GoRecipe, GoFilesRecipe, TakeRecipe, PypiRecipe, DebianRecipe, ContainerfileRecipe]

KINDS: Mapping[str, type[Recipe]] = {
    "go": GoRecipe,
    "go-files": GoFilesRecipe,
    "take": TakeRecipe,
    "pypi": PypiRecipe,
    "debian": DebianRecipe,
    "containerfile": ContainerfileRecipe,
}


@dataclass(frozen=True)
class Upstream:
    """Where upstream publishes a binary entry's files.

    Attributes:
        url: location of the one download; ``{file}`` in it makes it one download a file.
        digest_url: the checksum file that upstream publishes; ``{url}`` stands for the location.
        digests: version → file name in the URL → sha256, where it is known.
        members: file name → path in the archive; empty = the download is the file itself.
    """

    url: str
    digest_url: str = ""
    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)


def placeholders(version: str, arch: str) -> dict[str, str]:
    """Return what the placeholders of a recipe's texts stand for."""
    major, minor, patch = [*re.findall(r"\d+", version), "", "", ""][:3]
    return {"version": version, "major": major, "minor": minor, "patch": patch, "arch": arch}


def fill(text: str, version: str, arch: str, **more: str) -> str:
    """Fill in the placeholders of a recipe's text."""
    return text.format_map({**placeholders(version, arch), **more})


class Fields:
    """Reads the fields of one mapping of the catalogue; errors name the entry and the field."""

    def __init__(self, on: str, raw: object, known: tuple[str, ...]) -> None:
        self.on = on
        if not isinstance(raw, Mapping):
            raise self._wrong("", "a mapping", raw)
        self.raw: Mapping[str, Any] = raw
        for name in raw:
            if name not in known:
                raise InvalidInputError(
                    "unknown field in the catalogue",
                    on=f"{on}.{name}",
                    expected=hint(str(name), known),
                )

    def _wrong(self, name: str, expected: str, found: object) -> InvalidInputError:
        return InvalidInputError(
            "wrong value in the catalogue",
            on=f"{self.on}.{name}" if name else self.on,
            expected=expected,
            found=repr(found),
        )

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default the field must be there."""
        value = self.raw.get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self._wrong(name, "a text", value)
        try:
            fill(value, "1.2.3", "amd64", url="", file="")
        except (KeyError, ValueError, IndexError) as error:
            known = "{version} {major} {minor} {patch} {arch} {url} {file}"
            raise self._wrong(name, f"no placeholders but {known}", value) from error
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a truth value, false when it is missing."""
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        value = self.raw.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number", value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, empty when it is missing."""
        value = self.raw.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, 'a list of texts (quote versions: "1.10")', value)
        return tuple(value)

    def choices(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of known texts, empty when it is missing."""
        value = self.texts(name)
        for item in value:
            if item not in known:
                raise self._wrong(name, hint(item, known), item)
        return value

    def mapping(self, name: str) -> dict[str, str]:
        """Return a mapping of text to text, empty when it is missing."""
        value = self.raw.get(name, {})
        if not isinstance(value, Mapping):
            raise self._wrong(name, "a mapping", value)
        inner = Fields(f"{self.on}.{name}", value, tuple(value))
        return {key: inner.text(key, "") for key in value}

    def lists(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return a mapping of text to a list of texts, empty when it is missing."""
        value = self.raw.get(name, {})
        inner = Fields(f"{self.on}.{name}", value, tuple(value))
        return {key: inner.texts(key) for key in inner.raw}

    def nested(self, name: str) -> dict[str, dict[str, str]]:
        """Return a mapping of text to mappings, empty when it is missing."""
        value = self.raw.get(name, {})
        inner = Fields(f"{self.on}.{name}", value, tuple(value))
        return {key: inner.mapping(key) for key in inner.raw}


def read_recipe(on: str, raw: object) -> Recipe:
    """Read a ``build`` mapping.

    Raises:
        InvalidInputError: an unknown kind or field, a missing field, a wrong type.
    """
    kind = raw.get("kind", "") if isinstance(raw, Mapping) else ""
    if kind not in KINDS:
        expected = hint(str(kind), dict(KINDS))
        raise InvalidInputError(
            "unknown kind of recipe", on=f"{on}.kind", expected=expected, found=repr(kind)
        )
    fields = Fields(on, raw, ("kind", *KINDS[kind].__dataclass_fields__))
    recipe: Recipe = _READERS[kind](fields)
    return recipe


def read_upstream(on: str, raw: object) -> Upstream:
    """Read an ``upstream`` mapping; see :func:`read_recipe` for its errors."""
    fields = Fields(on, raw, tuple(Upstream.__dataclass_fields__))
    found = Upstream(
        fields.text("url"),
        fields.text("digest_url", ""),
        fields.nested("digests"),
        fields.mapping("members"),
    )
    if not found.digest_url and not found.digests:
        raise InvalidInputError(
            "an upstream location without a digest", on=on, expected="digest_url or digests"
        )
    return found


def _go(fields: Fields) -> GoRecipe:
    return GoRecipe(
        fields.text("module"),
        fields.mapping("packages"),
        fields.text("module_version", GoRecipe.module_version),
        fields.texts("modules"),
        fields.text("local_replaces", ""),
        fields.mapping("replaces"),
        fields.mapping("stamps"),
        fields.flag("cgo"),
        fields.texts("tags"),
    )


def _go_files(fields: Fields) -> GoFilesRecipe:
    version = fields.text("module_version", GoFilesRecipe.module_version)
    return GoFilesRecipe(fields.text("module"), fields.mapping("files"), version)


def _take(fields: Fields) -> TakeRecipe:
    return TakeRecipe(fields.text("source"), fields.texts("files"))


def _pypi(fields: Fields) -> PypiRecipe:
    version = fields.text("version", PypiRecipe.version)
    return PypiRecipe(fields.text("project"), fields.mapping("files"), version)


def _debian(fields: Fields) -> DebianRecipe:
    return DebianRecipe(fields.texts("packages"))


def _containerfile(fields: Fields) -> ContainerfileRecipe:
    return ContainerfileRecipe(
        fields.text("context"),
        fields.mapping("bases"),
        fields.lists("binaries"),
        fields.mapping("args"),
        fields.flag("apt_settings"),
        fields.choices("package_managers", PACKAGE_MANAGERS),
    )


_READERS: Mapping[str, Any] = {
    "go": _go,
    "go-files": _go_files,
    "take": _take,
    "pypi": _pypi,
    "debian": _debian,
    "containerfile": _containerfile,
}
