# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of one machine, made from the parameters of ``node_state`` and checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Callable, Optional, TypeVar

from .._core.errors import InvalidInputError, LandfallError, ProblemsError
from .file_systems import FileSystem, file_system
from .resolve import ArtifactFile, resolve
from .spec import ARGUMENT_SPEC, key_problems, with_defaults

SYSTEMD_DIRECTORIES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
_MODE = re.compile(r"[0-7]{3,4}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_MODULE = re.compile(r"[A-Za-z0-9_-]+")
_UNIT = re.compile(r"[A-Za-z0-9:_.@\\-]+\.(service|socket|timer|mount|target|path|slice|swap)")


@dataclass(frozen=True)
class Group:
    """A group that shall exist."""

    name: str
    system: bool


@dataclass(frozen=True)
class User:
    """A user that shall exist; ``None`` leaves that property to the system."""

    name: str
    system: bool
    group: Optional[str]
    home: Optional[str]
    shell: Optional[str]


@dataclass(frozen=True)
class Ownership:
    """Mode (as octal digits), owner and group of a path."""

    mode: str
    owner: str
    group: str


@dataclass(frozen=True)
class Directory:
    """A directory that shall exist; an implied one (a parent) is created, never changed."""

    path: str
    ownership: Ownership
    implied: bool = False


@dataclass(frozen=True)
class File:
    """A file with its whole content, or one that shall not exist."""

    path: str
    ownership: Ownership
    content: bytes = b""
    validate: tuple[str, ...] = ()
    secret: bool = False
    absent: bool = False

    @property
    def sha256(self) -> str:
        """The digest of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    path: str
    target: str


@dataclass(frozen=True)
class Artifact:
    """One file of a catalogue entry, at its place on the machine."""

    path: str
    ownership: Ownership
    file: ArtifactFile


@dataclass(frozen=True)
class Unit:
    """A systemd unit; ``None`` leaves that property as it is."""

    name: str
    enabled: Optional[bool]
    masked: Optional[bool]
    state: Optional[str]
    restart_on: tuple[str, ...]
    reload_on: tuple[str, ...]

    def owns(self, path: str) -> bool:
        """Tell whether ``path`` is this unit's file or one of its drop-ins."""
        pure = PurePosixPath(path)
        names = {self.name, re.sub(r"@.*\.", "@.", self.name)}
        folder = str(pure.parent)
        if folder in SYSTEMD_DIRECTORIES:
            return pure.name in names
        return (
            str(pure.parent.parent) in SYSTEMD_DIRECTORIES
            and pure.parent.name in {f"{name}.d" for name in names}
            and pure.suffix == ".conf"
        )


@dataclass(frozen=True)
class Desired:
    """Everything that one call declares about one machine."""

    packages: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    users: tuple[User, ...] = ()
    directories: tuple[Directory, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    files: tuple[File, ...] = ()
    links: tuple[Link, ...] = ()
    kernel_modules: tuple[str, ...] = ()
    module_files: tuple[File, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    sysctl_files: tuple[File, ...] = ()
    units: tuple[Unit, ...] = ()
    file_systems: Optional[tuple[FileSystem, ...]] = None
    artifact_ca: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, Any], *, check: bool = False) -> Desired:
        """Build the desired state from the module's parameters.

        Args:
            params: the parameters; ``None`` counts as not given.
            check: in check mode artifacts may be missing from an empty index (a virgin site).

        Raises:
            ProblemsError: all that is wrong with the parameters.
        """
        problems = key_problems(params, ARGUMENT_SPEC)
        if problems:
            raise ProblemsError("invalid parameters of node_state", problems)
        return _Parser(params, check).desired()

    def all_files(self) -> tuple[File, ...]:
        """Return all files with a content, in the order in which they are written."""
        return self.files + self.module_files + self.sysctl_files


Item = TypeVar("Item")


class _Parser:
    """Reads parameters and collects what is wrong with them."""

    def __init__(self, params: Mapping[str, Any], check: bool) -> None:
        self.params = with_defaults(params, ARGUMENT_SPEC)
        self.check = check
        self.problems: list[LandfallError] = []

    def desired(self) -> Desired:
        params = self.params
        secrets: Mapping[str, str] = params["secret_contents"]
        modules = tuple(self.names("kernel_modules", _MODULE))
        desired = Desired(
            packages=tuple(self.names("packages", _PACKAGE)),
            groups=self.items("groups", lambda p: Group(self.name(p["name"]), bool(p["system"]))),
            users=self.items("users", self.user),
            artifacts=self.artifacts(),
            files=self.items("files", lambda p: self.file(p, secrets)),
            links=self.items("links", lambda p: Link(self.path(p["path"]), str(p["target"]))),
            kernel_modules=modules,
            module_files=tuple(_module_file(name) for name in modules),
            sysctls={str(k): " ".join(_scalar(v).split()) for k, v in params["sysctls"].items()},
            sysctl_files=tuple(self.sysctl_file()),
            units=self.items("units", self.unit),
            file_systems=None if params["file_systems"] is None else self.file_systems(),
            directories=self.items(
                "directories", lambda p: Directory(self.path(p["path"]), self.ownership(p))
            ),
            artifact_ca=params["artifact_ca"],
        )
        self.duplicates(desired)
        if self.problems:
            raise ProblemsError("invalid parameters of node_state", self.problems)
        return desired

    def items(self, key: str, make: Callable[[Mapping[str, Any]], Item]) -> tuple[Item, ...]:
        made = []
        for number, item in enumerate(self.params[key]):
            missing = [
                name
                for name, option in ARGUMENT_SPEC[key]["options"].items()
                if option.get("required") and item[name] is None
            ]
            if missing:
                self.wrong("missing parameter", f"{key}[{number}]", ", ".join(missing), "")
                continue
            made.append(make(item))
        return tuple(made)

    def wrong(self, what: str, on: str, expected: str, found: str) -> None:
        self.problems.append(InvalidInputError(what, on=on, expected=expected, found=found))

    def names(self, key: str, pattern: re.Pattern[str]) -> Iterator[str]:
        for name in dict.fromkeys(map(str, self.params[key])):
            if not pattern.fullmatch(name):
                self.wrong("invalid name", key, f"text like {pattern.pattern}", name)
            yield name

    def name(self, name: Any) -> str:
        if not _NAME.fullmatch(str(name)):
            self.wrong("invalid name", "user or group", "letters, digits, _, -, .", str(name))
        return str(name)

    def path(self, path: Any) -> str:
        text = str(path)
        pure = PurePosixPath(text)
        if not text.startswith("/") or ".." in pure.parts or str(pure) != text or text == "/":
            self.wrong("invalid path", text, "an absolute path without .., // and final /", text)
        return text

    def ownership(self, params: Mapping[str, Any]) -> Ownership:
        mode = params["mode"]
        if not isinstance(mode, str) or not _MODE.fullmatch(mode):
            on = str(params.get("path") or params.get("name"))
            self.wrong("invalid mode", on, "octal digits as quoted text such as '0644'", repr(mode))
            mode = "0644"
        owner, group = (self.name(params[key]) for key in ("owner", "group"))
        return Ownership(mode.zfill(4), owner, group)

    def user(self, params: Mapping[str, Any]) -> User:
        home, shell = params["home"], params["shell"]
        return User(
            name=self.name(params["name"]),
            system=bool(params["system"]),
            group=params["group"] and self.name(params["group"]),
            home=home and self.path(home),
            shell=shell and self.path(shell),
        )

    def file(self, params: Mapping[str, Any], secrets: Mapping[str, str]) -> File:
        path = self.path(params["path"])
        absent = params["state"] == "absent"
        if params["state"] not in ("present", "absent"):
            self.wrong("invalid state", path, "present or absent", str(params["state"]))
        given = [key for key in ("template", "source") if params[key] is not None]
        if given:
            self.wrong("only the action plugin can read this", path, "content", given[0])
        content = self.content(path, params, secrets.get(path))
        if (content is None) != absent and not given:
            self.wrong(
                "wrong content of a file",
                path,
                "none, as its state is absent" if absent else "one of content, template, source",
                "none" if content is None else "some",
            )
        validate = tuple(map(str, params["validate"]))
        if validate and not any("{file}" in word for word in validate):
            self.wrong("invalid validate", path, "an argument that has {file}", " ".join(validate))
        return File(
            path=path,
            ownership=self.ownership(params),
            content=content or b"",
            validate=validate,
            secret=bool(params["secret"]),
            absent=absent,
        )

    def content(
        self, path: str, params: Mapping[str, Any], secret: Optional[str]
    ) -> Optional[bytes]:
        encoded = secret if secret is not None else params["content_base64"]
        if encoded is None:
            return None if params["content"] is None else str(params["content"]).encode()
        try:
            return base64.b64decode(encoded, validate=True)
        except binascii.Error:
            self.wrong("invalid content_base64", path, "base64 text", f"{len(encoded)} characters")
            return b""

    def artifacts(self) -> tuple[Artifact, ...]:
        made: list[Artifact] = []
        for params in self.items("artifacts", dict):
            directory = self.path(params["directory"])
            ownership = self.ownership(params)
            try:
                files = resolve(params, self.params["artifact_index"], lenient=self.check)
            except LandfallError as error:
                self.problems.append(error)
                continue
            staged = self.params["staged"]
            made += [
                Artifact(f"{directory}/{file.name}", ownership, file.staged_at(staged))
                for file in files
            ]
        return tuple(made)

    def sysctl_file(self) -> Iterator[File]:
        name, sysctls = self.params["sysctls_file"], self.params["sysctls"]
        if not sysctls:
            return
        if not name or not re.fullmatch(r"[A-Za-z0-9_.-]+\.conf", name):
            self.wrong(
                "invalid sysctls_file", "sysctls_file", "a name that ends in .conf", f"{name}"
            )
            return
        lines = [f"{key} = {' '.join(_scalar(value).split())}\n" for key, value in sysctls.items()]
        yield File(
            f"/etc/sysctl.d/{name}",
            Ownership("0644", "root", "root"),
            ("# Written by Landfall.\n" + "".join(lines)).encode(),
        )

    def unit(self, params: Mapping[str, Any]) -> Unit:
        name, state = str(params["name"]), params["state"]
        if not _UNIT.fullmatch(name):
            self.wrong("invalid unit", name, "a full name such as containerd.service", name)
        if state not in (None, "started", "stopped"):
            self.wrong("invalid state", name, "started or stopped", str(state))
        if params["masked"] and (params["enabled"] or state == "started"):
            self.wrong(
                "contradiction", name, "a masked unit that is neither enabled nor started", ""
            )
        return Unit(
            name=name,
            enabled=params["enabled"],
            masked=params["masked"],
            state=state,
            restart_on=tuple(self.path(path) for path in params["restart_on"]),
            reload_on=tuple(self.path(path) for path in params["reload_on"]),
        )

    def file_systems(self) -> tuple[FileSystem, ...]:
        return self.items("file_systems", lambda p: file_system(p, self.path, self.wrong))

    def duplicates(self, desired: Desired) -> None:
        paths = [
            *(d.path for d in desired.directories),
            *(a.path for a in desired.artifacts),
            *(f.path for f in desired.all_files()),
            *(link.path for link in desired.links),
        ]
        for kind, names in (
            ("path", paths),
            ("unit", [unit.name for unit in desired.units]),
            ("user", [user.name for user in desired.users]),
            ("group", [group.name for group in desired.groups]),
            ("mount point", [one.path for one in desired.file_systems or ()]),
            ("device", [one.device for one in desired.file_systems or ()]),
        ):
            for name in sorted({name for name in names if names.count(name) > 1}):
                found = f"{names.count(name)} times"
                self.wrong(f"{kind} declared more than once", name, "once", found)


def _scalar(value: Any) -> str:
    """Return a sysctl's value as text; YAML's booleans mean 1 and 0 here."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _module_file(name: str) -> File:
    """Return the file that loads a module at boot; one for each, so that roles never share one."""
    ownership = Ownership("0644", "root", "root")
    return File(f"/etc/modules-load.d/landfall-{name}.conf", ownership, f"{name}\n".encode())


def parents(paths: Sequence[str]) -> list[str]:
    """Return all parent directories of the paths, outermost first."""
    found = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    return sorted(found - {"/"})
