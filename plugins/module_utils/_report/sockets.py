# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers for their certificates, and hosts whether they answer; from the controller."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from . import facts as f

_AT_ONCE = 64
API, ETCD, KUBELET = 6443, 2379, 10250
SITE, KUBERNETES = "site", "kubernetes"
AUTHORITY, KUBECONFIG = "ca.crt", "kubeconfig"
_UNUSABLE = (OSError, ValueError, KeyError, TypeError, IndexError, yaml.YAMLError)


@dataclass(frozen=True)
class Place:
    """Where a certificate is shown.

    Attributes:
        name: what it is for.
        address: who is asked.
        port: where it listens.
        authority: who of the site signs it (``SITE``, ``KUBERNETES``); empty when that may be
            anybody, or is not known here.
        server_name: the name that is asked for.
    """

    name: str
    address: str
    port: int
    authority: str = ""
    server_name: str = ""


def places(wanted: f.Wanted) -> list[Place]:
    """Return the servers of a site that show a certificate."""
    ports = wanted.gateway_ports
    found = [
        Place(
            "applications",
            wanted.gateway_address,
            ports.get("https", 443),
            server_name=wanted.domain,
        ),
        Place("Kubernetes API", wanted.gateway_address, ports.get("api", API), KUBERNETES),
    ]
    for name, address in wanted.groups.get(f.DEPOT, {}).items():
        found.append(Place(f"depot {name}", address, wanted.depot_port, SITE))
    for name, address in wanted.groups.get(f.CONTROL_PLANES, {}).items():
        found.append(Place(f"API server {name}", address, API, KUBERNETES))
        found.append(Place(f"etcd {name}", address, ETCD))
    for name, address in wanted.nodes.items():
        found.append(Place(f"kubelet {name}", address, KUBELET, KUBERNETES))
    return found


def outside(wanted: f.Wanted) -> list[Place]:
    """Return where the hosts outside the cluster serve; an operator host alone serves nothing.

    Gateways hand connections to the API on, so what they show is an API server's.
    """
    ports = {
        f.DEPOT: (wanted.depot_port, SITE),
        f.GATEWAYS: (wanted.gateway_ports.get("api", API), KUBERNETES),
    }
    return [
        Place(name, address, *ports[group])
        for group in ports
        for name, address in wanted.groups.get(group, {}).items()
    ]


def authorities(state: Path) -> dict[str, x509.Certificate]:
    """Return the site's authorities that the controller's cache has, by name."""
    found = {}
    readers: Mapping[str, Callable[[], bytes]] = {
        SITE: (state / AUTHORITY).read_bytes,
        KUBERNETES: lambda: _cluster(state),
    }
    for name, read in readers.items():
        with contextlib.suppress(*_UNUSABLE):
            found[name] = x509.load_pem_x509_certificate(read())
    return found


def served(
    wanted: Sequence[Place], timeout: float, known: Mapping[str, x509.Certificate]
) -> tuple[f.Served, ...]:
    """Return the certificate of each place, all asked at once.

    Args:
        wanted: who is asked.
        timeout: seconds for each.
        known: authorities by name, to tell whose certificates are.
    """

    def one(place: Place) -> f.Served:
        where = f"{place.address}:{place.port}"
        try:
            connection = socket.create_connection((place.address, place.port), timeout)
        except OSError as error:
            return f.Served(place.name, where, problem=f"not read: {error}", connected=False)
        try:
            shown = _shown(connection, place.server_name)
            return certificate(place.name, where, shown, known.get(place.authority))
        except (OSError, ValueError) as error:
            return f.Served(place.name, where, problem=f"not read: {error}")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(one, wanted))


def _shown(connection: socket.socket, server_name: str) -> bytes:
    """Return what a server shows, DER. It is read and not trusted: nothing is sent to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        connection,
        context.wrap_socket(connection, server_hostname=server_name or None) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def certificate(
    name: str, where: str, content: bytes, authority: x509.Certificate | None = None
) -> f.Served:
    """Return what a certificate says, DER or PEM.

    Args:
        name: what it is for.
        where: who shows it.
        content: the certificate.
        authority: who should have signed it, when that is known.

    Raises:
        ValueError: it is none.
    """
    pem = content.lstrip().startswith(b"-----BEGIN")
    load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    read = load(content)
    names = read.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    issuer = str(names[0].value) if names else read.issuer.rfc4514_string()
    genuine = _signed(read, authority) if authority else None
    return f.Served(name, where, read.not_valid_after_utc, issuer, genuine=genuine)


def _signed(read: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        read.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def kept(state: Path) -> tuple[f.Served, ...]:
    """Return the certificates in the controller's cache: the authority's and the administrator's.

    A file that is not there is left out, for the cache may vanish; keys are not looked at.
    """
    found = []
    readers: Mapping[str, tuple[str, Callable[[Path], bytes]]] = {
        AUTHORITY: ("site's authority", Path.read_bytes),
        KUBECONFIG: ("administrator", _client),
    }
    for file, (name, read) in readers.items():
        path = state / file
        try:
            found.append(certificate(name, file, read(path)))
        except FileNotFoundError:
            continue
        except _UNUSABLE as error:
            found.append(f.Served(name, file, problem=f"not read: {type(error).__name__}"))
    return tuple(found)


def _client(path: Path) -> bytes:
    config: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return base64.b64decode(config["users"][0]["user"]["client-certificate-data"])


def _cluster(state: Path) -> bytes:
    config: Any = yaml.safe_load((state / KUBECONFIG).read_text(encoding="utf-8"))
    return base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"])
