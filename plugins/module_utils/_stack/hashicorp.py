# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HashiCorp Vault, KV version 2: read for each run, kept nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Optional

import hvac
import requests
from hvac.exceptions import Forbidden, InvalidPath, VaultError

from .._core.errors import InvalidInputError, LandfallError, UnreachableError
from .vault import VaultSettings

_TIMEOUT_S = 15


class HashiCorpVault:
    """A Vault server. Each path is read once; several threads may ask."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._client: Optional[hvac.Client] = None
        self._read: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()

    def read(self, path: str, name: str) -> Optional[str]:
        """Return a field of the newest version."""
        with self._lock:
            if path not in self._read:
                self._read[path] = self._ask(path)
            value = self._read[path].get(name)
        return None if value is None else str(value)

    def _ask(self, path: str) -> Mapping[str, Any]:
        where = f"{self._settings.address}, {self._settings.mount}/{path}"
        try:
            answer = self._logged_in().secrets.kv.v2.read_secret_version(
                path=path, mount_point=self._settings.mount, raise_on_deleted_version=True
            )
        except (VaultError, requests.RequestException) as error:
            raise _error(error, where) from None
        fields: Mapping[str, Any] = answer["data"]["data"]
        return fields

    def _logged_in(self) -> hvac.Client:
        if self._client is None:
            settings = self._settings
            client = hvac.Client(
                url=settings.address,
                namespace=settings.namespace or None,
                verify=settings.ca_certificate or True,
                timeout=_TIMEOUT_S,
            )
            if settings.token:
                client.token = settings.token
            else:
                client.auth.approle.login(
                    role_id=settings.role_id,
                    secret_id=settings.secret_id,
                    mount_point=settings.approle_mount,
                )
            self._client = client
        return self._client


def _error(error: Exception, where: str) -> LandfallError:
    """Return what a failure means. Vault's own texts hold no secrets; those of requests may."""
    if isinstance(error, requests.RequestException):
        return UnreachableError(
            "Vault does not answer",
            on=where,
            found=type(error).__name__,
            remedy="see address and ca_certificate in stack_vault",
        )
    if isinstance(error, InvalidPath):
        return InvalidInputError(
            "Vault has no such secret", on=where, remedy="write it there, or correct path or mount"
        )
    remedy = "see the policy of the token or AppRole" if isinstance(error, Forbidden) else ""
    return InvalidInputError(
        "Vault refuses a request", on=where, found=" ".join(str(error).split()), remedy=remedy
    )
