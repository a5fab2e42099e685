# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an artifact's name to its files: digest, size and where each comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._core.errors import InvalidInputError
from .spec import unknown

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ArtifactFile:
    """One file of an artifact.

    Attributes:
        artifact: the name in the catalogue.
        name: the file's name; the artifact's name when an empty index cannot tell.
        sha256: the digest in hexadecimal digits; empty when it is not known yet.
        size: bytes; -1 when it is not known.
        url: where the depot has it; empty when it comes from the controller.
        store_path: where the controller has it; empty when it comes from the depot.
        staged: where it lies on the machine after its transfer from the controller.
    """

    artifact: str
    name: str
    sha256: str = ""
    size: int = -1
    url: str = ""
    store_path: str = ""
    staged: str = ""

    def staged_at(self, staged: Mapping[str, str]) -> ArtifactFile:
        """Return this file with its place after a transfer, if it was transferred."""
        return replace(self, staged=staged.get(self.sha256, ""))


def resolve(
    params: Mapping[str, Any], index: Mapping[str, Any], *, lenient: bool
) -> list[ArtifactFile]:
    """Return the files of one ``artifacts`` item.

    Args:
        params: the item; see the module's documentation.
        index: artifact name → ``{files: {file name: {sha256, size, url | store_path}}}``.
        lenient: an empty index is allowed: the digests are not known yet.

    Raises:
        InvalidInputError: the index lacks the artifact, the file, or a valid digest.
    """
    name, wanted = str(params["name"]), list(params["files"])
    if params["store_path"]:
        file_name = wanted[0] if wanted else name
        entry = {"sha256": params["sha256"], "store_path": params["store_path"]}
        return [_file(name, file_name, entry, "bundle")]
    if not index:
        return _unresolved(name, wanted, lenient)
    if name not in index:
        raise unknown(name, list(index), "artifact")
    files = index[name]["files"]
    missing = [file for file in wanted if file not in files]
    if missing:
        raise unknown(missing[0], list(files), f"file of the artifact {name}")
    return [
        _file(name, file, files[file], str(params["source"])) for file in wanted or sorted(files)
    ]


def _unresolved(name: str, wanted: list[str], lenient: bool) -> list[ArtifactFile]:
    if not lenient:
        raise InvalidInputError(
            "the artifact index is empty",
            on=f"artifact {name}",
            expected="artifact_index with the depot's artifacts",
            remedy="run the depot's role before, or give store_path",
        )
    return [ArtifactFile(name, file) for file in wanted or [name]]


def _file(artifact: str, name: str, entry: Mapping[str, Any], source: str) -> ArtifactFile:
    on = f"artifact {artifact}, file {name}"
    digest = str(entry.get("sha256") or "").lower()
    digest = digest[len("sha256:") :] if digest.startswith("sha256:") else digest
    if not _SHA256.fullmatch(digest):
        raise InvalidInputError(
            "invalid sha256", on=on, expected="64 hexadecimal digits", found=digest or "nothing"
        )
    key = "store_path" if source == "bundle" else "url"
    if not entry.get(key):
        raise InvalidInputError("artifact without a place to come from", on=on, expected=key)
    if "/" in name or name in ("", ".", ".."):
        raise InvalidInputError("invalid file name", on=on, expected="a name without /")
    size = entry.get("size")
    return ArtifactFile(
        artifact=artifact,
        name=name,
        sha256=digest,
        size=-1 if size is None else int(size),
        url=str(entry["url"]) if key == "url" else "",
        store_path=str(entry["store_path"]) if key == "store_path" else "",
    )
