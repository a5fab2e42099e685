# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are kept in HashiCorp Vault: what is asked of it, and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Optional, Protocol

from .._core.errors import InvalidInputError
from .._core.names import hint


class Vault(Protocol):
    """Where secrets are read from; tests pass their own."""

    def read(self, path: str, name: str) -> Optional[str]:
        """Return a field of the newest version of the secret at ``path``; None if it has none.

        Raises:
            InvalidInputError: there is none, or it may not be read.
            UnreachableError: the server does not answer.
        """


@dataclass(frozen=True)
class VaultSettings:
    """How to reach Vault.

    Attributes:
        address: ``https://host:port``.
        mount: where the KV engine is mounted.
        namespace: of Vault Enterprise.
        token: to log in with, or ``role_id`` and ``secret_id`` of an AppRole.
        approle_mount: where the AppRole method is mounted.
        ca_certificate: path of a PEM file that its certificate is verified with.
    """

    address: str = ""
    mount: str = "secret"
    namespace: str = ""
    token: str = field(default="", repr=False)
    role_id: str = ""
    secret_id: str = field(default="", repr=False)
    approle_mount: str = "approle"
    ca_certificate: str = ""

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> VaultSettings:
        """Build them from plain data; what is nothing is left at its default.

        Raises:
            InvalidInputError: an option is not known, or neither token nor AppRole is given.
        """
        known = {one.name for one in fields(cls)}
        for name in params.keys() - known:
            raise InvalidInputError(
                "an option is not known", on=f"stack_vault.{name}", remedy=hint(name, known)
            )
        found = cls(**{name: str(value) for name, value in params.items() if value})
        if found.address and not (found.token or (found.role_id and found.secret_id)):
            raise InvalidInputError(
                "nothing is set to log in to Vault with",
                on=found.address,
                expected="token, or role_id and secret_id",
                remedy="set it in stack_vault, from Ansible Vault or the environment",
            )
        return found


class UnreadVault:
    """Stands for a Vault that is not asked, where only names matter."""

    def read(self, path: str, name: str) -> Optional[str]:
        """Return any text."""
        return f"(in Vault: {path}, {name})"


class NoVault:
    """Says that no Vault is set up."""

    def read(self, path: str, name: str) -> Optional[str]:
        """Refuse."""
        raise InvalidInputError(
            "a stack has secrets in Vault, but none is set up",
            on=f"{path}, field {name}",
            remedy="set stack_vault: address, and token or role_id and secret_id",
        )
