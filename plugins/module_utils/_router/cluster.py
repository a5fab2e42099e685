# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of the cluster as a pod reaches it: with the token of its account."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._core.apiserver import ApiError
from .._core.errors import UnreachableError
from .pods import Pods

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_S = 5.0


class InCluster:
    """The API, asked by a pod.

    Args:
        host: its address.
        port: its port.
        account: directory with ``ca.crt`` and ``token``, read each time: tokens are renewed.
    """

    def __init__(self, host: str, port: int, account: Path = ACCOUNT) -> None:
        self._host = host
        self._port = port
        self._account = account

    def get(self, path: str) -> dict[str, Any]:
        """Return what the API answers.

        Raises:
            ApiError: the answer is an error.
            UnreachableError: there is no answer.
        """
        try:
            context = ssl.create_default_context(cafile=str(self._account / "ca.crt"))
            token = (self._account / "token").read_text(encoding="ascii").strip()
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=TIMEOUT_S, context=context
            )
            try:
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                answer = connection.getresponse()
                content = answer.read()
            finally:
                connection.close()
            if answer.status >= http.client.BAD_REQUEST:
                text = content.decode("utf-8", "replace")[:300]
                raise ApiError(answer.status, f"GET {path}", text)
            found: dict[str, Any] = json.loads(content)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnreachableError(
                "the API server does not answer",
                on=f"GET {path.partition('?')[0]} at {self._host}:{self._port}",
                found=f"{type(error).__name__}: {error}",
            ) from error
        return found


def pods_of(node: str, surroundings: Mapping[str, str]) -> Pods:
    """Return what is known about the pods of a node, asked by one of them."""
    host = surroundings["KUBERNETES_SERVICE_HOST"]
    port = int(surroundings["KUBERNETES_SERVICE_PORT"])
    return Pods(InCluster(host, port), node)
