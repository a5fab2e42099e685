# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts: streamed to a file beside their place, verified while they stream, then renamed."""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Callable, Optional

from .._core.errors import RefusedError, UnreachableError
from .digests import CHUNK
from .resolve import ArtifactFile

ATTEMPTS = 5
TIMEOUT = 30.0
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)

Open = Callable[[urllib.request.Request], Any]


def opener(ca: str) -> Open:
    """Return a function that opens requests; TLS is verified with ``ca`` if it is given."""
    context = ssl.create_default_context(cadata=ca or None)
    # The depot is on the premises, a proxy for the way out is not for it.
    director = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    return lambda request: director.open(request, timeout=TIMEOUT)


class Download:
    """Brings one artifact into a partial file.

    Args:
        file: what to fetch.
        part: the partial file; what an earlier attempt left in it is used.
        open_url: opens a request.
        sleep: waits between attempts, in seconds.
    """

    def __init__(
        self,
        file: ArtifactFile,
        part: Path,
        open_url: Open,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = file
        self._part = part
        self._open = open_url
        self._sleep = sleep

    def run(self, finish: Callable[[int], None]) -> None:
        """Fetch and verify the artifact.

        Args:
            finish: called with the descriptor of the complete file before it is closed.

        Raises:
            RefusedError: what came is not what the index promises; it was removed.
            UnreachableError: the depot did not deliver it.
        """
        resumed = self._have() > 0
        try:
            self._attempts(finish)
        except RefusedError:
            if not resumed:
                raise
            # What an earlier run left may have been the fault.
            self._attempts(finish)

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _attempts(self, finish: Callable[[int], None]) -> None:
        reason = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(min(2.0**attempt, 15.0))
            try:
                self._fetch(finish)
            except urllib.error.HTTPError as error:
                reason = f"HTTP {error.code} {error.reason}"
                if error.code == 416:
                    self._part.unlink()
                elif error.code not in _TRANSIENT:
                    break
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, OSError) and error.filename == str(self._part):
                    raise
                reason = str(getattr(error, "reason", "") or error) or type(error).__name__
            else:
                return
        raise UnreachableError(
            "the depot did not deliver an artifact",
            on=f"{self._file.artifact}/{self._file.name}",
            expected=self._file.url,
            found=reason,
            remedy="see 'systemctl status landfall-depot' on the depot's host; a firewall, or a "
            "certificate that is not the site's, may be in the way, too; then run again",
        )

    def _fetch(self, finish: Callable[[int], None]) -> None:
        have = self._have()
        if self._file.size >= 0 and have > self._file.size:
            self._part.unlink()
            have = 0
        if 0 < have == self._file.size:
            with self._part.open("r+b") as stream:
                self._verify(stream, iter(()), finish)
            return
        headers = {"Range": f"bytes={have}-"} if have else {}
        request = urllib.request.Request(self._file.url, headers=headers)  # noqa: S310
        with self._open(request) as answer:
            resumes = have > 0 and answer.status == 206
            self._refuse_other_size(answer, have if resumes else 0)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if resumes else os.O_TRUNC)
            with os.fdopen(os.open(self._part, flags, 0o600), "r+b") as stream:
                chunks = iter(lambda: answer.read(CHUNK), b"")
                self._verify(stream, chunks, finish)

    def _refuse_other_size(self, answer: Any, start: int) -> None:
        """Refuse what the depot itself has in another size: asking again would not help."""
        announced = answer.headers.get("Content-Length", "")
        if not announced.isdigit() or self._file.size in (-1, start + int(announced)):
            return
        self._part.unlink(missing_ok=True)
        raise _corrupt(self._file, f"{start + int(announced)} bytes")

    def _verify(
        self, stream: BinaryIO, chunks: Iterator[bytes], finish: Callable[[int], None]
    ) -> None:
        digest, size = hashlib.sha256(), 0
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
        for chunk in chunks:
            stream.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            if 0 <= self._file.size < size:
                break
        stream.flush()
        if 0 <= size < self._file.size:
            # The connection ended early; the next attempt goes on from here.
            raise ConnectionError(f"truncated: {size} of {self._file.size} bytes")
        refuse_wrong(self._file, digest.hexdigest(), size, self._part)
        finish(stream.fileno())


def copy_staged(
    file: ArtifactFile, part: Path, finish: Callable[[int], None], staged: Optional[Path] = None
) -> None:
    """Copy an artifact that was transferred from the controller, and verify it."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as target, (staged or Path(file.staged)).open("rb") as source:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        target.flush()
        refuse_wrong(file, digest.hexdigest(), size, part)
        finish(target.fileno())


def refuse_wrong(file: ArtifactFile, sha256: str, size: int, part: Path) -> None:
    """Remove the partial file and raise, unless digest and size are the promised ones."""
    if sha256 == file.sha256 and file.size in (-1, size):
        return
    part.unlink()
    raise _corrupt(file, f"sha256:{sha256} ({size} bytes)")


def _corrupt(file: ArtifactFile, found: str) -> RefusedError:
    expected = f"sha256:{file.sha256}" + (f" ({file.size} bytes)" if file.size >= 0 else "")
    folder = "docker/registry/v2"
    return RefusedError(
        "a corrupt artifact was refused",
        on=f"{file.artifact}/{file.name} from {file.url or file.store_path}",
        expected=expected,
        found=found,
        remedy="it will be published anew: on the depot's host, below depot_directory "
        f"(/var/lib/landfall-depot), remove {folder}/repositories/landfall/{file.artifact} and "
        f"{folder}/blobs/sha256/{file.sha256[:2]}/{file.sha256}, then run site.yml again"
        if file.url
        else "run again: the controller makes what is damaged in its store anew",
    )
