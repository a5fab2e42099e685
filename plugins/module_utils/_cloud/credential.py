# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application credential of a cluster's controllers: had, made anew or removed.

Its secret is the site's own, so a run that was killed finds the credential as it is, and a
credential that does not take the secret any more is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Protocol

from .._core.plan import Change, Plan

UNKNOWN = "(known when it is made)"


@dataclass(frozen=True)
class Credential:
    """One that exists: its id, its name and the names of its roles."""

    id: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """What it shall be: its name, the names of its roles, sorted, and its secret."""

    name: str
    roles: tuple[str, ...]
    secret: str


class Credentials(Protocol):
    """The application credentials of the login's user."""

    def find(self, name: str) -> Optional[Credential]:
        """Return the one of a name, None if there is none."""

    def works(self, credential: str, secret: str) -> bool:
        """Tell whether Keystone takes an id and a secret."""

    def create(self, wanted: Wanted) -> Credential:
        """Make one; it cannot make others, and acts in the login's project alone."""

    def remove(self, credential: Credential) -> None:
        """Remove one; what was logged in with it is logged out."""


def plan(wanted: Wanted, found: Optional[Credential], *, works: bool) -> Plan[Change]:
    """Return what has to be done.

    Args:
        wanted: what it shall be.
        found: the one that has the name.
        works: Keystone takes the secret for it.
    """
    target = f"application credential {wanted.name}"
    after = f"roles: {', '.join(wanted.roles)}\n"
    if found is None:
        return Plan((Change(target, "create", "", after),))
    if found.roles == wanted.roles and works:
        return Plan()
    before = f"roles: {', '.join(found.roles)}\n"
    return Plan((Change(target, "replace", before if works else before + "(refused)\n", after),))


def ensure(credentials: Credentials, wanted: Wanted, *, check: bool) -> tuple[Plan[Change], str]:
    """Have the credential; return what was (or would be) done, and its id."""
    found = credentials.find(wanted.name)
    works = found is not None and credentials.works(found.id, wanted.secret)
    todo = plan(wanted, found, works=works)
    if not todo and found:
        return todo, found.id
    if check:
        return todo, UNKNOWN
    if found:  # names are unique
        credentials.remove(found)
    return todo, credentials.create(wanted).id


def forget(credentials: Credentials, name: str, *, check: bool) -> Plan[Change]:
    """Remove the credential, if there is one; return what was (or would be) done."""
    found = credentials.find(name)
    if found is None:
        return Plan()
    if not check:
        credentials.remove(found)
    before = f"roles: {', '.join(found.roles)}\n"
    return Plan((Change(f"application credential {name}", "remove", before, ""),))
