# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of v2 registries: push, pull and look up, with the environment's proxies and CAs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from .._core.errors import LandfallError, UnreachableError
from .catalogue import Entry
from .fetch import Fetcher, GoneError
from .images import MANIFEST, blobs_of
from .store import Blob, Record, Store

INDEX = "application/vnd.oci.image.index.v1+json"
ACCEPTED = ", ".join(
    (
        MANIFEST,
        INDEX,
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
TIMEOUT = (3.0, 120.0)
_DOCKER_HUB = "registry-1.docker.io"


@dataclass(frozen=True)
class Access:
    """How a registry is reached.

    Attributes:
        url: its address, ``https://host:port``.
        ca: path of the PEM file to trust, empty = the environment's.
        username: who pushes; empty = nobody, pulls only.
        password: that user's password.
    """

    url: str
    ca: str = ""
    username: str = ""
    password: str = ""

    def session(self, connections: int = 8) -> requests.Session:
        """Open a session; a depot on the premises is not reached through a proxy."""
        session = requests.Session()
        session.mount("https://", HTTPAdapter(pool_maxsize=connections))
        session.mount("http://", HTTPAdapter(pool_maxsize=connections))
        session.trust_env = False
        session.verify = self.ca or True
        if self.username:
            session.auth = (self.username, self.password)
        return session


class Registry:
    """One registry; may be used by several threads."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self._url = url.rstrip("/")
        self._session = session
        self._tokens: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Return its address."""
        return self._url

    def ping(self) -> bool:
        """Tell whether a v2 registry answers here."""
        try:
            return self._session.get(f"{self._url}/v2/", timeout=(2.0, 5.0)).status_code in {
                200,
                401,
            }
        except requests.RequestException:
            return False

    def manifest(self, repository: str, reference: str) -> tuple[bytes, str] | None:
        """Return a manifest's bytes and media type; None when the registry does not have it."""
        answer = self._request("GET", repository, f"manifests/{reference}", (404,), accept=ACCEPTED)
        if answer.status_code == 404:
            return None
        return answer.content, answer.headers.get("Content-Type", MANIFEST)

    def blob_url(self, repository: str, sha256: str) -> str:
        """Return where a blob is fetched from."""
        return f"{self._url}/v2/{repository}/blobs/sha256:{sha256}"

    def authorization(self, repository: str) -> dict[str, str]:
        """Return the header of the token that was given for a repository, if one was."""
        token = self._tokens.get(repository)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def push_blob(self, repository: str, blob: Blob, path: Path) -> bool:
        """Upload a blob unless the registry has it; return whether it was uploaded."""
        if self._request("HEAD", repository, f"blobs/{blob.digest}", (404,)).status_code == 200:
            return False
        begun = self._request("POST", repository, "blobs/uploads/")
        target = urljoin(f"{self._url}/", begun.headers["Location"])
        target += ("&" if urlsplit(target).query else "?") + f"digest={blob.digest}"
        with path.open("rb") as stream:
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Length": str(blob.size),
            }
            # an empty file has no length for requests, which would then send it in chunks
            body = stream if blob.size else b""
            self._send("PUT", target, repository, (), headers, body)
        return True

    def push_manifest(self, repository: str, tag: str, content: bytes, media_type: str) -> None:
        """Upload a manifest under a tag; the blobs that it names must be there."""
        target = f"{self._url}/v2/{repository}/manifests/{tag}"
        self._send("PUT", target, repository, (), {"Content-Type": media_type}, content)

    def _request(
        self,
        method: str,
        repository: str,
        path: str,
        allowed: tuple[int, ...] = (),
        accept: str = "",
    ) -> requests.Response:
        headers = {"Accept": accept} if accept else {}
        return self._send(
            method, f"{self._url}/v2/{repository}/{path}", repository, allowed, headers
        )

    def _send(
        self,
        method: str,
        target: str,
        repository: str,
        allowed: tuple[int, ...],
        headers: Mapping[str, str],
        body: Any = None,
    ) -> requests.Response:
        with _reachable(target):
            answer = self._session.request(
                method,
                target,
                headers={**headers, **self.authorization(repository)},
                data=body,
                timeout=TIMEOUT,
            )
        if answer.status_code == 401 and body is None and self._take_token(answer, repository):
            return self._send(method, target, repository, allowed, headers)
        if answer.status_code >= 400 and answer.status_code not in allowed:
            raise _refusal(method, target, answer)
        return answer

    def _take_token(self, answer: requests.Response, repository: str) -> bool:
        """Get the token that a registry asks even anonymous clients for."""
        challenge = answer.headers.get("WWW-Authenticate", "")
        fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        if (
            repository in self._tokens
            or "realm" not in fields
            or not challenge.startswith("Bearer")
        ):
            return False
        query = {"scope": f"repository:{repository}:pull", "service": fields.get("service", "")}
        with _reachable(fields["realm"]):
            given = self._session.get(fields["realm"], params=query, timeout=TIMEOUT)
            token = given.json() if given.ok else {}
        self._tokens[repository] = token.get("token") or token.get("access_token") or ""
        return bool(self._tokens[repository])


class UpstreamImages:
    """Fetches images of upstream's registries into the store."""

    def __init__(
        self, store: Store, session: requests.Session, fetcher: Fetcher, arch: str
    ) -> None:
        self._store = store
        self._session = session
        self._fetcher = fetcher
        self._arch = arch

    def __call__(self, entry: Entry) -> Record:
        """Fetch an image for our architecture.

        Raises:
            GoneError: the registry has no such image or architecture.
        """
        registry = Registry(registry_url(entry.reference), self._session)
        content, media_type = self._manifest(registry, entry, entry.tag)
        raw = json.loads(content)
        if "manifests" in raw:
            digest = self._choose(raw, entry)
            content, media_type = self._manifest(registry, entry, digest)
            if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
                raise LandfallError(
                    "a registry gave another manifest than it announced",
                    on=entry.reference,
                    expected=digest,
                )
            raw = json.loads(content)
        blobs = blobs_of(raw)
        for blob in blobs:
            url = registry.blob_url(entry.repository, blob.sha256)
            self._fetcher.blob(url, blob.sha256, registry.authorization(entry.repository))
        manifest = self._store.add_bytes(content)
        return Record(
            entry.kind,
            entry.name,
            entry.version,
            "",
            "upstream",
            manifest=manifest,
            media_type=raw.get("mediaType", media_type),
            blobs=(*blobs, manifest),
        )

    def _manifest(self, registry: Registry, entry: Entry, reference: str) -> tuple[bytes, str]:
        found = registry.manifest(entry.repository, reference)
        if found is None:
            raise GoneError("a registry does not have an image", on=entry.reference)
        return found

    def _choose(self, index: Mapping[str, Any], entry: Entry) -> str:
        for descriptor in index["manifests"]:
            platform = descriptor.get("platform", {})
            if platform.get("os") == "linux" and platform.get("architecture") == self._arch:
                return str(descriptor["digest"])
        raise GoneError(
            "an image does not exist for this architecture",
            on=entry.reference,
            expected=f"linux/{self._arch}",
        )


def registry_url(reference: str) -> str:
    """Return the address of the registry that a reference names."""
    host = reference.split("/", 1)[0]
    local = host.split(":")[0] in {"localhost", "127.0.0.1"}
    return f"{'http' if local else 'https'}://{_DOCKER_HUB if host == 'docker.io' else host}"


@contextlib.contextmanager
def _reachable(target: str) -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, OSError) as error:
        raise UnreachableError("a registry does not answer", on=target, found=str(error)) from error


def _refusal(method: str, target: str, answer: requests.Response) -> LandfallError:
    found = f"{answer.status_code} {answer.text[:200].strip()}"
    if answer.status_code in {401, 403}:
        return LandfallError(
            "a registry refuses access",
            on=f"{method} {target}",
            found=found,
            remedy="check the user's name and password",
        )
    if answer.status_code >= 500 or answer.status_code == 429:
        return UnreachableError("a registry has an error", on=f"{method} {target}", found=found)
    return GoneError("a registry refuses a request", on=f"{method} {target}", found=found)
