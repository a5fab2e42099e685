# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a TLS server with an API server's kind of certificate."""

from __future__ import annotations

import base64
import datetime
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiServer
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.api import (
    client_context,
    health,
    local_api,
)
from tests.support.certificates import AUTHORITY, with_identifiers

START = datetime.datetime(2020, 1, 1)
END = datetime.datetime(2120, 1, 1)


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status: int, content: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content.encode())

    def do_GET(self) -> None:
        if self.path == "/readyz":
            ready: bool = self.server.ready  # type: ignore[attr-defined]
            self.answer(200 if ready else 500, "ok" if ready else "[+]ping ok\n[-]etcd failed")
        else:
            self.answer(404, json.dumps({"message": "not found"}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, json.dumps({"got": json.loads(body), "as": self.headers["Content-Type"]}))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Site:
    def __init__(self, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")])
        self.ca = folder / "ca.crt"
        self.ca.write_bytes(self.sign("ca", x509.BasicConstraints(True, None), self.key))
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName("kubernetes")])
        self.certificate = self.sign("kubernetes", names, key)
        self.private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "server.pem").write_bytes(self.certificate + self.private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.ready = True  # type: ignore[attr-defined]
        self.port = self.server.server_address[1]
        self.kubeconfig = folder / "admin.conf"
        self.kubeconfig.write_text(
            "clusters:\n- cluster:\n"
            f"    certificate-authority-data: {self.encoded(self.ca.read_bytes())}\n"
            "users:\n- user:\n"
            f"    client-certificate-data: {self.encoded(self.certificate)}\n"
            f"    client-key-data: {self.encoded(self.private)}\n"
        )

    def sign(
        self, name: str, extension: x509.ExtensionType, key: ec.EllipticCurvePrivateKey
    ) -> bytes:
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(START)
            .not_valid_after(END)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        made = with_identifiers(made, key.public_key(), self.key.public_key())
        if isinstance(extension, x509.BasicConstraints):
            made = made.add_extension(AUTHORITY, critical=True)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    @staticmethod
    def encoded(content: bytes) -> str:
        return base64.b64encode(content).decode()

    def api(self) -> ApiServer:
        return local_api(self.kubeconfig, 5, self.port)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_health(site: Site) -> None:
    assert health(site.ca, port=site.port) == ""
    site.server.ready = False  # type: ignore[attr-defined]
    assert health(site.ca, port=site.port) == "/readyz answers 500: [-]etcd failed"


def test_health_is_believed_of_the_own_ca_alone(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other")
    other.server.server_close()
    assert "CERTIFICATE_VERIFY_FAILED" in health(other.ca, port=site.port)


def test_nobody_answers(site: Site) -> None:
    site.server.socket.close()
    assert "Error" in health(site.ca, timeout=1, port=1)
    with pytest.raises(UnreachableError, match="crictl"):
        local_api(site.kubeconfig, 1, 1).call("GET", "/x")


def test_the_kubeconfig_opens_the_api(site: Site) -> None:
    assert site.api().call("POST", "/x", {"a": 1}) == {"got": {"a": 1}, "as": "application/json"}


def test_kubeconfig_without_credentials() -> None:
    with pytest.raises(InvalidInputError, match="certificate-authority-data"):
        client_context("")
