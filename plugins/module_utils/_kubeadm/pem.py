# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what is needed of certificates and certificate requests with the standard library."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----")
_SEQUENCE, _SET, _OID = 0x30, 0x31, 0x06
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18
_DNS, _IP = 0x82, 0x87
_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_EXTENSION_REQUEST = bytes.fromhex("2a864886f70d01090e")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")


@dataclass(frozen=True)
class Request:
    """Whom a certificate request is for.

    Attributes:
        common_names, organizations: of its subject.
        dns, addresses: its alternative names.
        others: alternative names of other kinds, as tags.
    """

    common_names: tuple[str, ...]
    organizations: tuple[str, ...]
    dns: tuple[str, ...]
    addresses: tuple[str, ...]
    others: tuple[int, ...]


def der(pem: str) -> bytes:
    """Return the content of the first PEM block.

    Raises:
        ValueError: there is none.
    """
    found = _BLOCK.search(pem)
    if not found:
        raise ValueError("no PEM block")
    try:
        return base64.b64decode("".join(found.group(2).split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


def sha256(pem: str) -> str:
    """Return the SHA-256 of the first PEM block's content, in hex."""
    return hashlib.sha256(der(pem)).hexdigest()


def not_after(pem: str) -> str:
    """Return the end of a certificate's validity, ISO 8601.

    Raises:
        ValueError: it is no certificate.
    """
    try:
        certificate = _items(_only(der(pem), _SEQUENCE))[0][1]
        # Without the version, which is optional: serial, algorithm, issuer, validity.
        fields = [value for tag, value in _items(certificate) if tag != _VERSION]
        tag, value = _items(fields[3])[1]
    except IndexError as error:
        raise ValueError("no certificate") from error
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("no time")
    date, time = text[:8], text[8:14]
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z"


def request(pem: str) -> Request:
    """Read a certificate request (PKCS #10).

    Raises:
        ValueError: it is none.
    """
    try:
        return _request(_only(der(pem), _SEQUENCE))
    except IndexError as error:
        raise ValueError("no certificate request") from error


def _request(outer: bytes) -> Request:
    info = _items(_items(outer)[0][1])
    subject, attributes = info[1][1], info[3][1] if len(info) > 3 else b""
    names: dict[bytes, list[str]] = {}
    for _, relative in _items(subject):
        for _, pair in _items(relative):
            (_, oid), (_, value) = _items(pair)[:2]
            names.setdefault(oid, []).append(value.decode("utf-8"))
    alternatives = list(_alternatives(attributes))
    return Request(
        tuple(names.get(_COMMON_NAME, ())),
        tuple(names.get(_ORGANIZATION, ())),
        tuple(value.decode("ascii") for tag, value in alternatives if tag == _DNS),
        tuple(str(ipaddress.ip_address(value)) for tag, value in alternatives if tag == _IP),
        tuple(tag for tag, _ in alternatives if tag not in (_DNS, _IP)),
    )


def _alternatives(attributes: bytes) -> Iterator[tuple[int, bytes]]:
    for _, attribute in _items(attributes):
        (_, oid), (_, values) = _items(attribute)[:2]
        if oid != _EXTENSION_REQUEST:
            continue
        for _, extensions in _items(values):
            for _, extension in _items(extensions):
                parts = _items(extension)
                if parts[0][1] == _ALTERNATIVE_NAMES:
                    yield from _items(_only(parts[-1][1], _SEQUENCE))


def _only(data: bytes, tag: int) -> bytes:
    items = _items(data)
    if len(items) != 1 or items[0][0] != tag:
        raise ValueError("unexpected structure")
    return items[0][1]


def _items(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of each DER element in ``data``.

    Raises:
        ValueError: the data is cut off or not DER.
    """
    at, found = 0, []
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("cut off")
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("cut off")
        found.append((tag, data[at : at + length]))
        at += length
    return found
