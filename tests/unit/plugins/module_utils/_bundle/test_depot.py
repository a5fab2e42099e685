# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    Entry,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.depot import (
    Depot,
    DepotIndex,
    has,
    push_plan,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.fetch import (
    Fetcher,
    GoneError,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe_hash import (
    RecipeHashes,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.registry import (
    Access,
    Registry,
    UpstreamImages,
    registry_url,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import (
    Blob,
    Record,
    Store,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    UnreachableError,
)

from .conftest import FakeRegistry, session


def image(catalogue: Catalogue, registry: FakeRegistry) -> Entry:
    host = registry.url.removeprefix("http://")
    return replace(catalogue.image("tool"), reference=f"{host}/group/tool:v1.2.3")


def puller(store: Store, fetcher: Fetcher) -> UpstreamImages:
    return UpstreamImages(store, session(), fetcher, "amd64")


@pytest.mark.parametrize("token", ["", "secret-token"])
@pytest.mark.parametrize("index", [True, False])
def test_an_upstream_image(
    catalogue: Catalogue,
    store: Store,
    fetcher: Fetcher,
    registry: FakeRegistry,
    token: str,
    index: bool,
) -> None:
    registry.token = token
    layer = registry.add_image("group/tool", "v1.2.3", index=index)
    record = puller(store, fetcher)(image(catalogue, registry))
    assert record.media_type == "application/vnd.oci.image.manifest.v1+json"
    assert layer in [store.blob(blob.sha256).read_bytes() for blob in record.blobs]
    store.put(replace(record, recipe="r"))
    assert store.get("image", "tool", "1.2.3", "r")


def test_an_image_that_upstream_lacks(
    catalogue: Catalogue, store: Store, fetcher: Fetcher, registry: FakeRegistry
) -> None:
    entry = image(catalogue, registry)
    with pytest.raises(GoneError, match=r"does not have an image"):
        puller(store, fetcher)(entry)
    registry.add_image("group/tool", "v1.2.3", arch="s390x")
    with pytest.raises(GoneError, match=r"expected: linux/amd64"):
        puller(store, fetcher)(entry)


def test_a_manifest_that_was_exchanged(
    catalogue: Catalogue, store: Store, fetcher: Fetcher, registry: FakeRegistry
) -> None:
    registry.add_image("group/tool", "v1.2.3")
    for (repository, name), (content, kind) in list(registry.manifests.items()):
        if name.startswith("sha256:"):
            registry.manifests[repository, name] = (content + b" ", kind)
    with pytest.raises(LandfallError, match=r"another manifest than it announced"):
        puller(store, fetcher)(image(catalogue, registry))


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("docker.io/library/debian:x", "https://registry-1.docker.io"),
        ("ghcr.io/a/b:x", "https://ghcr.io"),
        ("localhost:5000/a:x", "http://localhost:5000"),
    ],
)
def test_where_an_image_comes_from(reference: str, url: str) -> None:
    assert registry_url(reference) == url


def binary(catalogue: Catalogue, store: Store) -> tuple[Entry, Record]:
    entry = catalogue.binary("tool")
    files = {"tool": store.add_bytes(b"program"), "empty": store.add_bytes(b"")}
    return entry, Record("binary", "tool", entry.version, "r", "build", files=files)


def pulled(
    catalogue: Catalogue, store: Store, fetcher: Fetcher, registry: FakeRegistry
) -> tuple[Entry, Record]:
    registry.add_image("group/tool", "v1.2.3")
    record = puller(store, fetcher)(image(catalogue, registry))
    registry.blobs.clear()
    registry.manifests.clear()
    return catalogue.image("tool"), record


def test_what_is_pushed_is_in_the_index(
    catalogue: Catalogue, store: Store, fetcher: Fetcher, registry: FakeRegistry
) -> None:
    hashes = RecipeHashes(catalogue, "amd64")
    depot = Depot(Access(registry.url), hashes)
    both = [binary(catalogue, store), pulled(catalogue, store, fetcher, registry)]
    entries = [entry for entry, _ in both]
    empty = depot.index(entries)
    assert empty.reachable
    assert empty.missing == ("binary/tool@1.2.3", "image/tool@1.2.3")
    assert push_plan(empty, entries).summary() == ["push tool 1.2.3", "push tool 1.2.3 (image)"]
    shown: list[str] = []
    assert depot.push(store, both, lambda entry: shown.append(entry.key)) > 0
    assert shown == ["binary/tool@1.2.3", "image/tool@1.2.3"]
    index = depot.index(entries)
    assert not push_plan(index, entries)
    assert index.missing == ()
    file = index.artifacts["tool"].files["tool"]
    assert session().get(file.url, timeout=5).content == b"program"
    assert index.images["tool"].reference == "registry.example/group/tool:v1.2.3"
    assert ("group/tool", "v1.2.3") in registry.manifests
    tag = f"1.2.3-{hashes.short(entries[0])}"
    manifest = json.loads(registry.manifests["landfall/tool", tag][0])
    assert [
        layer["annotations"]["org.opencontainers.image.title"] for layer in manifest["layers"]
    ] == [
        "empty",
        "tool",
    ]
    assert depot.push(store, both) == 0


def test_another_recipe_s_output_does_not_count(
    catalogue: Catalogue, store: Store, registry: FakeRegistry
) -> None:
    entry, record = binary(catalogue, store)
    Depot(Access(registry.url), RecipeHashes(catalogue, "amd64")).push(store, [(entry, record)])
    other = Depot(Access(registry.url), RecipeHashes(catalogue, "arm64"))
    assert other.index([entry]).missing == (entry.key,)


def test_an_unreachable_depot_is_no_empty_one(catalogue: Catalogue) -> None:
    entry = catalogue.binary("tool")
    index = Depot(Access("http://127.0.0.1:9"), RecipeHashes(catalogue, "amd64")).index([entry])
    assert index == DepotIndex("http://127.0.0.1:9", reachable=False)
    assert not index.has(entry)
    assert index.to_dict()["missing"] == []


def test_the_index_of_another_version(catalogue: Catalogue) -> None:
    entry = catalogue.binary("tool")
    raw = {"artifacts": {"tool": {"version": "1.2.2", "files": {}}}, "images": None}
    assert not has(raw, entry)
    assert has({"artifacts": {"tool": {"version": "1.2.3"}}}, entry)
    assert not has({"artifacts": {"tool": {"version": "1.2.3"}}, "missing": [entry.key]}, entry)
    assert not has({}, entry)


def test_pushes_need_the_password(
    catalogue: Catalogue, store: Store, registry: FakeRegistry
) -> None:
    registry.password = True
    hashes = RecipeHashes(catalogue, "amd64")
    with pytest.raises(LandfallError, match=r"refuses access.*user's name and password"):
        Depot(Access(registry.url), hashes).push(store, [binary(catalogue, store)])
    access = Access(registry.url, username="landfall", password="p")
    assert Depot(access, hashes).push(store, [binary(catalogue, store)]) > 0


def test_a_damaged_blob_is_not_pushed(
    catalogue: Catalogue, store: Store, registry: FakeRegistry
) -> None:
    entry, record = binary(catalogue, store)
    store.blob(record.files["tool"].sha256).write_bytes(b"altered")
    with pytest.raises(LandfallError, match=r"content is damaged"):
        Depot(Access(registry.url), RecipeHashes(catalogue, "amd64")).push(store, [(entry, record)])


def test_errors_of_a_registry(catalogue: Catalogue, registry: FakeRegistry) -> None:
    access = Registry(registry.url, session())
    registry.broken = True
    with pytest.raises(UnreachableError, match=r"503 broken"):
        access.manifest("a", "b")
    registry.broken = False
    with pytest.raises(GoneError, match=r"refuses a request"):
        access.push_blob("a", Blob("0" * 64, 1), Path(__file__))
    assert access.ping()
    with pytest.raises(UnreachableError, match=r"does not answer"):
        Registry("http://127.0.0.1:9", session()).manifest("a", "b")


def test_a_token_that_does_not_help(registry: FakeRegistry) -> None:
    registry.token = "t"
    access = Registry(registry.url, session())
    assert access.manifest("a", "b") is None
    registry.token = "other"
    with pytest.raises(LandfallError, match=r"refuses access"):
        access.manifest("a", "b")
