# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a stack's secrets: given by the environment, from Vault, kept, or generated."""

from __future__ import annotations

import base64
import binascii
import secrets as random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .._core.errors import InvalidInputError
from .model import SecretKey
from .settings import Instance
from .vault import NoVault, Vault

_LETTERS = string.ascii_letters + string.digits
# On the Secret: another one each time that a value changes. Pods carry it, so that they are
# replaced; unlike a hash it says nothing about the value.
REVISION = "landfall.dev/revision"


@dataclass(frozen=True)
class Settled:
    """The values of one Secret, and the revision that they have."""

    values: Mapping[str, str] = field(repr=False)
    revision: str


def generate(length: int) -> str:
    """Return a new random text of letters and digits."""
    return "".join(random.choice(_LETTERS) for _ in range(length))


def _text(name: str, key: str, encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "a secret in the cluster is not text",
            on=f"Secret {name}, key {key}",
            remedy="remove the key from the Secret; it is then generated or taken anew",
        ) from error


def settle(
    instance: Instance,
    live: Mapping[str, Optional[Mapping[str, Any]]],
    new: Callable[[int], str] = generate,
    vault: Optional[Vault] = None,
) -> dict[str, Settled]:
    """Return the values of all secrets of a stack.

    Args:
        instance: the stack in its environment.
        live: Secret by name as the cluster has it, None when it has none.
        new: makes a random text of a length.
        vault: where secrets that say so are read, unless the environment gives them.

    Raises:
        InvalidInputError: a Secret in the cluster holds something that is no text, or Vault has
            not got a secret.
        UnreachableError: Vault does not answer.
    """
    found = {}
    for name, keys in instance.stack.secrets.items():
        present = live.get(name) or {}
        data = present.get("data") or {}
        kept = {key: _text(name, key, data[key]) for key in keys if key in data}
        given = instance.secrets.get(name, {})
        values = {
            key: given.get(key)
            or _from_vault(vault or NoVault(), f"{name}.{key}", key, declared)
            or kept.get(key)
            or new(declared.length)
            for key, declared in keys.items()
        }
        notes = (present.get("metadata") or {}).get("annotations") or {}
        same = all(kept.get(key) == value for key, value in values.items())
        revision = notes.get(REVISION) if same else None
        found[name] = Settled(values, revision or new(12))
    return found


def _from_vault(vault: Vault, on: str, key: str, declared: SecretKey) -> str:
    """Return the value that Vault has, nothing for a secret that does not come from there."""
    if not declared.vault:
        return ""
    field_name = declared.key or key
    value = vault.read(declared.vault, field_name)
    if not value:
        raise InvalidInputError(
            "a secret in Vault has no such field, or it is empty",
            on=f"secret {on}",
            expected=f"field {field_name} of {declared.vault}",
        )
    return value
