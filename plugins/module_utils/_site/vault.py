# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of the site's store of secrets, and its form as text (JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional, Union

from .._core.errors import InvalidInputError

FORMAT = 1
AUTHORITY, CERTIFICATE, KEY, PASSWORD = "authority", "certificates", "keys", "passwords"
KINDS = (AUTHORITY, CERTIFICATE, KEY, PASSWORD)


class Id(NamedTuple):
    """Names a secret: its kind and its name, written ``passwords.depot``."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str = field(repr=False)


Value = Union[str, KeyPair]


@dataclass(frozen=True)
class Vault:
    """Secrets by kind and name; ``extra`` is what a newer version has added, kept as it is."""

    values: Mapping[Id, Value] = field(default_factory=dict, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def get(self, identity: Id) -> Optional[Value]:
        """Return a secret, or nothing when there is none of that name."""
        return self.values.get(identity)

    def put(self, identity: Id, value: Value) -> Vault:
        """Return a vault in which one secret is another."""
        return Vault({**self.values, identity: value}, self.extra)

    def named(self, kind: str) -> dict[str, Any]:
        """Return all secrets of one kind by name, as plain data."""
        return {
            identity.name: _plain(value)
            for identity, value in sorted(self.values.items())
            if identity.kind == kind
        }

    @classmethod
    def from_params(cls, params: Mapping[str, Any], on: str) -> Vault:
        """Build it from plain data: kind → name → value.

        Raises:
            InvalidInputError: a kind is unknown, or a value has not the form of its kind.
        """
        values: dict[Id, Value] = {}
        for kind, named in params.items():
            if kind not in KINDS or not isinstance(named, Mapping):
                raise InvalidInputError(
                    "unknown kind of secret",
                    on=f"{on}, {kind}",
                    expected=f"a dictionary named {' or '.join(KINDS)}",
                )
            for name, value in named.items():
                identity = Id(str(kind), str(name))
                values[identity] = _value(identity, value, on)
        return cls(values)


def parse(text: str, on: str) -> Vault:
    """Return what a stored text holds; an empty text is an empty vault.

    Raises:
        InvalidInputError: the text is damaged or of a newer version; it must not be overwritten.
    """
    if not text:
        return Vault()
    try:
        data = json.loads(text)
        _check_format(data)
        known = Vault.from_params({kind: data.get(kind, {}) for kind in KINDS}, on)
    except (ValueError, InvalidInputError) as error:
        # A JSON error's text names a position only, never the content.
        raise InvalidInputError(
            "the site's secrets cannot be read",
            on=on,
            expected=f"a store of format {FORMAT}",
            found=str(error),
            remedy="put back the file from a backup; nothing was overwritten. Only for a site that "
            "is to be built anew: move the file away",
        ) from None
    extra = {key: value for key, value in data.items() if key not in {*KINDS, "format"}}
    return Vault(known.values, extra)


def dump(vault: Vault) -> str:
    """Return the text to store."""
    data: dict[str, Any] = {**vault.extra, "format": FORMAT}
    data.update({kind: vault.named(kind) for kind in KINDS})
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def _check_format(data: Any) -> None:
    if not isinstance(data, dict) or not isinstance(data.get("format"), int):
        raise InvalidInputError("no format number")
    if data["format"] > FORMAT:
        raise InvalidInputError(f"format {data['format']} of a newer version")


def _plain(value: Value) -> Any:
    if isinstance(value, KeyPair):
        return {"certificate": value.certificate, "key": value.key}
    return value


def _value(identity: Id, value: Any, on: str) -> Value:
    if identity.kind in (PASSWORD, KEY):
        if isinstance(value, str) and value:
            return str(value)
        raise InvalidInputError("not a secret", on=f"{on}, {identity}", expected="a text")
    if isinstance(value, Mapping):
        pair = (value.get("certificate"), value.get("key"))
        if all(isinstance(part, str) and part.strip() for part in pair):
            return KeyPair(*(str(part).strip() + "\n" for part in pair))
    raise InvalidInputError(
        "not a certificate",
        on=f"{on}, {identity}",
        expected="a dictionary of certificate and key, both PEM",
    )
