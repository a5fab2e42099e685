# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks JSON with HTTP servers: OpenSearch and WordPress."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TIMEOUT = 15.0


class ServerError(Exception):
    """A server did not answer, or not as it should; ``status`` is 0 when it did not."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in {0, 408, 409, 425, 429} or self.status >= 500


@dataclass(frozen=True)
class Server:
    """One server.

    Attributes:
        url: its address, without a slash at the end.
        user: for HTTP's basic authentication; none when empty.
        password: the user's.
    """

    url: str
    user: str = ""
    password: str = ""

    def request(
        self, method: str, path: str, body: object = None, *, missing_is_none: bool = False
    ) -> Any:
        """Send a request and return the JSON of its answer.

        Args:
            method: of HTTP.
            path: with the leading slash.
            body: sent as JSON, or as it is when it is a text (bulk requests).
            missing_is_none: return None when the answer is 404.

        Raises:
            ServerError: no answer, or one that is no success.
        """
        request = urllib.request.Request(  # noqa: S310 (the address is a setting)
            self.url + path, method=method, headers=self._headers()
        )
        if body is not None:
            text = body if isinstance(body, str) else json.dumps(body)
            request.data = text.encode()
            kind = "x-ndjson" if isinstance(body, str) else "json"
            request.add_header("Content-Type", f"application/{kind}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404 and missing_is_none:
                return None
            detail = error.read(500).decode(errors="replace")
            raise ServerError(f"{method} {path}: {error.code} {detail}", error.code) from error
        except (OSError, ValueError) as error:
            raise ServerError(f"{method} {self.url}{path}: {error}") from error

    def _headers(self) -> Mapping[str, str]:
        if not self.user:
            return {}
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


def patiently(
    action: Callable[[], Any],
    limit: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """Do something until the server is there for it, for at most ``limit`` seconds.

    Raises:
        ServerError: the last one, or one that waiting does not help against.
    """
    end, pause = clock() + limit, 0.5
    while True:
        try:
            return action()
        except ServerError as error:
            if not error.passing or clock() + pause > end:
                raise
        sleep(pause)
        pause = min(pause * 2, 5.0)
