# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes API server (etcd and kube-apiserver, nothing else) on the loopback interface.

The programs are those that the bundle built.
"""

from __future__ import annotations

import datetime
import ipaddress
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from tests.support.certificates import AUTHORITY, with_identifiers
from tests.support.store import store_file

LACKING = "the bundle's store has no etcd or kube-apiserver: run playbooks/bundle.yml"


@dataclass(frozen=True)
class Authority:
    """The certificate authority of one server and its users."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    def issue(self, common_name: str, organisation: str = "", server: bool = False) -> None:
        """Write a certificate for a user or a server, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
        if organisation:
            subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = _builder(
            x509.Name(subject), self.name, key.public_key(), self.key.public_key()
        ).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if server:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        _write(self.folder, common_name, builder.sign(self.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=6))
    )
    return with_identifiers(builder, key, issuer_key)


def _write(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _authority(folder: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "landfall test")])
    certificate = (
        _builder(name, name, key.public_key(), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(AUTHORITY, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder, "ca", certificate, key)
    return Authority(folder, key, name)


def executable(blob: Path, folder: Path) -> Path:
    """Copy a program of the store, where none may be started, into a folder; return the copy."""
    path = folder / blob.name
    shutil.copyfile(blob, path)
    path.chmod(0o700)
    return path


def free_port() -> int:
    """Return a port of the loopback that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _etcd_argv(program: Path, folder: Path, port: int) -> list[str]:
    peer = f"http://127.0.0.1:{free_port()}"
    client = f"http://127.0.0.1:{port}"
    return [
        str(program),
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",
        "--log-level=error",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
    ]


def _server_argv(program: Path, folder: Path, etcd_port: int, port: int) -> list[str]:
    return [
        str(program),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={folder}/server.crt",
        f"--tls-private-key-file={folder}/server.key",
        f"--client-ca-file={folder}/ca.crt",
        "--service-account-issuer=https://landfall.test",
        f"--service-account-key-file={folder}/server.key",
        f"--service-account-signing-key-file={folder}/server.key",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",  # as kubeadm has it
        "--endpoint-reconciler-type=none",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _kubeconfig(folder: Path, port: int, user: str) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        "clusters": [
            {
                "name": "test",
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority": "ca.crt",
                },
            }
        ],
        "users": [
            {
                "name": user,
                "user": {"client-certificate": f"{user}.crt", "client-key": f"{user}.key"},
            }
        ],
    }
    path = folder / f"{user}.kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


def _wait_ready(kubeconfig: Path, log: Path, server: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 60
    with KubeClient.connect(str(kubeconfig)) as client:
        while time.monotonic() < limit and server.poll() is None:
            if client.healthy():
                return
            time.sleep(0.2)
    raise RuntimeError(f"kube-apiserver did not become ready:\n{log.read_text()[-2000:]}")


def programs() -> tuple[Path, Path] | None:
    """Return etcd and kube-apiserver of the bundle's store, None when it has not both."""
    etcd, server = store_file("etcd", "etcd"), store_file("kubernetes", "kube-apiserver")
    return (etcd, server) if etcd and server else None


@contextmanager
def serving(etcd: Path, server: Path) -> Iterator[Path]:
    """Serve as long as the context lasts; gives the kubeconfig of a cluster administrator.

    Args:
        etcd: the program.
        server: kube-apiserver.
    """
    with tempfile.TemporaryDirectory(prefix="landfall-api-") as name:
        folder = Path(name)
        authority = _authority(folder)
        authority.issue("server", server=True)
        authority.issue("admin", "system:masters")
        authority.issue("landfall:balancer")
        etcd_port, port = free_port(), free_port()
        log = folder / "log"
        kubeconfig = _kubeconfig(folder, port, "admin")
        commands = (
            _etcd_argv(executable(etcd, folder), folder, etcd_port),
            _server_argv(executable(server, folder), folder, etcd_port, port),
        )
        with log.open("wb") as out:
            running = [subprocess.Popen(argv, stdout=out, stderr=out) for argv in commands]
            try:
                _wait_ready(kubeconfig, log, running[1])
                yield kubeconfig
            finally:
                for process in reversed(running):
                    process.terminate()
                    process.wait(60)
