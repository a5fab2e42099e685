# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of certificates and requests is what another library put into them."""

from __future__ import annotations

import base64
import datetime
import ipaddress
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._kubeadm import pem

KEY = ec.generate_private_key(ec.SECP256R1())


def name(common: str, *organizations: str) -> x509.Name:
    parts = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, one) for one in organizations]
    return x509.Name([*parts, x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def request(common: str, *alternatives: x509.GeneralName, organization: str = "o") -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(common, organization))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
    made = builder.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, b"x").sign(
        KEY, hashes.SHA256()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def certificate(end: datetime.datetime) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(name("c"))
        .issuer_name(name("c"))
        .public_key(KEY.public_key())
        .serial_number(77)
        .not_valid_before(datetime.datetime(1960, 1, 1))
        .not_valid_after(end)
        .sign(KEY, hashes.SHA256())
    )


@pytest.mark.parametrize("year", [1970, 2031, 2049, 2050, 2090])
def test_certificate(year: int) -> None:
    made = certificate(datetime.datetime(year, 2, 3, 4, 5, 6))
    text = made.public_bytes(serialization.Encoding.PEM).decode()
    assert pem.not_after(text) == f"{year}-02-03T04:05:06Z"
    assert pem.sha256(text) == made.fingerprint(hashes.SHA256()).hex()


def test_request() -> None:
    made = pem.request(
        request(
            "system:node:w1",
            x509.DNSName("w1"),
            x509.IPAddress(ipaddress.ip_address("10.0.0.4")),
            x509.IPAddress(ipaddress.ip_address("fd00::4")),
            x509.UniformResourceIdentifier("https://x"),
            organization="system:nodes",
        )
    )
    assert made == pem.Request(
        ("system:node:w1",), ("system:nodes",), ("w1",), ("10.0.0.4", "fd00::4"), (0x86,)
    )


def test_request_without_names() -> None:
    assert pem.request(request("x")).dns == ()


BAD = {
    "nothing": "",
    "no base64": "-----BEGIN X-----\nA\n-----END X-----",
    "cut off": "-----BEGIN X-----\n"
    + base64.b64encode(b"\x30\x05\x00").decode()
    + "\n-----END X-----",
    "one byte": "-----BEGIN X-----\n" + base64.b64encode(b"\x30").decode() + "\n-----END X-----",
    "empty": "-----BEGIN X-----\n" + base64.b64encode(b"\x30\x00").decode() + "\n-----END X-----",
    "set": "-----BEGIN X-----\n" + base64.b64encode(b"\x31\x00").decode() + "\n-----END X-----",
    "short": "-----BEGIN X-----\n"
    + base64.b64encode(b"\x30\x04\x30\x02\x05\x00").decode()
    + "\n-----END X-----",
}


@pytest.mark.parametrize("kind", BAD)
def test_bad(kind: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        pem.not_after(BAD[kind])
    with pytest.raises(ValueError, match=r"[a-z]"):
        pem.request(BAD[kind])


@given(st.binary(max_size=60))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    text = f"-----BEGIN X-----\n{base64.b64encode(content).decode()}\n-----END X-----"
    with suppress(ValueError):
        pem.not_after(text)
    with suppress(ValueError):
        pem.request(text)
