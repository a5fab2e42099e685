# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control plane's own API server, as a small client of the standard library.

It is used on control planes alone, with the administrator's credentials that are there.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional, Protocol

from .._core.errors import InvalidInputError, UnreachableError

PORT = 6443
# Every API server certificate that kubeadm makes has this name.
NAME = "kubernetes"
MERGE_PATCH = "application/merge-patch+json"


class ApiError(UnreachableError):
    """The API server answered with an error; ``status`` is the HTTP status."""

    def __init__(self, status: int, what: str, found: str) -> None:
        super().__init__("the API server refused a request", on=what, found=f"{status} {found}")
        self.status = status


class Api(Protocol):
    """What is asked of an API server; tests pass their own."""

    def call(
        self, method: str, path: str, body: Optional[Mapping[str, Any]] = None, kind: str = ""
    ) -> dict[str, Any]:
        """Send one request and return the answer's object."""
        ...

    def watch(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the events of a watch until the server ends it."""
        ...


class LocalConnection(http.client.HTTPSConnection):
    """A connection to 127.0.0.1 that expects the API server's certificate."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=NAME)

    def __init__(self, context: ssl.SSLContext, timeout: float, port: int = PORT) -> None:
        super().__init__("127.0.0.1", port, timeout=timeout, context=context)
        self.context = context


class LocalApi:
    """The API server of this machine with the credentials of a kubeconfig file."""

    def __init__(self, kubeconfig: Path, timeout: float = 30.0, port: int = PORT) -> None:
        self.kubeconfig = kubeconfig
        self.timeout = timeout
        self.port = port
        self._context: Optional[ssl.SSLContext] = None

    @property
    def context(self) -> ssl.SSLContext:
        """The credentials, read once."""
        if self._context is None:
            self._context = client_context(self.kubeconfig.read_text(encoding="utf-8"))
        return self._context

    def call(
        self, method: str, path: str, body: Optional[Mapping[str, Any]] = None, kind: str = ""
    ) -> dict[str, Any]:
        """Send one request and return the answer's object.

        Args:
            method: the HTTP method.
            path: the path with its query.
            body: the object to send.
            kind: the body's media type; JSON when not given.

        Raises:
            ApiError: the answer is an error.
            UnreachableError: there is no answer.
        """
        with self._connection(f"{method} {path}") as connection:
            text = None if body is None else json.dumps(body)
            headers = {"Content-Type": kind or "application/json"} if text else {}
            connection.request(method, path, body=text, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status >= 400:
            raise ApiError(answer.status, f"{method} {path}", _message(content))
        found: dict[str, Any] = json.loads(content)
        return found

    def watch(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the events of a watch until the server ends it.

        Raises:
            ApiError: the answer is an error.
            UnreachableError: the server does not answer any more.
        """
        with self._connection(f"watch {path}") as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status >= 400:
                raise ApiError(answer.status, f"watch {path}", _message(answer.read()))
            for line in answer:
                yield json.loads(line)

    @contextmanager
    def _connection(self, what: str) -> Iterator[LocalConnection]:
        connection = None
        try:
            connection = LocalConnection(self.context, self.timeout, self.port)
            yield connection
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnreachableError(
                "the local API server does not answer",
                on=what,
                found=f"{type(error).__name__}: {error}",
                remedy="look at 'journalctl -u kubelet' and 'crictl ps -a' on this node",
            ) from error
        finally:
            if connection is not None:
                connection.close()


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
        connection = LocalConnection(context, timeout, port)
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


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return content.decode("utf-8", "replace")[:300]
