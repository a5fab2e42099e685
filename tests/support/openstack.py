# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The APIs of OpenStack as they were recorded: answers by method and path, and what was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SERVICES = {
    "orchestration": "/heat/v1/p1",
    "compute": "/compute/v2.1",
    "network": "/network",
    "volumev3": "/volume/v3/p1",
    "image": "/image",
}
HIDDEN = "X-Auth-Token"


@dataclass
class Cloud:
    """A cloud that answers what it is told.

    Attributes:
        answers: by ``GET /path``, data, or a status code with data.
        asked: method, path with query, and body of every request besides those for a token.
        url: where it answers.
        accepts: credentials are accepted.
        services: what its catalogue has.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""
    accepts: bool = True
    services: Mapping[str, str] = field(default_factory=lambda: dict(SERVICES))

    def environment(self) -> dict[str, str]:
        """Return the variables of the environment that lead to it."""
        return {
            "OS_AUTH_URL": f"{self.url}/v3",
            "OS_USERNAME": "u",
            "OS_PASSWORD": "secret-word",
            "OS_PROJECT_NAME": "p",
            "OS_USER_DOMAIN_ID": "default",
            "OS_PROJECT_DOMAIN_ID": "default",
            "OS_REGION_NAME": "RegionOne",
            "OS_CLIENT_CONFIG_FILE": "/nonexistent/clouds.yaml",
        }

    def token(self) -> dict[str, Any]:
        """Return what Keystone says of a token, with the catalogue."""
        catalog = [
            {
                "type": kind,
                "name": kind,
                "id": kind,
                "endpoints": [
                    {
                        "interface": "public",
                        "region": "RegionOne",
                        "region_id": "RegionOne",
                        "url": self.url + path,
                        "id": kind,
                    }
                ],
            }
            for kind, path in self.services.items()
        ]
        return {
            "token": {
                "methods": ["password"],
                "user": {"id": "u1", "name": "u", "domain": {"id": "default", "name": "Default"}},
                "project": {
                    "id": "p1",
                    "name": "p",
                    "domain": {"id": "default", "name": "Default"},
                },
                "roles": [],
                "catalog": catalog,
                "expires_at": "2099-01-01T00:00:00.000000Z",
                "issued_at": "2026-01-01T00:00:00.000000Z",
            }
        }


@contextmanager
def cloud(**answers: Any) -> Iterator[Cloud]:
    """Run a cloud."""
    one = Cloud(dict(answers))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            path, _, _query = self.path.partition("?")
            if path == "/v3":
                link = {"rel": "self", "href": f"{one.url}/v3"}
                version = {"id": "v3.14", "status": "stable", "links": [link]}
                return self._send(200, {"version": version})
            if path == "/v3/auth/tokens":
                error = {"error": {"code": 401, "message": "The request requires authentication."}}
                return self._send(201, one.token()) if one.accepts else self._send(401, error)
            one.asked.append((self.command, self.path, body))
            found = one.answers.get(f"{self.command} {path}", (404, {"error": {"message": "no"}}))
            return self._send(*(found if isinstance(found, tuple) else (200, found)))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def _send(self, status: int, data: Any) -> None:
            text = isinstance(data, str)
            content = data.encode() if text else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if text else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Subject-Token", "t")
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
