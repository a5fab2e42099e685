# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to the store of the logs through its door: TLS, and a certificate says who asks.

Runs on the controller and in the cluster: the standard library alone.
"""

from __future__ import annotations

import http.client
import json
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Protocol, Union

from .._core.apiserver import Connection
from .._core.errors import InvalidInputError, LandfallError, UnreachableError

# In the door's certificate, whatever the address that is connected to.
NAME = "store.logging.svc"
TIMEOUT_S = 15.0
_WHO = "the store of the logs"
# Status and content.
Answer = tuple[int, bytes]
# A certificate that is not accepted is refused after the greeting: when the request is on its way
# already, the connection breaks before the reason can be read.
_CLOSED = (
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ConnectionResetError,
    BrokenPipeError,
    http.client.RemoteDisconnected,
)
# The door's own answers when the engine behind it is away, or goes away with a request.
_AWAY = (http.client.BAD_GATEWAY, http.client.SERVICE_UNAVAILABLE, http.client.GATEWAY_TIMEOUT)
_REMEDY = "see whether its pods run: kubectl --namespace logging get pods"


class StoreError(LandfallError):
    """The store answered with an error; ``status`` is HTTP's, ``kind`` the store's own word."""

    def __init__(self, status: int, kind: str, reason: str, on: str) -> None:
        super().__init__(f"{_WHO} refused a request", on=on, found=f"{status} {kind}: {reason}")
        self.status = status
        self.kind = kind


class CredentialsError(LandfallError):
    """The store does not know the certificate, or its owner may not do what was asked."""


class Store(Protocol):
    """What is asked of a store; tests pass their own."""

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        """Send one request and return the answer's JSON."""
        ...


def context_of(authority: str, certificate: str, key: str) -> ssl.SSLContext:
    """Make a TLS context of texts in PEM; without a certificate, one that shows none.

    Raises:
        InvalidInputError: they are none.
    """
    try:
        context = ssl.create_default_context(cadata=authority)
        if certificate:
            with tempfile.TemporaryDirectory() as folder:
                chain, private = Path(folder, "client.crt"), Path(folder, "client.key")
                chain.write_text(certificate, encoding="utf-8")
                private.touch(mode=0o600)
                private.write_text(key, encoding="utf-8")
                context.load_cert_chain(str(chain), str(private))
    except (ssl.SSLError, ValueError) as error:
        raise InvalidInputError(
            "a certificate for the store of the logs cannot be read", found=str(error)
        ) from error
    return context


class Door:
    """The store, at one of several addresses.

    Args:
        addresses: each leads to the store; the first that answers is taken.
        port: the same at all of them.
        credentials: reads them; asked for each connection, as they may have been renewed.
        timeout: seconds for an answer.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        port: int,
        credentials: Callable[[], ssl.SSLContext],
        *,
        timeout: float = TIMEOUT_S,
    ) -> None:
        self._addresses = list(addresses)
        self._port = port
        self._credentials = credentials
        self._timeout = timeout

    def call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
        """Send one request and return the answer's JSON.

        Args:
            method: the HTTP method.
            path: the path with its query.
            body: the object to send.

        Raises:
            UnreachableError: no address answers, or nobody stands behind the door.
            CredentialsError: the certificate is not accepted, or its owner may not do this.
            StoreError: the store answers with an error.
        """
        text = None if body is None else json.dumps(body)
        return self._send(method, path, text, "application/json")

    def bulk(self, actions: Sequence[Mapping[str, Any]]) -> Any:
        """Send actions and documents as one bulk request, and return the answer's JSON.

        Raises: as :meth:`call` does.
        """
        text = "".join(json.dumps(line) + "\n" for line in actions)
        return self._send("POST", "/_bulk", text, "application/x-ndjson")

    def _send(self, method: str, path: str, text: Optional[str], kind: str) -> Any:
        failed: list[str] = []
        for address in list(self._addresses):
            answer = self._try(address, method, path, text, kind)
            if isinstance(answer, str):
                failed.append(f"{address}: {answer}")
                continue
            # The one that answered is asked first the next time.
            self._addresses.remove(address)
            self._addresses.insert(0, address)
            return _read(answer, f"{method} {path.partition('?')[0]}")
        raise UnreachableError(
            f"{_WHO} does not answer",
            on=f"port {self._port}",
            found="; ".join(failed) or "no address to ask at",
            remedy=_REMEDY,
        )

    def _try(
        self, address: str, method: str, path: str, text: Optional[str], kind: str
    ) -> Union[Answer, str]:
        """Return an address' answer, or why there is none."""
        data = None if text is None else text.encode()
        closed = ""
        # Once, a door that is just ending may do that, too.
        for _time in range(2):
            connection = Connection(address, self._port, self._credentials(), NAME, self._timeout)
            try:
                connection.connect()
                answer = _ask(connection, method, path, data, kind)
            except ssl.SSLCertVerificationError as error:
                return f"its certificate is not the site's ({error.verify_message})"
            except _CLOSED as error:
                closed = f"{type(error).__name__}: {error}"
            except ssl.SSLError as error:
                if "ALERT" not in (error.reason or ""):
                    return str(error)
                raise _unknown(f"{address}:{self._port}", str(error.reason)) from error
            except (OSError, http.client.HTTPException) as error:
                return f"{type(error).__name__}: {error}"
            else:
                return answer
            finally:
                connection.close()
        raise _unknown(f"{address}:{self._port}", f"it closed the connection ({closed})")


def _ask(
    connection: Connection, method: str, path: str, data: Optional[bytes], kind: str
) -> Union[Answer, str]:
    headers = {} if data is None else {"Content-Type": kind}
    connection.request(method, path, body=data, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status in _AWAY and not _is_json(content):
        return "the door is open, but no store stands behind it"
    return answer.status, content


def _unknown(on: str, found: str) -> CredentialsError:
    return CredentialsError(
        f"{_WHO} does not accept the certificate",
        on=on,
        expected="one that the site's authority signed for log-reader, log-writer or log-keeper",
        found=found,
        remedy="run playbooks/site.yml, which renews certificates that are over",
    )


def _read(answer: Answer, what: str) -> Any:
    """Return the JSON of an answer, or raise what it says."""
    status, content = answer
    try:
        found = json.loads(content) if content else {}
    except ValueError:
        text = content.decode("utf-8", "replace")[:300]
        raise StoreError(status, "no JSON", text, what) from None
    if status < http.client.BAD_REQUEST:
        return found
    error = found.get("error") if isinstance(found, Mapping) else None
    kind, reason = _described(error)
    if kind == "door":
        raise CredentialsError(
            f"{_WHO} does not allow this to the certificate's owner",
            on=what,
            found=reason,
            remedy="log-writer may write, log-reader may search, log-keeper may do everything",
        )
    raise StoreError(status, kind, reason, what)


def _described(error: object) -> tuple[str, str]:
    """Return the type of an error and its deepest reason."""
    if not isinstance(error, Mapping):
        return "error", str(error)
    causes = error.get("root_cause") or [error]
    cause = causes[0] if isinstance(causes[0], Mapping) else error
    return str(error.get("type", "error")), str(cause.get("reason") or error.get("reason"))


def _is_json(content: bytes) -> bool:
    return content.lstrip()[:1] == b"{"
