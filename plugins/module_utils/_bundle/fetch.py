# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads over HTTP: resumed, retried, verified, with the environment's proxies and CAs."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

import requests
import tenacity

from .._core.errors import LandfallError, UnreachableError
from .catalogue import Entry
from .recipe import Upstream, fill
from .store import Blob, Store, sha256_of

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
PROBE_TIMEOUT = 3.0
_CHUNK = 1 << 20


class CorruptError(LandfallError):
    """What came is not what was announced."""


class GoneError(LandfallError):
    """The server answers, but does not have it or does not give it."""


def retrying(attempts: int = 4, wait: float = 0.5) -> tenacity.Retrying:
    """Return the way in which transfers are repeated: what may pass is tried again."""
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(attempts),
        wait=tenacity.wait_exponential(multiplier=wait, max=10),
        retry=tenacity.retry_if_exception_type((UnreachableError, CorruptError)),
        reraise=True,
    )


class Probe:
    """Asks once per host whether it answers; a host that does not is not asked again."""

    def __init__(self, session: requests.Session, timeout: float = PROBE_TIMEOUT) -> None:
        self._session = session
        self._timeout = timeout
        self._known: dict[str, bool] = {}

    def __call__(self, url: str) -> bool:
        """Tell whether the host of a URL answers as a server that has files to give."""
        parts = urlsplit(url)
        if parts.netloc not in self._known:
            self._known[parts.netloc] = self._ask(url)
        return self._known[parts.netloc]

    def _ask(self, url: str) -> bool:
        try:
            answer = self._session.head(url, timeout=self._timeout, allow_redirects=True)
        except requests.RequestException:
            return False
        # 401 is how a registry asks for a token; 403 and 407 are how a filter refuses
        return answer.status_code < 500 and answer.status_code not in {403, 407, 451}


class Fetcher:
    """Puts what upstream publishes into the store."""

    def __init__(
        self,
        store: Store,
        session: requests.Session,
        arch: str,
        retry: Callable[[], tenacity.Retrying] = retrying,
    ) -> None:
        self._store = store
        self._session = session
        self._arch = arch
        self._retry = retry

    def files(self, entry: Entry, upstream: Upstream, names: tuple[str, ...]) -> dict[str, Blob]:
        """Fetch a binary entry's files; return file name → blob.

        Raises:
            UnreachableError, CorruptError, GoneError: after the last try.
        """
        if not upstream.members:
            return {name: self._one(entry, upstream, name) for name in names}
        archive = self._one(entry, upstream, "")
        try:
            return self._unpack(entry, upstream, archive)
        finally:
            self._store.blob(archive.sha256).unlink(missing_ok=True)

    def blob(self, url: str, sha256: str, headers: Mapping[str, str] | None = None) -> Blob:
        """Fetch one content of known digest, unless the store has it."""
        path = self._store.blob(sha256)
        if path.exists() and self._store.verify(Blob(sha256, path.stat().st_size)):
            return Blob(sha256, path.stat().st_size)
        for attempt in self._retry():
            with attempt:
                return self._download(url, sha256, headers or {})
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def text(self, url: str) -> str:
        """Fetch a small text."""
        for attempt in self._retry():
            with attempt, self._get(url, {}) as answer:
                return answer.text
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _one(self, entry: Entry, upstream: Upstream, name: str) -> Blob:
        url = fill(upstream.url, entry.version, self._arch, file=name)
        file = PurePosixPath(urlsplit(url).path).name
        digest = upstream.digests.get(entry.version, {}).get(file)
        if digest is None:
            address = fill(upstream.digest_url, entry.version, self._arch, file=name, url=url)
            digest = find_digest(self.text(address), file, address)
        return self.blob(url, digest)

    def _download(self, url: str, sha256: str, headers: Mapping[str, str]) -> Blob:
        partial = self._store.partial(sha256)
        start = partial.stat().st_size if partial.exists() else 0
        resume = {"Range": f"bytes={start}-"} if start else {}
        with self._get(url, {**headers, **resume}) as answer:
            # a server that cannot resume answers 200 with the whole content
            mode = "ab" if answer.status_code == 206 else "wb"
            try:
                with partial.open(mode) as stream:
                    for chunk in answer.iter_content(_CHUNK):
                        stream.write(chunk)
            except requests.RequestException as error:
                raise _unreachable(url, error) from error
            announced = int(answer.headers.get("Content-Length", -1))
        _check_length(url, partial, announced + (start if mode == "ab" else 0), announced)
        found = sha256_of(partial)
        if found != sha256:
            partial.unlink()
            raise CorruptError(
                "a download has the wrong content",
                on=url,
                expected=f"sha256 {sha256}",
                found=f"sha256 {found}",
                remedy="if upstream republished it, correct the catalogue",
            )
        blob = Blob(sha256, partial.stat().st_size)
        self._store.adopt(partial, blob)
        return blob

    def _get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        try:
            answer = self._session.get(
                url,
                headers={"Accept-Encoding": "identity", **headers},
                stream=True,
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            )
        except requests.RequestException as error:
            raise _unreachable(url, error) from error
        if answer.status_code == 416:  # the partial file is longer than the content
            answer.close()
            without = {name: value for name, value in headers.items() if name != "Range"}
            return self._get(url, without)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise UnreachableError("a server has an error", on=url, found=f"{answer.status_code}")
        if answer.status_code >= 400:
            raise GoneError("a server refuses a download", on=url, found=f"{answer.status_code}")
        return answer

    def _unpack(self, entry: Entry, upstream: Upstream, archive: Blob) -> dict[str, Blob]:
        wanted = {
            fill(path, entry.version, self._arch): name for name, path in upstream.members.items()
        }
        found: dict[str, Blob] = {}
        try:
            with tarfile.open(self._store.blob(archive.sha256)) as tar:
                for member in tar:
                    name = wanted.get(member.name.removeprefix("./"))
                    stream: IO[bytes] | None = tar.extractfile(member) if name else None
                    if name and stream:
                        found[name] = self._store.add_stream(stream)
        except (tarfile.TarError, EOFError) as error:
            raise CorruptError(
                "an archive cannot be read", on=entry.title, found=str(error)
            ) from error
        if len(found) < len(wanted):
            missing = sorted(set(wanted.values()) - set(found))
            raise CorruptError(
                "an archive lacks files", on=entry.title, expected=", ".join(missing)
            )
        return found


def find_digest(text: str, file: str, on: str) -> str:
    """Find a file's sha256 in a checksum file: a bare digest, or lines ``digest  file``.

    Raises:
        CorruptError: it is not there.
    """
    for line in text.splitlines():
        words = line.split()
        named = len(words) > 1 and PurePosixPath(words[1].lstrip("*")).name == file
        if words and len(words[0]) == 64 and (named or len(words) == 1):
            try:
                return bytes.fromhex(words[0]).hex()
            except ValueError:
                continue
    raise CorruptError(
        "a checksum file has no sha256 of this file", on=on, expected=file, found=text[:80]
    )


def _check_length(url: str, partial: Path, expected: int, announced: int) -> None:
    """See that a download is complete; what came is kept, to be resumed."""
    size = partial.stat().st_size
    if announced >= 0 and size < expected:
        raise UnreachableError(
            "a download ended early", on=url, expected=f"{expected} bytes", found=f"{size} bytes"
        )


def _unreachable(url: str, error: Exception) -> UnreachableError:
    return UnreachableError("a server does not answer", on=url, found=str(error))
