# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and groups of one machine."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Iterable
from typing import Any, Optional, Protocol

from .._core.errors import InvalidInputError
from .._core.process import Runner
from .desired import Group, User
from .observed import UserFact


class PasswdDatabase(Protocol):
    """The part of the module ``pwd`` that is used here."""

    def getpwnam(self, name: str, /) -> Any:
        """Return the entry of a user's name; KeyError without one."""

    def getpwuid(self, uid: int, /) -> Any:
        """Return the entry of a user's number; KeyError without one."""


class GroupDatabase(Protocol):
    """The part of the module ``grp`` that is used here."""

    def getgrnam(self, name: str, /) -> Any:
        """Return the entry of a group's name; KeyError without one."""

    def getgrgid(self, gid: int, /) -> Any:
        """Return the entry of a group's number; KeyError without one."""


class Accounts:
    """Looks accounts up in the system's databases and creates them with its programs."""

    def __init__(
        self, run: Runner, passwd: PasswdDatabase = pwd, groups: GroupDatabase = grp
    ) -> None:
        self._run = run
        self._passwd = passwd
        self._groups = groups

    def user_name(self, uid: int) -> str:
        """Return a user's name, or the number when it has none."""
        try:
            return str(self._passwd.getpwuid(uid).pw_name)
        except KeyError:
            return str(uid)

    def group_name(self, gid: int) -> str:
        """Return a group's name, or the number when it has none."""
        try:
            return str(self._groups.getgrgid(gid).gr_name)
        except KeyError:
            return str(gid)

    def user_id(self, name: str) -> int:
        """Return a user's number; ``name`` may be one already."""
        try:
            return int(name) if name.isdigit() else int(self._passwd.getpwnam(name).pw_uid)
        except KeyError:
            raise _unknown("user", name) from None

    def group_id(self, name: str) -> int:
        """Return a group's number; ``name`` may be one already."""
        try:
            return int(name) if name.isdigit() else int(self._groups.getgrnam(name).gr_gid)
        except KeyError:
            raise _unknown("group", name) from None

    def existing_groups(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of the groups that exist."""
        return frozenset(name for name in names if self._has_group(name))

    def user(self, name: str) -> Optional[UserFact]:
        """Return a user's properties; None when it does not exist."""
        try:
            entry = self._passwd.getpwnam(name)
        except KeyError:
            return None
        return UserFact(self.group_name(entry.pw_gid), str(entry.pw_dir), str(entry.pw_shell))

    def add_group(self, group: Group) -> None:
        """Create a group, unless a package has created it in the meantime."""
        if not self._has_group(group.name):
            self._run(["groupadd", *(["--system"] if group.system else []), group.name])

    def put_user(self, user: User) -> None:
        """Create a user, or give it its properties when it exists; never a home directory."""
        exists = self.user(user.name) is not None
        group = user.group
        if not exists and group is None and self._has_group(user.name):
            group = user.name
        self._run(user_command(user, group, exists=exists))

    def _has_group(self, name: str) -> bool:
        try:
            self._groups.getgrnam(name)
        except KeyError:
            return False
        return True


def user_command(user: User, group: Optional[str], *, exists: bool) -> list[str]:
    """Return the command that creates or changes a user."""
    command = ["usermod"] if exists else ["useradd", "--no-create-home"]
    if user.system and not exists:
        command.append("--system")
    for option, value in (("--gid", group), ("--home-dir", user.home), ("--shell", user.shell)):
        if value is not None:
            command += ["--home" if exists and option == "--home-dir" else option, value]
    return [*command, user.name]


def _unknown(kind: str, name: str) -> InvalidInputError:
    return InvalidInputError(
        f"{kind} does not exist",
        on=name,
        remedy=f"declare it in {kind}s, or the package that brings it in packages",
    )
