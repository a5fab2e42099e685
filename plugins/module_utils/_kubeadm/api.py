# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane's own API server, with the administrator's credentials that are there."""

from __future__ import annotations

import base64
import http.client
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._core.apiserver import NAME, ApiServer, Connection
from .._core.errors import InvalidInputError

HOST = "127.0.0.1"
PORT = 6443


def local_api(kubeconfig: Path, timeout: float = 30.0, port: int = PORT) -> ApiServer:
    """Return the API server of this machine with the credentials of a kubeconfig file.

    Args:
        kubeconfig: as kubeadm writes it.
        timeout: seconds for an answer.
        port: the server's.
    """
    return ApiServer(
        HOST,
        port,
        lambda: client_context(kubeconfig.read_text(encoding="utf-8")),
        timeout=timeout,
        remedy="look at 'journalctl -u kubelet' and 'crictl ps -a' on this node",
    )


def client_context(kubeconfig: str) -> ssl.SSLContext:
    """Make a TLS context of a kubeconfig with embedded certificates, as kubeadm writes it.

    The key is handed to OpenSSL in memory, it touches no disk.

    Raises:
        InvalidInputError: the file lacks one of them.
    """
    parts = {
        key: base64.b64decode(_embedded(kubeconfig, key))
        for key in ("certificate-authority-data", "client-certificate-data", "client-key-data")
    }
    context = ssl.create_default_context(cadata=parts["certificate-authority-data"].decode())
    with _memory(parts["client-certificate-data"] + b"\n" + parts["client-key-data"]) as path:
        context.load_cert_chain(path)
    return context


def health(ca: Path, timeout: float = 3.0, port: int = PORT) -> str:
    """Return why the local API server is not ready; empty when it is.

    Args:
        ca: the cluster CA's certificate, which the server's must be signed by.
        timeout: seconds for the answer.
        port: its port.
    """
    connection = None
    try:
        context = ssl.create_default_context(cafile=str(ca))
        connection = Connection(HOST, port, context, NAME, timeout)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        content = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        if connection is not None:
            connection.close()
    if answer.status == http.client.OK:
        return ""
    failed = [line for line in content.splitlines() if line.startswith("[-]")]
    return f"/readyz answers {answer.status}: {'; '.join(failed) or content.strip()[:300]}"


def _embedded(kubeconfig: str, key: str) -> str:
    found = re.search(rf'^\s*{key}:\s*"?([A-Za-z0-9+/=]+)"?\s*$', kubeconfig, re.MULTILINE)
    if not found:
        raise InvalidInputError("the kubeconfig lacks an embedded value", on=key)
    return found.group(1)


@contextmanager
def _memory(content: bytes) -> Iterator[str]:
    handle = os.memfd_create("landfall")
    try:
        os.write(handle, content)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
