# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API for programs that run on hosts: the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Optional, Protocol

from .errors import UnreachableError

MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
# Every API server certificate that kubeadm makes has this name.
NAME = "kubernetes"


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

    def watch(self, path: str, timeout: float) -> Iterator[dict[str, Any]]:
        """Yield the events of a watch until the server ends it."""
        ...


class Connection(http.client.HTTPSConnection):
    """A connection to an address that expects a certificate for a name."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext, name: str, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self.context = context
        self.name = name

    def connect(self) -> None:
        """Connect; the certificate is verified for the name and not for the address."""
        http.client.HTTPConnection.connect(self)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.name)


class ApiServer:
    """An API server, or a proxy before several, with a client certificate.

    Args:
        host: its address.
        port: its port.
        credentials: reads them; asked for each connection, as they may have been renewed.
        name: in the server's certificate.
        timeout: seconds for an answer.
        remedy: what a person can do when nobody answers.
    """

    def __init__(
        self,
        host: str,
        port: int,
        credentials: Callable[[], ssl.SSLContext],
        *,
        name: str = NAME,
        timeout: float = 15.0,
        remedy: str = "",
    ) -> None:
        self.host = host
        self.port = port
        self.credentials = credentials
        self.name = name
        self.timeout = timeout
        self.remedy = remedy

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
        with self._connection(f"{method} {path}", self.timeout) as connection:
            text = None if body is None else json.dumps(body)
            headers = {"Content-Type": kind or "application/json"} if text else {}
            connection.request(method, path, body=text, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status >= http.client.BAD_REQUEST:
                raise ApiError(answer.status, f"{method} {path}", _message(content))
            found: dict[str, Any] = json.loads(content)
        return found

    def watch(self, path: str, timeout: float) -> Iterator[dict[str, Any]]:
        """Yield the events of a watch until the server ends it.

        Args:
            path: the path with its query.
            timeout: seconds without anything, even a bookmark, after which the server is lost.

        Raises:
            ApiError: the answer, or an event, is an error.
            UnreachableError: the server does not answer any more.
        """
        with self._connection(f"watch {path}", timeout) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status >= http.client.BAD_REQUEST:
                raise ApiError(answer.status, f"watch {path}", _message(answer.read()))
            for line in answer:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    reason = event["object"]
                    raise ApiError(int(reason.get("code", 500)), path, reason.get("message", ""))
                yield event

    @contextmanager
    def _connection(self, what: str, timeout: float) -> Iterator[Connection]:
        connection = None
        try:
            connection = Connection(self.host, self.port, self.credentials(), self.name, timeout)
            yield connection
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnreachableError(
                "the API server does not answer",
                on=f"{what.partition('?')[0]} at {self.host}:{self.port}",
                found=f"{type(error).__name__}: {error}",
                remedy=self.remedy,
            ) from error
        finally:
            if connection is not None:
                connection.close()


def credentials_in(folder: Path) -> ssl.SSLContext:
    """Make a TLS context of a directory's ``ca.crt``, ``client.crt`` and ``client.key``."""
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(str(folder / "client.crt"), str(folder / "client.key"))
    return context


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return content.decode("utf-8", "replace")[:300]
