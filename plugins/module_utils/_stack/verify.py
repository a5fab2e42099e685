# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the stack serve? Its checks are requests that go through the gateway, as a user's do."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional, Protocol

from .._core.errors import NotReadyError
from .settings import Instance

HTTPS = "https"
PORTS = {"http": 80, HTTPS: 443}
_PAUSE_S = 1.0
_REQUEST_S = 10.0
_MOST_BYTES = 4 * 1024 * 1024
_SHOWN = 200


@dataclass(frozen=True)
class Request:
    """One request, and the answer that is wanted."""

    scheme: str
    host: str
    path: str
    status: int
    contains: str
    within: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"


@dataclass(frozen=True)
class Answer:
    """Status and text of an answer; ``problem`` when there was none."""

    status: int = 0
    body: str = ""
    problem: str = ""


class Asker(Protocol):
    """Sends requests; tests pass their own."""

    def __call__(self, request: Request) -> Answer:
        """Return the answer, or the problem."""
        ...


class Clock(Protocol):
    """The time, in seconds."""

    def now(self) -> float:
        """Return a time that only goes forward."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


def concrete(host: str) -> str:
    """Return a host name that can be asked: a wildcard stands for any name."""
    return f"check{host[1:]}" if host.startswith("*.") else host


def requests(instance: Instance) -> tuple[Request, ...]:
    """Return the requests of a stack's checks."""
    found = []
    for check in instance.stack.checks:
        exposure = check.expose or next(iter(instance.stack.expose))
        host = concrete(instance.hosts[exposure][0])
        found.append(
            Request(check.scheme, host, check.path, check.status, check.contains, check.within)
        )
    return tuple(found)


def urls(instance: Instance) -> list[str]:
    """Return where users find the stack: each host name with its shortest path."""
    return [
        f"http://{host}{min(exposure.paths, key=len)}"
        for name, exposure in instance.stack.expose.items()
        for host in instance.hosts[name]
    ]


def problem_of(request: Request, answer: Answer) -> str:
    """Return what is wrong with an answer, nothing when it is the wanted one."""
    if answer.problem:
        return answer.problem
    if answer.status != request.status:
        return f"status {answer.status}: {answer.body.strip()[:_SHOWN]}"
    if request.contains not in answer.body:
        return f"status {answer.status}, without the text: {answer.body.strip()[:_SHOWN]}"
    return ""


def verify(asked: tuple[Request, ...], ask: Asker, clock: Clock) -> None:
    """Send each request until its answer is the wanted one.

    Raises:
        NotReadyError: one does not get it within its limit; holds the last answer.
    """
    for request in asked:
        _until(request, lambda one=request: problem_of(one, ask(one)), clock)  # type: ignore[misc]


def _until(request: Request, look: Callable[[], str], clock: Clock) -> None:
    limit = clock.now() + request.within
    while problem := look():
        if clock.now() >= limit:
            wanted = f"status {request.status}"
            if request.contains:
                wanted += f" and the text {request.contains!r}"
            raise NotReadyError(
                "a check of the stack fails",
                on=str(request),
                expected=f"{wanted} within {request.within} s",
                found=problem,
                remedy="see the components' logs, and that the gateway reaches the nodes",
            )
        clock.sleep(_PAUSE_S)


class GatewayAsker:
    """Asks the gateway's address for any host name, without DNS and past proxies.

    Args:
        address: the gateway's address.
        ca_certificate: PEM of the authority that HTTPS is verified with; the system's when empty.
        ports: scheme to port.
    """

    def __init__(
        self, address: str, ca_certificate: str = "", ports: Optional[dict[str, int]] = None
    ) -> None:
        self._address = address
        self._ca = ca_certificate
        self._ports = ports or PORTS

    def __call__(self, request: Request) -> Answer:
        """Send one request."""
        connection = http.client.HTTPConnection(request.host, timeout=_REQUEST_S)
        try:
            connection.sock = self._connect(request)
            connection.request("GET", request.path, headers={"Accept": "*/*"})
            response = connection.getresponse()
            body = response.read(_MOST_BYTES).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return Answer(problem=str(error) or type(error).__name__)
        finally:
            connection.close()
        return Answer(response.status, body)

    def _connect(self, request: Request) -> socket.socket:
        plain = socket.create_connection((self._address, self._ports[request.scheme]), _REQUEST_S)
        if request.scheme != HTTPS:
            return plain
        context = ssl.create_default_context(cadata=self._ca or None)
        return context.wrap_socket(plain, server_hostname=request.host)
