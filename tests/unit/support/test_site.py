# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that go to a gateway and mean an application."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.x509 import CryptographyMaker
from tests.support.site import PinnedAdapter


class Handler(BaseHTTPRequestHandler):
    """Tells which host was meant."""

    def do_GET(self) -> None:
        said = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_request(self, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(params=["http", "https"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A server on this machine; with TLS it has a certificate for a name alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if request.param == "https":
        maker = CryptographyMaker(lambda: datetime.datetime.now(datetime.timezone.utc))
        ca = maker.certificate(CertificateSpec("ca", "site", ca=True, usages=()), None)
        own = maker.certificate(CertificateSpec("s", "web", names=("web.site.test",)), ca)
        (tmp_path / "ca.crt").write_text(ca.certificate)
        (tmp_path / "server.pem").write_text(own.certificate + own.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{request.param}://{{}}.site.test:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.verify = str(tmp_path / "ca.crt")
        for scheme in ("http://", "https://"):
            made.mount(scheme, PinnedAdapter("127.0.0.1"))
        yield made


def test_the_host_is_meant_and_the_address_is_asked(url: str, session: requests.Session) -> None:
    asked = url.format("web")
    assert session.get(asked, timeout=5).text == asked.split("/")[2]


def test_another_name_is_not_believed(url: str, session: requests.Session) -> None:
    if url.startswith("https"):
        with pytest.raises(requests.exceptions.SSLError, match="mail"):
            session.get(url.format("mail"), timeout=5)
