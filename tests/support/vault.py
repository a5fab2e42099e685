# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the HTTP API of HashiCorp Vault, as far as KV version 2 and AppRole go."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN, ROLE, SECRET = "s.token", "role", "secret-of-role"


class StandIn(ThreadingHTTPServer):
    """Secrets by mount and path; ``asked`` are the paths that were asked for."""

    def __init__(self, secrets: dict[str, dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.secrets = secrets
        self.asked: list[str] = []
        self.namespaces: set[str] = set()

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers as Vault 1.21.4 does; compared with its real core and HTTP API."""

    server: StandIn

    def do_POST(self) -> None:
        """Log an AppRole in."""
        length = int(self.headers["Content-Length"])
        given = json.loads(self.rfile.read(length))
        if self.path == "/v1/auth/approle/login" and given == {
            "role_id": ROLE,
            "secret_id": SECRET,
        }:
            self._answer(200, {"auth": {"client_token": TOKEN}})
        else:
            self._answer(400, {"errors": ["invalid role or secret ID"]})

    def do_GET(self) -> None:
        """Return the newest version of a secret."""
        self.server.asked.append(self.path)
        self.server.namespaces.add(self.headers.get("X-Vault-Namespace") or "")
        if self.headers.get("X-Vault-Token") != TOKEN:
            self._answer(403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})
            return
        mount, _, path = self.path.removeprefix("/v1/").partition("/data/")
        found = self.server.secrets.get(f"{mount}/{path}")
        if found is None:
            self._answer(404, {"errors": []})
        else:
            self._answer(200, {"data": {"data": found, "metadata": {"version": 2}}})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def vault(secrets: dict[str, dict[str, Any]]) -> Iterator[StandIn]:
    """Serve secrets as long as the context lasts."""
    with StandIn(secrets) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
