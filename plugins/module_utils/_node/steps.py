# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of step that a plan for a machine is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from .._core.plan import Change
from .desired import Artifact, Directory, File, Group, Link, Ownership, Unit, User
from .file_systems import FileSystem


@dataclass(frozen=True)
class InstallPackages:
    """Install packages that are missing."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class AddGroup:
    """Create a group."""

    group: Group


@dataclass(frozen=True)
class PutUser:
    """Create a user, or give an existing one its declared properties."""

    user: User


@dataclass(frozen=True)
class MakeFileSystem:
    """Make a file system on a device that carries nothing."""

    file_system: FileSystem


@dataclass(frozen=True)
class Mount:
    """Mount a file system now."""

    file_system: FileSystem


@dataclass(frozen=True)
class Unmount:
    """Unmount what is no longer declared."""

    path: str


@dataclass(frozen=True)
class MakeDirectory:
    """Create a directory, or give an existing one its mode and owner."""

    directory: Directory


@dataclass(frozen=True)
class PlaceArtifact:
    """Put a verified artifact in its place."""

    artifact: Artifact


@dataclass(frozen=True)
class WriteFile:
    """Write a file's whole content."""

    file: File


@dataclass(frozen=True)
class SetOwnership:
    """Give an existing file its mode and owner."""

    path: str
    ownership: Ownership


@dataclass(frozen=True)
class RemoveFile:
    """Remove a file or a link."""

    path: str


@dataclass(frozen=True)
class MakeLink:
    """Create a symbolic link, or point an existing one elsewhere."""

    link: Link


@dataclass(frozen=True)
class LoadModule:
    """Load a kernel module now."""

    name: str


@dataclass(frozen=True)
class SetSysctl:
    """Set a kernel parameter now."""

    key: str
    value: str


@dataclass(frozen=True)
class ReloadSystemd:
    """Let systemd read the unit files again."""


@dataclass(frozen=True)
class ChangeUnit:
    """Do ``verb`` with a unit: enable, disable, mask, unmask, start, restart, reload, stop."""

    verb: str
    unit: Unit


Step = Union[
    InstallPackages,
    AddGroup,
    PutUser,
    MakeFileSystem,
    Mount,
    Unmount,
    MakeDirectory,
    PlaceArtifact,
    WriteFile,
    SetOwnership,
    RemoveFile,
    MakeLink,
    LoadModule,
    SetSysctl,
    ReloadSystemd,
    ChangeUnit,
]


@dataclass(frozen=True)
class NodeChange(Change):
    """A change of a machine, with the step that makes it."""

    step: Step = field(default_factory=ReloadSystemd)


def change(
    target: str,
    action: str,
    before: str = "",
    after: str = "",
    secret: bool = False,
    *,
    step: Step,
) -> NodeChange:
    """Return a change with its step; see :class:`Change` for the rest."""
    return NodeChange(target, action, before, after, secret, step)
