# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests that the bundle holds (definitions of thousands of lines), read by the controller.

The index says for each file its digest and where it is: ``store_path`` in the controller's own
store, or ``url`` in the depot. What is read is used only when its digest is right.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tenacity
import urllib3

from .._core.errors import InvalidInputError, LandfallError, UnreachableError
from .manifest import Source

_TRIES = 3


def _download(url: str, ca: str) -> bytes:
    context = ssl.create_default_context(cadata=ca or None)
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_TRIES),
        wait=tenacity.wait_exponential(0.2, max=2),
        retry=tenacity.retry_if_exception_type(urllib3.exceptions.HTTPError),
        reraise=True,
    )

    def once() -> bytes:
        with urllib3.PoolManager(ssl_context=context, retries=False, timeout=30.0) as pool:
            answer = pool.request("GET", url)
            if answer.status != 200:
                raise urllib3.exceptions.HTTPError(f"HTTP {answer.status}")
            return answer.data

    try:
        return retrying(once)
    except urllib3.exceptions.HTTPError as error:
        raise UnreachableError(
            "a manifest cannot be downloaded",
            on=url,
            found=str(error),
            remedy="see whether the depot is up and holds the artifact (playbook nodes.yml)",
        ) from error


def read_file(entry: Mapping[str, Any], name: str, ca: str) -> str:
    """Return the text of one file of the index.

    Raises:
        LandfallError: it cannot be read, or its digest is wrong.
    """
    path = Path(str(entry.get("store_path") or ""))
    content = path.read_bytes() if path.is_file() else _download(str(entry.get("url")), ca)
    digest = hashlib.sha256(content).hexdigest()
    expected = str(entry.get("sha256", "")).removeprefix("sha256:")
    if digest != expected:
        raise LandfallError(
            "an artifact is not what the catalogue says",
            on=name,
            expected=f"sha256 {expected}",
            found=f"sha256 {digest}",
            remedy="remove it from the depot and run the bundle again",
        )
    return content.decode()


def sources(names: list[str], index: Mapping[str, Any], ca: str) -> list[Source]:
    """Return the manifests of these artifacts.

    Raises:
        InvalidInputError: the index does not have one of them; names what it has.
    """
    found: list[Source] = []
    for name in names:
        files = (index.get(name) or {}).get("files")
        if not files:
            raise InvalidInputError(
                "the depot does not have an artifact",
                on=name,
                expected="one of " + (", ".join(sorted(index)) or "(the index is empty)"),
                remedy="run the playbook nodes.yml, which fills the depot",
            )
        found += [
            Source(file, lambda e=entry, f=file: read_file(e, f, ca), own=False)  # type: ignore[misc]
            for file, entry in sorted(files.items())
        ]
    return found
