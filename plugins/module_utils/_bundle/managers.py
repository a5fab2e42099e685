# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maven's and npm's settings of the user who builds, for builds in containers.

They are mounted for the time of the build and never copied: registries, proxies, tokens and
certificate authorities are the user's own and part of no image.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

from .._core.process import Runner, run

_AUTHORITIES = "/run/landfall-build/authorities.crt"
_TRUST_STORE = "/run/landfall-build/authorities.jks"
# Settings of npm that name places on this machine.
_NPM_PLACES = frozenset(
    {"cafile", "cache", "globalconfig", "init-module", "logs-dir", "nodedir", "prefix"}
    | {"script-shell", "tmp", "userconfig"}
)
_NPM_VARIABLE = "npm_config_"
_REFERENCE = re.compile(r"\$\{(\w+)\}")
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def npmrc(texts: Iterable[str], environ: Mapping[str, str], authorities: bool) -> str:
    """Return npm's settings for a build.

    Args:
        texts: the contents of this machine's files, the more important ones later.
        environ: what ``${NAME}`` in them stands for; its ``npm_config_*`` count most.
        authorities: whether the build is shown this machine's certificate authorities.
    """
    lines = [line for text in texts for line in text.splitlines()]
    for name, value in environ.items():
        if name.lower().startswith(_NPM_VARIABLE):
            option = name[len(_NPM_VARIABLE) :].lower()
            lines.append(f"{option[:1]}{option[1:].replace('_', '-')}={value}")
    kept = [line for line in lines if line.partition("=")[0].strip() not in _NPM_PLACES]
    if authorities:
        kept.append(f"cafile={_AUTHORITIES}")
    text = "".join(f"{line}\n" for line in kept)
    return _REFERENCE.sub(lambda match: environ.get(match[1], match[0]), text)


def maven_options(environ: Mapping[str, str], authorities: bool) -> str:
    """Return a ``.mavenrc``: the user's ``MAVEN_OPTS``, and the authorities to trust."""
    options = environ.get("MAVEN_OPTS", "").split()
    if authorities:
        options += [f"-Djavax.net.ssl.trustStore={_TRUST_STORE}"]
        options += ["-Djavax.net.ssl.trustStorePassword=changeit"]
    quoted = " ".join(options).replace("'", "'\\''")
    return f"MAVEN_OPTS='{quoted}'\n"


def java_trust_store(pem: str) -> bytes:
    """Return a Java key store (JKS) that trusts the certificates of a PEM file.

    The format is that of ``sun.security.provider.JavaKeyStore``; its password is ``changeit``, as
    of every trust store: it protects nothing.
    """
    certificates = dict.fromkeys(base64.b64decode(found) for found in _CERTIFICATE.findall(pem))
    parts = [struct.pack(">III", 0xFEEDFEED, 2, len(certificates))]
    for number, certificate in enumerate(certificates):
        parts.append(struct.pack(">I", 2) + _utf(f"authority{number}") + struct.pack(">Q", 0))
        parts.append(_utf("X.509") + struct.pack(">I", len(certificate)) + certificate)
    content = b"".join(parts)
    salted = "changeit".encode("utf-16-be") + b"Mighty Aphrodite" + content
    return content + hashlib.sha1(salted).digest()  # noqa: S324 (the format wants it)


def _utf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")


class Managers:
    """What builds are shown of this machine's Maven and npm.

    Args:
        environ: the user's environment.
        runner: asks npm where its settings are.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ, runner: Runner = run) -> None:
        self._environ = environ
        self._home = Path(environ.get("HOME") or Path.home())
        self._run = runner

    def volumes(self, managers: Iterable[str], folder: Path) -> list[str]:
        """Return what is mounted into a build, as ``source:target``.

        Args:
            managers: the package managers that the build uses.
            folder: a folder of the user's alone, where generated files are written.
        """
        pem = self._pem()
        found: list[str] = []
        if "maven" in managers:
            found += self._maven(pem, folder)
        if "npm" in managers:
            found += self._npm(pem, folder)
        return found

    def _maven(self, pem: Path | None, folder: Path) -> list[str]:
        options = maven_options(self._environ, pem is not None)
        found = [f"{_written(folder / 'mavenrc', options.encode())}:/root/.mavenrc"]
        settings = self._home / ".m2" / "settings.xml"
        if settings.is_file():
            found.append(f"{settings}:/root/.m2/settings.xml")
        if pem:
            store = java_trust_store(pem.read_text(encoding="utf-8"))
            found.append(f"{_written(folder / 'authorities.jks', store)}:{_TRUST_STORE}")
        return found

    def _npm(self, pem: Path | None, folder: Path) -> list[str]:
        texts = [path.read_text(encoding="utf-8") for path in self._npm_files() if path.is_file()]
        settings = npmrc(texts, self._environ, pem is not None)
        found = [f"{_written(folder / 'npmrc', settings.encode())}:/root/.npmrc"]
        return [*found, f"{pem}:{_AUTHORITIES}"] if pem else found

    def _npm_files(self) -> list[Path]:
        """Return npm's settings for the machine and the user's; npm need not be here."""
        files = []
        if shutil.which("npm", path=self._environ.get("PATH")):
            asked = self._run(["npm", "config", "get", "globalconfig"], check=False)
            files += [Path(asked.stdout.strip())] if asked.returncode == 0 else []
        own = self._environ.get("NPM_CONFIG_USERCONFIG")
        return [*files, Path(own) if own else self._home / ".npmrc"]

    def _pem(self) -> Path | None:
        """Return the file of the certificate authorities that this machine trusts."""
        path = Path(self._environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt")
        return path if path.is_file() else None


def _written(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
