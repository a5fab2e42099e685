# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials that nodes join with.

They are derived from the site's key and a nonce that the plan drew, so the admitting node and the
joining ones compute the same ones and no task's result carries them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .._core.errors import InvalidInputError

KEY_BYTES = 32
# 32 letters, so that five bits of a digest are one letter without a bias.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True)
class Credentials:
    """What admits a node.

    Attributes:
        token: bootstrap token, ``[a-z0-9]{6}.[a-z0-9]{16}``.
        certificate_key: 32 bytes in hex; encrypts the CA for joining control planes.
    """

    token: str
    certificate_key: str

    @classmethod
    def derive(cls, key: bytes, nonce: str) -> Credentials:
        """Compute the credentials that belong to a nonce.

        Args:
            key: the site's secret key.
            nonce: drawn anew for each run that lets nodes join; not secret.
        """
        letters = "".join(_LETTERS[byte % 32] for byte in _mac(key, "token", nonce))
        return cls(f"{letters[:6]}.{letters[6:22]}", _mac(key, "certificate key", nonce).hex())


def fill(documents: Sequence[Mapping[str, Any]], credentials: Credentials) -> list[dict[str, Any]]:
    """Return kubeadm's documents and the discovery kubeconfig with the credentials put in."""
    filled = [deepcopy(dict(document)) for document in documents]
    for document in filled:
        kind = document["kind"]
        if kind == "InitConfiguration":
            document["certificateKey"] = credentials.certificate_key
            document["bootstrapTokens"][0]["token"] = credentials.token
        elif kind == "JoinConfiguration":
            document["discovery"]["tlsBootstrapToken"] = credentials.token
            if "controlPlane" in document:
                document["controlPlane"]["certificateKey"] = credentials.certificate_key
        elif kind == "Config":
            document["users"][0]["user"]["token"] = credentials.token
    return filled


def read_key(text: str) -> bytes:
    """Decode the site's key.

    Args:
        text: base64 of 32 bytes.

    Raises:
        InvalidInputError: it is something else; the text itself is not shown.
    """
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InvalidInputError(
            "not a key",
            on="kubernetes_encryption_key",
            expected=f"base64 of {KEY_BYTES} random bytes",
            found=f"text of {len(text)} characters",
            remedy="make one with: head -c 32 /dev/urandom | base64",
        )
    return key


def _mac(key: bytes, purpose: str, nonce: str) -> bytes:
    return hmac.new(key, f"landfall join {purpose}\n{nonce}".encode(), hashlib.sha256).digest()
