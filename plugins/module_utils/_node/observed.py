# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen on one machine; facts only, no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional


@dataclass(frozen=True)
class PathFact:
    """A path: ``kind`` is absent, file, directory, link or other.

    ``sha256`` and ``text`` are empty unless the file was read; ``text`` is for the diff alone.
    ``leads_to_directory`` is true of a link to a directory; mode and owner are the directory's.
    """

    kind: str = "absent"
    mode: str = ""
    owner: str = ""
    uid: int = -1
    group: str = ""
    gid: int = -1
    size: int = 0
    sha256: str = ""
    text: Optional[str] = None
    target: str = ""
    leads_to_directory: bool = False

    def owned_by(self, owner: str, group: str) -> bool:
        """Tell whether owner and group, as names or numbers, are these."""
        return owner in (self.owner, str(self.uid)) and group in (self.group, str(self.gid))


@dataclass(frozen=True)
class Leaf:
    """A file that a unit depends on: its path, the path behind links, digest, time of change."""

    path: str
    real: str
    sha256: str
    changed_at: float = 0.0


@dataclass(frozen=True)
class UserFact:
    """A user that exists."""

    group: str
    home: str
    shell: str


@dataclass(frozen=True)
class SysctlFact:
    """A kernel parameter; ``value`` is None when the kernel does not have it."""

    value: Optional[str] = None
    writable: bool = False


@dataclass(frozen=True)
class Record:
    """The digests of what a unit was last started and last reloaded with."""

    restart: str = ""
    reload: str = ""


@dataclass(frozen=True)
class UnitFact:
    """A unit as systemd shows it; ``started_at`` is in seconds since 1970, 0 when never."""

    load_state: str = "not-found"
    active_state: str = "inactive"
    sub_state: str = "dead"
    file_state: str = ""
    need_reload: bool = False
    oneshot: bool = False
    started_at: float = 0.0
    unit_files: tuple[str, ...] = ()
    record: Optional[Record] = None

    @property
    def exists(self) -> bool:
        """Whether systemd knows the unit."""
        return self.load_state != "not-found"

    @property
    def masked(self) -> bool:
        """Whether the unit is masked."""
        return self.load_state == "masked"

    @property
    def running(self) -> bool:
        """Whether the unit runs or is about to."""
        return self.active_state in ("active", "activating", "reloading", "refreshing")


@dataclass(frozen=True)
class MountFact:
    """A mount point and the device that is declared for it.

    Attributes:
        device: absent, block or other.
        content: what the device carries, as blkid calls it; empty for nothing.
        label: of its file system.
        mounted: it is mounted here; of what is no longer declared, something is.
        elsewhere: other places where it is mounted.
        entries: what is in the directory below; some names.
    """

    device: str = "absent"
    content: str = ""
    label: str = ""
    mounted: bool = False
    elsewhere: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed:
    """The state of one machine, as far as one call declares it.

    Attributes:
        packages: the declared packages that are installed.
        groups: the declared groups that exist.
        paths: every declared path and its parents.
        leaves: what each path of ``restart_on`` and ``reload_on`` and each unit file consists of.
        kernel_modules: the declared modules that are there; None when nothing can be loaded.
        fstab: the text of /etc/fstab, empty where file systems are not declared.
        mounts: mount points that are declared, and those of fstab that were.
    """

    packages: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    users: Mapping[str, UserFact] = field(default_factory=dict)
    paths: Mapping[str, PathFact] = field(default_factory=dict)
    leaves: Mapping[str, tuple[Leaf, ...]] = field(default_factory=dict)
    kernel_modules: Optional[frozenset[str]] = None
    sysctls: Mapping[str, SysctlFact] = field(default_factory=dict)
    units: Mapping[str, UnitFact] = field(default_factory=dict)
    fstab: str = ""
    mounts: Mapping[str, MountFact] = field(default_factory=dict)

    def mount(self, path: str) -> MountFact:
        """Return the fact of a mount point; without a device when it was not looked at."""
        return self.mounts.get(path, MountFact())

    def path(self, path: str) -> PathFact:
        """Return the fact of a path; absent when it was not looked at."""
        return self.paths.get(path, PathFact())
