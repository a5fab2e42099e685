# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers for their certificates, and hosts whether they answer; from the controller."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from . import facts as f

_AT_ONCE = 64
API, ETCD, KUBELET = 6443, 2379, 10250


@dataclass(frozen=True)
class Place:
    """Where a certificate is shown: what for, address, port and the name that is asked for."""

    name: str
    address: str
    port: int
    server_name: str = ""


def places(wanted: f.Wanted) -> list[Place]:
    """Return the servers of a site that show a certificate."""
    ports = wanted.gateway_ports
    found = [
        Place("applications", wanted.gateway_address, ports.get("https", 443), wanted.domain),
        Place("Kubernetes API", wanted.gateway_address, ports.get("api", API)),
    ]
    for name, address in wanted.groups.get(f.DEPOT, {}).items():
        found.append(Place(f"depot {name}", address, wanted.depot_port))
    for name, address in wanted.groups.get(f.CONTROL_PLANES, {}).items():
        found.append(Place(f"API server {name}", address, API))
        found.append(Place(f"etcd {name}", address, ETCD))
    found += [Place(f"kubelet {name}", address, KUBELET) for name, address in wanted.nodes.items()]
    return found


def served(wanted: Sequence[Place], timeout: float) -> tuple[f.Served, ...]:
    """Return the certificate of each place, all asked at once."""

    def one(place: Place) -> f.Served:
        where = f"{place.address}:{place.port}"
        try:
            return certificate(place.name, where, _shown(place, timeout))
        except (OSError, ValueError) as error:
            return f.Served(place.name, where, problem=f"not read: {error}")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(one, wanted))


def _shown(place: Place, timeout: float) -> bytes:
    """Return what a server shows, DER. It is read and not trusted: nothing is sent to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    name = place.server_name or None
    with (
        socket.create_connection((place.address, place.port), timeout) as connection,
        context.wrap_socket(connection, server_hostname=name) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def certificate(name: str, where: str, content: bytes) -> f.Served:
    """Return what a certificate says, DER or PEM.

    Raises:
        ValueError: it is none.
    """
    pem = content.lstrip().startswith(b"-----BEGIN")
    load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    read = load(content)
    names = read.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    issuer = str(names[0].value) if names else read.issuer.rfc4514_string()
    return f.Served(name, where, read.not_valid_after_utc, issuer)


def kept(state: Path) -> tuple[f.Served, ...]:
    """Return the certificates in the controller's cache: the authority's and the administrator's.

    A file that is not there is left out, for the cache may vanish; keys are not looked at.
    """
    found = []
    readers: Mapping[str, tuple[str, Callable[[Path], bytes]]] = {
        "ca.crt": ("site's authority", Path.read_bytes),
        "kubeconfig": ("administrator", _client),
    }
    for file, (name, read) in readers.items():
        path = state / file
        try:
            found.append(certificate(name, file, read(path)))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError, IndexError, yaml.YAMLError) as error:
            found.append(f.Served(name, file, problem=f"not read: {type(error).__name__}"))
    return tuple(found)


def _client(path: Path) -> bytes:
    config: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return base64.b64decode(config["users"][0]["user"]["client-certificate-data"])


def answers(hosts: Mapping[str, tuple[str, int]], timeout: float) -> dict[str, bool]:
    """Return whether each host takes connections.

    Args:
        hosts: address and port by host.
        timeout: seconds for each.
    """

    def one(place: tuple[str, int]) -> bool:
        try:
            with socket.create_connection(place, timeout):
                return True
        except OSError:
            return False

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(hosts, pool.map(one, hosts.values())))


def outside(wanted: f.Wanted) -> dict[str, tuple[str, int]]:
    """Return where the hosts outside the cluster serve; an operator host alone serves nothing."""
    ports = {f.DEPOT: wanted.depot_port, f.GATEWAYS: wanted.gateway_ports.get("api", API)}
    return {
        name: (address, port)
        for group, port in ports.items()
        for name, address in wanted.groups.get(group, {}).items()
    }
