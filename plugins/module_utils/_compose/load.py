# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load the files of a compose project: includes, extended services, one file over another."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Protocol

from .._core.errors import InvalidInputError, ProblemsError
from .._core.names import hint
from .._stack.schema import Problems
from .canonical import service, texts
from .document import content
from .dotenv import parse
from .interpolate import Variables, expand, interpolated
from .merge import merged, settled
from .mounts import rebased
from .notes import Notes

SECTIONS = ("services", "volumes", "configs", "secrets", "networks")
_OTHER = frozenset({"version", "name", "include", "models"})
# Far more than projects have, and an end for files that include each other in ever new ways.
MOST_FILES = 200
Sections = dict[str, dict[str, Any]]


class Files(Protocol):
    """The files of a project; paths are relative to its directory."""

    def read(self, path: str) -> Optional[bytes]:
        """Return a file's content, None when there is none.

        Raises:
            InvalidInputError: it cannot be read.
        """
        ...

    def names(self, path: str) -> Optional[Sequence[str]]:
        """Return the names in a directory, sorted; None when there is none."""
        ...


def text_of(files: Files, path: str) -> Optional[str]:
    """Return a file's text; None when there is no such file or it is not text."""
    raw = files.read(path)
    try:
        return None if raw is None or b"\0" in raw else raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def environment_file(
    files: Files, path: str, variables: Variables, at: Problems, *, raw: bool = False
) -> Optional[dict[str, str]]:
    """Return the variables of a ``.env`` file; None when there is no such file.

    A name without a value gets the one that was given to the import.

    Raises:
        InvalidInputError: it cannot be read.
    """
    text = text_of(files, path)
    if text is None:
        return None
    found: dict[str, str] = {}

    def value(inner: str, place: str) -> str:
        if raw:
            return inner
        return expand(inner, variables.also(found), Problems(place, at.found))

    for name, one in parse(text, path, value):
        own = variables.get(name) if one is None else one
        found[name] = variables.missing(name, path) if own is None else own
    return found


class Loader:
    """Loads one project.

    Args:
        files: where they are.
        notes: takes what is to be known.
    """

    def __init__(self, files: Files, notes: Notes) -> None:
        self._files = files
        self._notes = notes
        self._found: list[InvalidInputError] = []
        self._loaded = 0

    def load(self, paths: Sequence[str], variables: Variables) -> Sections:
        """Return the sections of the files, each put over those before it.

        Raises:
            ProblemsError: with everything that is wrong in them.
        """
        try:
            sections = self._together(paths, variables, ())
        except InvalidInputError as error:
            self._found.append(error)
            sections = {}
        if self._found:
            raise ProblemsError("the compose file cannot be read", self._found)
        return {name: settled(one) for name, one in sections.items()}

    def _together(
        self, paths: Sequence[str], variables: Variables, trail: tuple[str, ...]
    ) -> Sections:
        found: Sections = {name: {} for name in SECTIONS}
        directory = posixpath.dirname(paths[0])
        for path in paths:
            one = self._file(path, directory, variables, trail)
            found = {name: merged(found[name], one[name]) for name in SECTIONS}
        return found

    def _file(
        self, path: str, directory: str, variables: Variables, trail: tuple[str, ...]
    ) -> Sections:
        raw = self._raw(path, trail)
        at = Problems(path, self._found)
        data = interpolated(raw, variables, at)
        sections: Sections = {name: self._section(data, name, at) for name in SECTIONS}
        self._rebase(sections, directory)
        services = sections["services"]
        extender = _Extender(self, path, directory, variables, trail, services)
        sections["services"] = {name: extender.resolve(name, ()) for name in services}
        included = self._included(data.get("include"), directory, variables, (*trail, path), at)
        return {name: _added(included[name], sections[name]) for name in SECTIONS}

    def services(
        self, path: str, variables: Variables, trail: tuple[str, ...]
    ) -> dict[str, dict[str, Any]]:
        """Return the services of a file that another one extends, before they are resolved."""
        raw = self._raw(path, trail)
        at = Problems(path, self._found)
        data = interpolated(raw, variables, at)
        sections: Sections = {name: {} for name in SECTIONS}
        sections["services"] = self._section(data, "services", at)
        self._rebase(sections, posixpath.dirname(path))
        return sections["services"]

    def _raw(self, path: str, trail: tuple[str, ...]) -> dict[str, Any]:
        self._loaded += 1
        if path in trail or self._loaded > MOST_FILES:
            raise InvalidInputError(
                "compose files include each other", on=path, found=" → ".join((*trail, path))
            )
        text = text_of(self._files, path)
        if text is None:
            raise InvalidInputError(
                "a compose file cannot be read", on=path, expected="a file with text"
            )
        raw = content(text, path)
        if not isinstance(raw, Mapping):
            raise InvalidInputError(
                "a compose file is not a mapping", on=path, expected="services, and more"
            )
        return self._current(dict(raw), path)

    def _current(self, raw: dict[str, Any], path: str) -> dict[str, Any]:
        """Return the content in the form of today; version 1 had the services at the top."""
        inner = [one for one in raw.values() if isinstance(one, Mapping)]
        old = inner and all("image" in one or "build" in one for one in inner)
        if "services" not in raw and "version" not in raw and "include" not in raw and old:
            self._notes.add(path, "there is no section services", "the file is taken as version 1")
            return {"services": raw}
        for name in raw:
            if name not in _OTHER and name not in SECTIONS and not name.startswith("x-"):
                remedy = hint(name, [*SECTIONS, *_OTHER])
                self._notes.add(
                    name, "a field is not known", "Compose has none of this name", remedy
                )
        return raw

    def _section(self, data: Mapping[str, Any], name: str, at: Problems) -> dict[str, Any]:
        section = data.get(name)
        there = at.at(name)
        if section is None:
            return {}
        if not isinstance(section, Mapping):
            there.add("a section is not a mapping", expected="names and what they are")
            return {}
        if name == "services":
            return {key: service(one, there.at(key)) for key, one in section.items()}
        found = {}
        for key, one in section.items():
            if one is not None and not isinstance(one, Mapping):
                there.at(key).add("a value does not fit", expected="a mapping", found=one)
            found[key] = dict(one) if isinstance(one, Mapping) else {}
        return found

    def _rebase(self, sections: Sections, directory: str) -> None:
        """Make all paths relative to the project's directory."""
        for one in sections["services"].values():
            for mount in _entries(one, "volumes"):
                if mount["type"] == "bind":
                    mount["source"] = rebased(mount["source"], directory)
            for entry in _entries(one, "env_file"):
                entry["path"] = rebased(entry["path"], directory)
            build = one.get("build")
            if isinstance(build, dict) and isinstance(build.get("context"), str):
                build["context"] = rebased(build["context"], directory)
        for kind in ("configs", "secrets"):
            for one in sections[kind].values():
                if isinstance(one.get("file"), str):
                    one["file"] = rebased(one["file"], directory)

    def _included(
        self,
        include: Any,
        directory: str,
        variables: Variables,
        trail: tuple[str, ...],
        at: Problems,
    ) -> Sections:
        found: Sections = {name: {} for name in SECTIONS}
        for number, one in enumerate(include if isinstance(include, list) else [include]):
            if one is None:
                continue
            there = at.at("include").at(number)
            long = one if isinstance(one, Mapping) else {"path": one}
            paths = [rebased(path, directory) for path in texts(long.get("path"), there)]
            if not paths or not all(paths):
                there.add("a value does not fit", expected="a path, or path", found=one)
                continue
            own = self._include_variables(long, directory, paths[0], variables, there)
            section = self._together(paths, own, trail)
            found = {name: self._distinct(found[name], section[name], there) for name in SECTIONS}
        return found

    def _include_variables(
        self,
        long: Mapping[str, Any],
        directory: str,
        first: str,
        variables: Variables,
        at: Problems,
    ) -> Variables:
        given = long.get("env_file")
        paths = [rebased(path, directory) for path in texts(given, at)] if given else []
        for path in paths or [posixpath.join(posixpath.dirname(first), ".env")]:
            more = environment_file(self._files, path, variables, at)
            if more is None and paths:
                at.at("env_file").add("a file is not there", expected=path)
            variables = variables.also(more or {})
        return variables

    def _distinct(
        self, first: dict[str, Any], second: dict[str, Any], at: Problems
    ) -> dict[str, Any]:
        for name in first.keys() & second.keys():
            if first[name] != second[name]:
                at.add("two included files have one name for different things", found=name)
        return {**first, **second}


def _added(included: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {
        **included,
        **{n: merged(included[n], v) if n in included else v for n, v in own.items()},
    }


def _entries(one: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = one.get(name)
    value = getattr(value, "value", value)
    return value if isinstance(value, list) else []


class _Extender:
    """Resolves ``extends`` of the services of one file."""

    def __init__(
        self,
        loader: Loader,
        path: str,
        directory: str,
        variables: Variables,
        trail: tuple[str, ...],
        services: Mapping[str, dict[str, Any]],
    ) -> None:
        self._loader = loader
        self._path = path
        self._directory = directory
        self._variables = variables
        self._trail = trail
        self._services = services

    def resolve(self, name: str, seen: tuple[str, ...]) -> dict[str, Any]:
        """Return a service with what it extends below it."""
        own = dict(self._services[name])
        extends = own.pop("extends", None)
        if extends is None:
            return own
        where = f"{self._path}: services.{name}.extends"
        long = extends if isinstance(extends, Mapping) else {"service": extends}
        base, file = long.get("service"), long.get("file")
        if not isinstance(base, str) or not isinstance(file, (str, type(None))):
            raise InvalidInputError("a value does not fit", on=where, expected="service, and file")
        if name in seen:
            raise InvalidInputError(
                "services extend each other", on=where, found=" → ".join((*seen, name))
            )
        inner = self._of(rebased(file, self._directory)) if file else self
        if base not in inner._services:
            raise InvalidInputError(
                "a service that is extended is not there",
                on=where,
                found=base,
                remedy=hint(base, inner._services),
            )
        found: dict[str, Any] = merged(
            inner.resolve(base, (*seen, name) if inner is self else ()), own
        )
        return found

    def _of(self, path: str) -> _Extender:
        trail = (*self._trail, self._path)
        if path == self._path:
            return self
        services = self._loader.services(path, self._variables, trail)
        directory = posixpath.dirname(path)
        return _Extender(self._loader, path, directory, self._variables, trail, services)
