# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client, with a TLS server that wants its certificate."""

from __future__ import annotations

import datetime
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import (
    ApiError,
    ApiServer,
    credentials_in,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.x509 import CryptographyMaker

GONE = {"type": "ERROR", "object": {"code": 410, "message": "too old"}}
ANSWERS: dict[str, tuple[int, str]] = {
    "/good": (200, json.dumps({"kind": "Good"})),
    "/refused": (403, json.dumps({"message": "not allowed"})),
    "/broken": (500, "oops"),
    "/nonsense": (200, "<html>"),
    "/watch": (200, "".join(json.dumps({"type": word}) + "\n" for word in ("ADDED", "DELETED"))),
    "/old": (200, json.dumps(GONE) + "\n"),
}


class Handler(BaseHTTPRequestHandler):
    """Gives the answers of the table, and to a PATCH what was sent."""

    def do_GET(self) -> None:
        self.answer(*ANSWERS[self.path])

    def do_PATCH(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        kind = self.headers["Content-Type"]
        self.answer(200, json.dumps({"sent": json.loads(sent), "kind": kind}))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_request(self, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiServer]:
    """A client whose server has a certificate for a name and not for its address."""
    maker = CryptographyMaker(lambda: datetime.datetime.now(datetime.timezone.utc))
    ca = maker.certificate(CertificateSpec("ca", "kubernetes", ca=True, usages=()), None)
    client = maker.certificate(CertificateSpec("c", "landfall:balancer", usages=("client",)), ca)
    server = maker.certificate(CertificateSpec("s", "api", names=("kubernetes",)), ca)
    for name, text in (
        ("ca.crt", ca.certificate),
        ("client.crt", client.certificate),
        ("client.key", client.key),
        ("server.pem", server.certificate + server.key),
    ):
        (tmp_path / name).write_text(text)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.crt"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(str(tmp_path / "server.pem"))
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.socket = context.wrap_socket(http.socket, server_side=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield ApiServer("127.0.0.1", http.server_port, lambda: credentials_in(tmp_path))
    http.shutdown()
    http.server_close()


def test_requests(api: ApiServer) -> None:
    assert api.call("GET", "/good") == {"kind": "Good"}
    sent = api.call("PATCH", "/any", {"a": 1}, "application/merge-patch+json")
    assert sent == {"sent": {"a": 1}, "kind": "application/merge-patch+json"}
    assert api.call("PATCH", "/any", {})["kind"] == "application/json"


@pytest.mark.parametrize(
    ("path", "status", "found"), [("/refused", 403, "not allowed"), ("/broken", 500, "oops")]
)
def test_errors(api: ApiServer, path: str, status: int, found: str) -> None:
    with pytest.raises(ApiError, match=f"{status} {found}") as caught:
        api.call("GET", path)
    assert caught.value.status == status
    with pytest.raises(ApiError, match=found):
        list(api.watch(path, 5))


def test_watches(api: ApiServer) -> None:
    assert [event["type"] for event in api.watch("/watch", 5)] == ["ADDED", "DELETED"]
    with pytest.raises(ApiError, match="410 too old"):
        list(api.watch("/old", 5))


def test_what_is_no_answer(api: ApiServer) -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        api.call("GET", "/nonsense")


def test_a_certificate_for_another_name(api: ApiServer) -> None:
    api.name = "127.0.0.1"
    with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
        api.call("GET", "/good")


def test_renewed_credentials_are_used_at_once(api: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "client.key").rename(tmp_path / "away")
    with pytest.raises(UnreachableError):
        api.call("GET", "/good")
    (tmp_path / "away").rename(tmp_path / "client.key")
    assert api.call("GET", "/good")
