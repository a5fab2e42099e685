# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that a site shall have, as the variables of the role ``site`` describe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import InvalidInputError
from .vault import AUTHORITY, CERTIFICATE, KEY, PASSWORD, Id

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
USAGES = ("server", "client")


@dataclass(frozen=True)
class CertificateSpec:
    """A certificate that the site shall have.

    Attributes:
        name: its name in the store.
        common_name: the subject.
        names: DNS names it is valid for.
        addresses: IP addresses it is valid for.
        usages: ``server``, ``client`` or both.
        validity_days: how long a new one is valid.
        ca: it is an authority that signs for itself and is kept with its key.
        authority: name of the authority among the certificates that signs it; the site's own
            when empty.
    """

    name: str
    common_name: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    usages: tuple[str, ...] = ("server",)
    validity_days: int = 365
    ca: bool = False
    authority: str = ""

    @property
    def signer(self) -> Id:
        """The secret that signs it."""
        return Id(CERTIFICATE, self.authority) if self.authority else Id(AUTHORITY, "site")

    @classmethod
    def from_params(cls, name: str, params: Mapping[str, Any]) -> CertificateSpec:
        """Build it from the options of one certificate; see the role ``site``."""
        _only(params, f"certificate {name}", cls.__dataclass_fields__)
        usages = tuple(params.get("usages", ("server",)))
        for usage in usages:
            if usage not in USAGES:
                raise InvalidInputError(
                    "unknown usage",
                    on=f"certificate {name}",
                    expected=" or ".join(USAGES),
                    found=usage,
                )
        ca = bool(params.get("ca", False))
        return cls(
            name,
            str(params.get("common_name", name)),
            tuple(sorted(set(params.get("names", ())))),
            tuple(sorted(set(params.get("addresses", ())))),
            () if ca else tuple(sorted(set(usages))),
            _whole(params.get("validity_days", 3650 if ca else 365), f"certificate {name}"),
            ca,
            "" if ca else str(params.get("authority", "")),
        )


@dataclass(frozen=True)
class PasswordSpec:
    """A password that the site shall have: its length and the characters it is made of."""

    name: str
    length: int = 32
    alphabet: str = ALPHABET

    @classmethod
    def from_params(cls, name: str, params: Mapping[str, Any]) -> PasswordSpec:
        """Build it from the options of one password."""
        _only(params, f"password {name}", cls.__dataclass_fields__)
        alphabet = str(params.get("alphabet", ALPHABET))
        if len(set(alphabet)) < 10:
            raise InvalidInputError(
                "too few characters to choose from",
                on=f"password {name}, alphabet",
                expected="at least 10 different ones",
                found=str(len(set(alphabet))),
            )
        return cls(name, _whole(params.get("length", 32), f"password {name}", 8), alphabet)


@dataclass(frozen=True)
class KeySpec:
    """A random key that the site shall have, kept as base64: its number of bytes."""

    name: str
    size: int = 32

    @classmethod
    def from_params(cls, name: str, params: Mapping[str, Any]) -> KeySpec:
        """Build it from the options of one key."""
        _only(params, f"key {name}", cls.__dataclass_fields__)
        return cls(name, _whole(params.get("size", 32), f"key {name}", 16))


@dataclass(frozen=True)
class Desired:
    """All secrets that the site shall have, and how early certificates are renewed."""

    specs: Mapping[Id, Any]
    renew_days: int = 30
    replace: frozenset[str] = frozenset()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Desired:
        """Build it from the options of the action ``site_secrets``."""
        authority = {
            "common_name": "Landfall site CA",
            **(params.get("authority") or {}),
            "ca": True,
        }
        specs: dict[Id, Any] = {
            Id(AUTHORITY, "site"): CertificateSpec.from_params("site", authority),
        }
        for kind, option, build in (
            (CERTIFICATE, "certificates", CertificateSpec.from_params),
            (PASSWORD, "passwords", PasswordSpec.from_params),
            (KEY, "keys", KeySpec.from_params),
        ):
            for name, options in sorted((params.get(option) or {}).items()):
                specs[Id(kind, str(name))] = build(str(name), options or {})
        _check_authorities(specs)
        wanted = frozenset(str(name) for name in params.get("replace") or ())
        unknown = sorted(wanted - {str(identity) for identity in specs})
        if unknown:
            raise InvalidInputError(
                "unknown secret",
                on="site_replace",
                expected=" or ".join(sorted(str(identity) for identity in specs)),
                found=", ".join(unknown),
            )
        return cls(specs, int(params.get("renew_days", 30)), wanted)


def _check_authorities(specs: Mapping[Id, Any]) -> None:
    known = {i.name for i, spec in specs.items() if isinstance(spec, CertificateSpec) and spec.ca}
    for identity, spec in specs.items():
        if isinstance(spec, CertificateSpec) and spec.signer not in specs:
            raise InvalidInputError(
                "unknown authority",
                on=str(identity),
                expected=" or ".join(sorted(known - {"site"})) or "none",
                found=spec.authority,
            )
        if isinstance(spec, CertificateSpec) and not spec.ca and not specs[spec.signer].ca:
            raise InvalidInputError("not an authority", on=str(identity), found=spec.authority)


def _only(params: Mapping[str, Any], on: str, fields: Iterable[str]) -> None:
    allowed = set(fields) - {"name"}
    for option in params:
        if option not in allowed:
            raise InvalidInputError(
                "unknown option", on=on, expected=", ".join(sorted(allowed)), found=str(option)
            )


def _whole(value: Any, on: str, least: int = 1) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = least - 1
    if number < least:
        raise InvalidInputError(
            "not a usable number", on=on, expected=f"{least} or more", found=str(value)
        )
    return number
