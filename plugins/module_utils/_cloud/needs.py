# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cloud and a login must have for the controllers of a cluster, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from .._core.errors import InvalidInputError, LandfallError
from .settings import ON, Settings

# One of the first ones, and the last where the login has it: Octavia has roles of its own.
_ORDINARY = ("member", "_member_")
_BALANCING = "load-balancer_member"
_SERVICES: Mapping[str, tuple[str, str]] = {
    "load-balancer": ("balancers", "Octavia"),
    "block-storage": ("volumes", "Cinder"),
}
# What upstream's controller asks for when nothing is said.
_USUAL = "amphora"


@dataclass(frozen=True)
class Login:
    """Who a run is in the cloud.

    Attributes:
        user: id.
        roles: names, in the project.
        services: official types of the services in the catalog.
        restricted: logged in by an application credential that must not make others.
    """

    user: str
    roles: frozenset[str]
    services: frozenset[str]
    restricted: bool = False


def wanted_roles(settings: Settings, login: Login) -> tuple[str, ...]:
    """Return the names of the roles that the credential shall have; empty if there are none."""
    if settings.roles:
        return tuple(sorted(set(settings.roles)))
    ordinary = [role for role in _ORDINARY if role in login.roles][:1]
    balancing = [_BALANCING] if settings.balancers and _BALANCING in login.roles else []
    return tuple(sorted(ordinary and ordinary + balancing))


def lacks(settings: Settings, login: Login) -> Iterator[LandfallError]:
    """Yield what the cloud, or the login, does not have, as far as the token tells."""
    for service, (option, name) in _SERVICES.items():
        if getattr(settings, option) and service not in login.services:
            yield InvalidInputError(
                f"the cloud has no {name}",
                on=f"{ON}.{option}",
                expected=f"a service of the type {service} in its catalog",
                found=", ".join(sorted(login.services)),
                remedy=f"set {ON}.{option}: false, or have the cloud's owner add it",
            )
    if settings.credential:
        return
    strange = sorted(set(settings.roles) - login.roles)
    if strange or not wanted_roles(settings, login):
        yield InvalidInputError(
            "the login cannot give the controllers their rights",
            on=f"{ON}.roles",
            expected="roles that the login has in the project: " + ", ".join(sorted(login.roles)),
            found=", ".join(strange) or "no role member",
            remedy=f"name others in {ON}.roles, or have the role granted",
        )


def refused(login: Login, name: str) -> LandfallError:
    """Return the error of a login that must not make the credential that is needed."""
    return InvalidInputError(
        "the login must not make application credentials",
        on=name,
        expected="a password, or an application credential that was made with --unrestricted",
        found="a restricted application credential" if login.restricted else "no right to",
        remedy=f"run it once with such a login, or give {ON}.credential one that exists",
    )


def named(what: str, option: str, wanted: str, there: Iterable[str]) -> Iterator[LandfallError]:
    """Yield an error if what an option names is not there."""
    names = sorted(there)
    if wanted and wanted not in names:
        yield InvalidInputError(
            f"the cloud has no such {what}",
            on=f"{ON}.{option}",
            expected=", ".join(names) or "nothing: it has none",
            found=wanted,
        )


def choose_provider(wanted: str, there: Sequence[str]) -> str:
    """Return the provider of load balancers.

    Raises:
        InvalidInputError: it does not exist, or several do and none is named.
    """
    for error in named("provider of load balancers", "balancer_provider", wanted, there):
        raise error
    usual: Optional[str] = _USUAL if _USUAL in there else None
    chosen = wanted or usual or (there[0] if len(there) == 1 else "")
    if not chosen:
        raise InvalidInputError(
            "Octavia has several providers",
            on=f"{ON}.balancer_provider",
            expected=", ".join(sorted(there)) or "at least one",
            found="none is named",
            remedy="name one",
        )
    return chosen
