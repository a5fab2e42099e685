# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The depot: what of the catalogue it has, and how the rest gets there.

Images are under upstream's repository without the registry's host, tagged with upstream's tag;
binaries are OCI artifacts ``landfall/<name>`` with one layer a file. Every entry has one more tag
that ends in the recipe's hash and tells that exactly this recipe's output is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from .._core.errors import LandfallError, UnreachableError
from .._core.plan import Change, Plan
from .catalogue import Entry
from .images import MANIFEST
from .recipe_hash import RecipeHashes
from .registry import Access, Registry
from .store import Blob, Record, Store

TITLE = "org.opencontainers.image.title"
_EMPTY = b"{}"
_CONNECTIONS = 8


@dataclass(frozen=True)
class DepotFile:
    """A file in the depot: where it is fetched from and what it must be."""

    sha256: str
    size: int
    url: str


@dataclass(frozen=True)
class DepotArtifact:
    """A binary entry in the depot."""

    version: str
    files: Mapping[str, DepotFile]


@dataclass(frozen=True)
class DepotImage:
    """An image in the depot; ``reference`` is the name that manifests use."""

    version: str
    reference: str
    digest: str


@dataclass(frozen=True)
class DepotIndex:
    """What a depot has of the entries that were asked for, each from its present recipe.

    Attributes:
        url: the depot's address.
        reachable: whether it answered; an unreachable depot has nothing, as an empty one.
        artifacts: binary name → artifact.
        images: image name → image.
        missing: keys of entries that it does not have.
        problem: the error that it answered with; such a depot counts as unreachable.
    """

    url: str
    reachable: bool
    artifacts: Mapping[str, DepotArtifact] = field(default_factory=dict)
    images: Mapping[str, DepotImage] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as roles see it."""
        return {**asdict(self), "missing": list(self.missing)}

    def has(self, entry: Entry) -> bool:
        """Tell whether an entry is there in its version."""
        return has(self.to_dict(), entry)


def has(index: Mapping[str, Any], entry: Entry) -> bool:
    """Tell whether an index, as roles have it, has an entry in its version and recipe."""
    found = (index.get("images" if entry.kind == "image" else "artifacts") or {}).get(entry.name)
    missing = index.get("missing") or ()
    return found is not None and found["version"] == entry.version and entry.key not in missing


def recipe_tag(entry: Entry, short: str) -> str:
    """Return the tag that says which recipe an entry in the depot came from."""
    return f"{entry.tag}-{short}"


def artifact_manifest(record: Record, entry: Entry) -> dict[str, Any]:
    """Return the manifest of a binary entry: one layer a file, with its name as annotation."""
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.landfall.binary.v1",
        "config": {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": f"sha256:{hashlib.sha256(_EMPTY).hexdigest()}",
            "size": len(_EMPTY),
        },
        "layers": [
            {
                "mediaType": "application/octet-stream",
                "digest": blob.digest,
                "size": blob.size,
                "annotations": {TITLE: name},
            }
            for name, blob in sorted(record.files.items())
        ],
        "annotations": {
            "org.opencontainers.image.version": entry.version,
            TITLE: entry.name,
        },
    }


def files_of(manifest: Mapping[str, Any], url: Callable[[str], str]) -> dict[str, DepotFile]:
    """Return the files that a binary entry's manifest names."""
    found = {}
    for layer in manifest["layers"]:
        sha256 = layer["digest"].removeprefix("sha256:")
        found[layer["annotations"][TITLE]] = DepotFile(sha256, layer["size"], url(sha256))
    return found


@dataclass(frozen=True)
class Push(Change):
    """An entry that the depot lacks."""

    entry: Entry | None = None

    @property
    def made(self) -> Entry:
        """Return the entry."""
        if self.entry is None:  # pragma: no cover
            raise AssertionError("only push_plan makes pushes")
        return self.entry


def push_plan(index: DepotIndex, entries: Iterable[Entry]) -> Plan[Push]:
    """Return what has to be brought into a depot."""
    lacking = (entry for entry in entries if not index.has(entry))
    return Plan(tuple(Push(entry.title, "push", entry=entry) for entry in lacking))


class Depot:
    """A depot as the controller sees it."""

    def __init__(self, access: Access, hashes: RecipeHashes) -> None:
        self._registry = Registry(access.url, access.session(_CONNECTIONS))
        self._hashes = hashes

    def index(self, entries: Iterable[Entry]) -> DepotIndex:
        """Ask what the depot has of these entries.

        Raises:
            LandfallError: it answers, but with an error.
        """
        url = self._registry.url
        if not self._registry.ping():
            return DepotIndex(url, reachable=False)
        wanted = list(entries)
        try:
            with ThreadPoolExecutor(_CONNECTIONS) as pool:
                found = list(pool.map(self._look, wanted))
        except UnreachableError as error:
            return DepotIndex(url, reachable=False, problem=str(error))
        pairs = list(zip(wanted, found))
        return DepotIndex(
            url,
            True,
            {entry.name: item for entry, item in pairs if isinstance(item, DepotArtifact)},
            {entry.name: item for entry, item in pairs if isinstance(item, DepotImage)},
            tuple(entry.key for entry, item in pairs if item is None),
        )

    def _look(self, entry: Entry) -> DepotArtifact | DepotImage | None:
        tag = recipe_tag(entry, self._hashes.short(entry))
        found = self._registry.manifest(entry.repository, tag)
        if found is None:
            return None
        content, _ = found
        if entry.kind == "image":
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            return DepotImage(entry.version, entry.reference, digest)

        def url(sha256: str) -> str:
            return self._registry.blob_url(entry.repository, sha256)

        return DepotArtifact(entry.version, files_of(json.loads(content), url))

    def push(
        self,
        store: Store,
        records: Iterable[tuple[Entry, Record]],
        progress: Callable[[Entry], None] = lambda _: None,
    ) -> int:
        """Upload entries of the store; return the number of bytes that were sent.

        The tag with the recipe's hash is written last: what has it is complete.
        """
        sent = 0
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            for entry, record in records:
                progress(entry)
                sent += self._push_one(store, entry, record, pool)
        return sent

    def _push_one(
        self, store: Store, entry: Entry, record: Record, pool: ThreadPoolExecutor
    ) -> int:
        if record.manifest is None:
            config = store.add_bytes(_EMPTY)
            content = json.dumps(artifact_manifest(record, entry)).encode()
            blobs, media_type = [*record.files.values(), config], MANIFEST
        else:
            content = store.blob(record.manifest.sha256).read_bytes()
            blobs = [blob for blob in record.blobs if blob != record.manifest]
            media_type = record.media_type or MANIFEST

        def push(blob: Blob) -> int:
            path = store.blob(blob.sha256)
            if not store.verify(blob):
                raise LandfallError(
                    "the store's content is damaged",
                    on=f"{entry.title}: {path}",
                    remedy="run it again: the damaged content is made anew",
                )
            return blob.size if self._registry.push_blob(entry.repository, blob, path) else 0

        sent = sum(pool.map(push, blobs))
        short = self._hashes.short(entry)
        tags = [entry.tag] if entry.kind == "image" else []
        for tag in (*tags, recipe_tag(entry, short)):
            self._registry.push_manifest(entry.repository, tag, content, media_type)
        return sent
