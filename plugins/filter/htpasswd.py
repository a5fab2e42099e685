# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter htpasswd."""

from __future__ import annotations

import base64
import hashlib
import importlib
from collections.abc import Callable
from typing import Any

COST = 5
"""bcrypt's work factor; low, because the passwords are long and random, so nobody guesses them."""


def htpasswd(password: str, user: str) -> str:
    """Return the line of an htpasswd file for a user, the same for the same password.

    The salt is derived from user and password: a random one would change the file in every run.
    """
    digest = hashlib.sha256(f"{user}:{password}".encode()).digest()[:16]
    alphabet = str.maketrans(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    )
    # bcrypt reads 22 characters, of which the last carries only two bits
    salt = base64.b64encode(digest).decode("ascii").rstrip("=").translate(alphabet)
    bcrypt = importlib.import_module("bcrypt")  # on the controller alone
    hashed = bcrypt.hashpw(password.encode(), f"$2b${COST:02}${salt}".encode("ascii"))
    return f"{user}:{hashed.decode('ascii')}\n"


class FilterModule:
    """Ansible's entry to this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"htpasswd": htpasswd}
