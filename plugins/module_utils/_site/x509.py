# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes passwords, keys and certificates, and reads certificates. Runs on the controller."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import secrets
from collections.abc import Callable
from typing import Any, Optional

try:
    from cryptography import exceptions, x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:  # ansible-core brings it along; on nodes, where it may lack, nobody calls this
    pass

from .._core.errors import InvalidInputError, LandfallError, ProblemsError
from .secret_spec import CertificateSpec, Desired, KeySpec, PasswordSpec
from .secrets import CertificateFacts
from .vault import Id, KeyPair, Vault

# Clocks of hosts that are not yet synchronised may be a little behind the controller's.
BACKDATE = datetime.timedelta(hours=1)


class CryptographyMaker:
    """The :class:`~.secrets.Maker` of real secrets.

    Args:
        clock: returns the time in UTC.
    """

    def __init__(self, clock: Callable[[], datetime.datetime]) -> None:
        self._clock = clock

    def password(self, spec: PasswordSpec) -> str:
        """Return a new password."""
        return "".join(secrets.choice(spec.alphabet) for _ in range(spec.length))

    def key(self, spec: KeySpec) -> str:
        """Return a new random key as base64."""
        return base64.b64encode(secrets.token_bytes(spec.size)).decode()

    def certificate(self, spec: CertificateSpec, authority: Optional[KeyPair]) -> KeyPair:
        """Return a new certificate on a key of its own (ECDSA P-256)."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = self._clock().replace(microsecond=0)
        end = now + datetime.timedelta(days=spec.validity_days)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, spec.common_name[:64])])
        signer: Any = key
        issuer, issuer_key = name, key.public_key()
        if authority is not None:
            parent, signer = _load(authority, "the site's authority")
            issuer, issuer_key = parent.subject, parent.public_key()
            end = min(end, parent.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATE)
            .not_valid_after(end)
        )
        for extension, critical in _extensions(spec, key.public_key(), issuer_key):
            builder = builder.add_extension(extension, critical=critical)
        signed = builder.sign(signer, hashes.SHA256())
        return KeyPair(
            signed.public_bytes(serialization.Encoding.PEM).decode(),
            key.private_bytes(
                serialization.Encoding.PEM,
                # The form that kubeadm writes and every server here reads ("EC PRIVATE KEY").
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            ).decode(),
        )


def read_certificate(
    identity: Id, pair: KeyPair, authority: Optional[KeyPair], on: str
) -> CertificateFacts:
    """Return what a certificate says.

    Args:
        identity: its name in the store, for the error.
        pair: the certificate and its key.
        authority: the authority that should have signed it.
        on: where it is from, for the error.

    Raises:
        InvalidInputError: it is no certificate, or the key is that of another.
    """
    certificate, _key = _load(pair, f"{on}, {identity}")
    alternatives = _extension(certificate, x509.SubjectAlternativeName)
    usages = _extension(certificate, x509.ExtendedKeyUsage) or ()
    basic = _extension(certificate, x509.BasicConstraints)
    known = {ExtendedKeyUsageOID.SERVER_AUTH: "server", ExtendedKeyUsageOID.CLIENT_AUTH: "client"}
    return CertificateFacts(
        frozenset(alternatives.get_values_for_type(x509.DNSName) if alternatives else ()),
        frozenset(
            str(address)
            for address in (
                alternatives.get_values_for_type(x509.IPAddress) if alternatives else ()
            )
        ),
        frozenset(known[usage] for usage in usages if usage in known),
        certificate.not_valid_after_utc.timestamp(),
        bool(basic and basic.ca),
        _signed_by(certificate, authority),
    )


def read_certificates(
    desired: Desired, stored: Vault, supplied: Vault, on: str
) -> dict[Id, CertificateFacts]:
    """Return what the certificates in force say: the supplied ones and, where none, the stored.

    Raises:
        ProblemsError: some of them cannot be read.
    """
    in_force = {**stored.values, **supplied.values}
    facts: dict[Id, CertificateFacts] = {}
    problems: list[LandfallError] = []
    for identity, spec in desired.specs.items():
        pair = in_force.get(identity)
        source = "site_supplied" if identity in supplied.values else on
        if isinstance(pair, KeyPair):
            authority = in_force.get(spec.signer)
            signer = authority if isinstance(authority, KeyPair) else None
            try:
                facts[identity] = read_certificate(identity, pair, signer, source)
            except LandfallError as error:
                problems.append(error)
    if problems:
        raise ProblemsError("certificates of the site cannot be read", problems)
    return facts


def _extensions(spec: CertificateSpec, key: Any, issuer_key: Any) -> list[tuple[Any, bool]]:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=spec.ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=spec.ca,
        crl_sign=spec.ca,
        encipher_only=False,
        decipher_only=False,
    )
    extensions: list[tuple[Any, bool]] = [
        (x509.BasicConstraints(ca=spec.ca, path_length=None), True),
        (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), False),
    ]
    names: list[Any] = [x509.DNSName(name) for name in spec.names]
    names += [x509.IPAddress(_address(spec, text)) for text in spec.addresses]
    if names:
        extensions.append((x509.SubjectAlternativeName(names), False))
    oids = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
    if spec.usages:
        extensions.append((x509.ExtendedKeyUsage([oids[usage] for usage in spec.usages]), False))
    return extensions


def _address(spec: CertificateSpec, text: str) -> Any:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise InvalidInputError(
            "not an address", on=f"certificate {spec.name}", expected="an IP address", found=text
        ) from None


def _extension(certificate: Any, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _load(pair: KeyPair, on: str) -> tuple[Any, Any]:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
        key: Any = serialization.load_pem_private_key(pair.key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            "not a certificate with its key",
            on=on,
            expected="PEM, the key without a passphrase",
            found=type(error).__name__,
            remedy="supply it again, or put back the site's store from a backup",
        ) from None
    if certificate.public_key() != key.public_key():
        raise InvalidInputError("the key is not that of the certificate", on=on)
    return certificate, key


def _signed_by(certificate: Any, authority: Optional[KeyPair]) -> bool:
    if authority is None:
        return False
    try:
        parent = x509.load_pem_x509_certificate(authority.certificate.encode())
        certificate.verify_directly_issued_by(parent)
    except (ValueError, TypeError, exceptions.InvalidSignature):
        return False
    return True
