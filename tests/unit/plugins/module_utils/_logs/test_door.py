# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of the store, with a TLS server that wants a certificate."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import (
    NAME,
    CredentialsError,
    Door,
    StoreError,
    context_of,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.x509 import CryptographyMaker

CAUSE = {"type": "parsing_exception", "reason": "unknown query [x]"}
ANSWERS: dict[str, tuple[int, str]] = {
    "/good": (200, '{"kind": "Good"}'),
    "/empty": (200, ""),
    "/door": (403, '{"error": {"type": "door", "reason": "log-reader may not PUT /x"}}'),
    "/deep": (400, json.dumps({"error": {**CAUSE, "root_cause": [CAUSE]}, "status": 400})),
    "/plain": (404, '{"error": "no handler"}'),
    "/away": (503, "<html>No server is available</html>"),
    "/gone": (502, "<html>The server returned an incomplete response</html>"),
    "/full": (503, '{"error": {"type": "cluster_block_exception", "reason": "blocked"}}'),
    "/nonsense": (200, "<html>"),
}


class Handler(BaseHTTPRequestHandler):
    """Gives the answers of the table, and to a POST what was sent."""

    def do_GET(self) -> None:
        self.answer(*ANSWERS[self.path.partition("?")[0]])

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(200, json.dumps({"sent": sent, "kind": self.headers["Content-Type"]}))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_request(self, *args: Any) -> None:
        """Nobody reads it."""


class Served(NamedTuple):
    """Where the server is, its authority, and a client's certificate."""

    port: int
    authority: str
    certificate: str
    key: str
    other: str

    def door(self, *addresses: str, certificate: bool = True) -> Door:
        shown = (self.certificate, self.key) if certificate else ("", "")
        context = context_of(self.authority, *shown)
        return Door(addresses or ("127.0.0.1",), self.port, lambda: context, timeout=10)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has a certificate for the store's name, whatever its address."""
    folder: Path = tmp_path_factory.mktemp("door")
    maker = CryptographyMaker(lambda: datetime.datetime.now(datetime.timezone.utc))
    ca = maker.certificate(CertificateSpec("ca", "site", ca=True, usages=()), None)
    other = maker.certificate(CertificateSpec("ca", "other", ca=True, usages=()), None)
    client = maker.certificate(CertificateSpec("c", "log-reader", usages=("client",)), ca)
    server = maker.certificate(CertificateSpec("s", "log-store", names=(NAME,)), ca)
    (folder / "ca.crt").write_text(ca.certificate)
    (folder / "server.pem").write_text(server.certificate + server.key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.crt"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(str(folder / "server.pem"))
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.handle_error = lambda *_args: None  # type: ignore[method-assign]
    http.socket = context.wrap_socket(http.socket, server_side=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield Served(
        http.server_port, ca.certificate, client.certificate, client.key, other.certificate
    )
    http.shutdown()
    http.server_close()


def test_requests(served: Served) -> None:
    door = served.door()
    assert door.call("GET", "/good?x=1") == {"kind": "Good"}
    assert door.call("GET", "/empty") == {}
    assert door.call("POST", "/any", {"a": 1}) == {"sent": '{"a": 1}', "kind": "application/json"}
    sent = door.bulk([{"create": {}}, {"message": "ü"}])
    assert sent["kind"] == "application/x-ndjson"
    assert [json.loads(line) for line in sent["sent"].splitlines()] == [
        {"create": {}},
        {"message": "ü"},
    ]


def test_another_address_is_tried_and_then_asked_first(served: Served) -> None:
    door = served.door("127.0.0.2", "127.0.0.1")
    assert door.call("GET", "/good") == {"kind": "Good"}
    assert door._addresses == ["127.0.0.1", "127.0.0.2"]


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("/door", CredentialsError, "GET /door; found: log-reader may not PUT /x; remedy"),
        ("/deep", StoreError, "GET /deep; found: 400 parsing_exception: unknown query"),
        ("/plain", StoreError, "404 error: no handler"),
        ("/full", StoreError, "503 cluster_block_exception: blocked"),
        ("/nonsense", StoreError, "200 no JSON: <html>"),
        ("/gone", UnreachableError, "the door is open, but no store stands behind it"),
        ("/away", UnreachableError, "127.0.0.1: the door is open, but no store stands behind it"),
    ],
)
def test_errors(served: Served, path: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        served.door().call("GET", path)


def test_nobody_answers(served: Served) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        context = context_of(served.authority, "", "")
        door = Door(("127.0.0.1",), free.getsockname()[1], lambda: context)
        with pytest.raises(UnreachableError, match=r"ConnectionRefusedError.*remedy: see whether"):
            door.call("GET", "/good")
    with pytest.raises(UnreachableError, match="no address to ask at"):
        Door((), 1, lambda: context).call("GET", "/good")


def test_without_a_certificate_nobody_comes_in(served: Served) -> None:
    with pytest.raises(CredentialsError, match=r"does not accept the certificate: 127\.0\.0\.1:"):
        served.door(certificate=False).call("GET", "/good")


def test_somebody_else_is_not_the_store(served: Served) -> None:
    context = context_of(served.other, served.certificate, served.key)
    door = Door(("127.0.0.1",), served.port, lambda: context)
    with pytest.raises(UnreachableError, match="its certificate is not the site's"):
        door.call("GET", "/good")


@pytest.mark.parametrize("part", [0, 1])
def test_what_is_no_certificate(served: Served, part: int) -> None:
    texts = [served.authority, served.certificate]
    texts[part] = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"
    with pytest.raises(InvalidInputError, match="cannot be read"):
        context_of(*texts, served.key)
