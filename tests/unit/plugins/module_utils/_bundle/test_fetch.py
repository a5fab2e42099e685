# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    Entry,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.fetch import (
    CorruptError,
    Fetcher,
    GoneError,
    Probe,
    find_digest,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe import (
    Upstream as Location,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import Store
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    UnreachableError,
)

from .conftest import Upstream, session

CONTENT = bytes(range(256)) * 9000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def tar(**files: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


@pytest.fixture
def entry(catalogue: Catalogue) -> Entry:
    return catalogue.binary("tool")


def test_plain_binaries_with_a_digest_beside_each(
    fetcher: Fetcher, store: Store, upstream: Upstream, entry: Entry
) -> None:
    upstream.files = {
        "/v1.2.3/linux/amd64/tool": CONTENT,
        "/v1.2.3/linux/amd64/tool.sha256": DIGEST.encode(),
    }
    location = Location(f"{upstream.url}/v{{version}}/linux/{{arch}}/{{file}}", "{url}.sha256")
    found = fetcher.files(entry, location, ("tool",))
    assert found["tool"].sha256 == DIGEST
    assert store.blob(DIGEST).read_bytes() == CONTENT


def test_an_archive_with_several_files_and_one_checksum_file(
    fetcher: Fetcher, store: Store, upstream: Upstream, entry: Entry
) -> None:
    archive = tar(tool=b"t", helper=b"h", other=b"o")
    digest = hashlib.sha256(archive).hexdigest()
    upstream.files = {
        "/tool-1.2.3.tgz": archive,
        "/SHA256SUMS": f"{'0' * 64}  other.tgz\n{digest} *tool-1.2.3.tgz\n".encode(),
    }
    location = Location(
        f"{upstream.url}/tool-{{version}}.tgz",
        f"{upstream.url}/SHA256SUMS",
        members={"tool": "bin/tool", "helper": "bin/helper"},
    )
    found = fetcher.files(entry, location, ())
    assert {name: store.blob(b.sha256).read_bytes() for name, b in found.items()} == {
        "tool": b"t",
        "helper": b"h",
    }
    assert not store.blob(digest).exists()
    with pytest.raises(CorruptError, match=r"lacks files: tool 1.2.3; expected: missing"):
        fetcher.files(entry, replace(location, members={"missing": "bin/missing"}), ())


def test_what_is_no_archive(fetcher: Fetcher, upstream: Upstream, entry: Entry) -> None:
    upstream.files = {"/a.tgz": CONTENT}
    digests = {"1.2.3": {"a.tgz": DIGEST}}
    location = Location(f"{upstream.url}/a.tgz", digests=digests, members={"tool": "tool"})
    with pytest.raises(CorruptError, match=r"cannot be read"):
        fetcher.files(entry, location, ())


@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_download_goes_on(
    fetcher: Fetcher, store: Store, upstream: Upstream, ranges: bool
) -> None:
    upstream.files, upstream.ranges = {"/f": CONTENT}, ranges
    upstream.cut = {"/f": [1_500_000]}
    assert fetcher.blob(f"{upstream.url}/f", DIGEST).size == len(CONTENT)
    asked = [header for _, _, header in upstream.seen]
    assert asked == ["", "bytes=1500000-"] or asked[1].startswith("bytes=")
    assert store.blob(DIGEST).read_bytes() == CONTENT
    fetcher.blob(f"{upstream.url}/f", DIGEST)
    assert len(upstream.seen) == 2


def test_a_partial_file_that_is_too_long(
    fetcher: Fetcher, store: Store, upstream: Upstream
) -> None:
    upstream.files = {"/f": CONTENT}
    store.partial(DIGEST).write_bytes(CONTENT + b"!")
    assert fetcher.blob(f"{upstream.url}/f", DIGEST).size == len(CONTENT)


def test_a_wrong_partial_file_is_thrown_away(
    fetcher: Fetcher, store: Store, upstream: Upstream
) -> None:
    upstream.files = {"/f": CONTENT}
    store.partial(DIGEST).write_bytes(b"!" * 1000)
    assert fetcher.blob(f"{upstream.url}/f", DIGEST).size == len(CONTENT)


def test_wrong_content_is_an_error_and_never_stored(
    fetcher: Fetcher, store: Store, upstream: Upstream
) -> None:
    upstream.files = {"/f": b"something else"}
    with pytest.raises(CorruptError, match=r"expected: sha256"):
        fetcher.blob(f"{upstream.url}/f", DIGEST)
    assert len(upstream.seen) == 3
    assert not store.blob(DIGEST).exists()


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [
        ([503, 429], None, 3),
        ([500, 500, 500], UnreachableError, 3),
        ([404], GoneError, 1),
        ([403], GoneError, 1),
    ],
)
def test_only_what_may_pass_is_tried_again(
    fetcher: Fetcher,
    upstream: Upstream,
    status: list[int],
    error: type[Exception] | None,
    requests: int,
) -> None:
    upstream.files, upstream.status = {"/f": CONTENT}, {"/f": status}
    if error:
        with pytest.raises(error):
            fetcher.blob(f"{upstream.url}/f", DIGEST)
    else:
        fetcher.blob(f"{upstream.url}/f", DIGEST)
    assert len(upstream.seen) == requests


def test_nobody_answers(fetcher: Fetcher) -> None:
    with pytest.raises(UnreachableError, match=r"does not answer"):
        fetcher.text("http://127.0.0.1:9/x")


def test_a_host_is_asked_once(upstream: Upstream) -> None:
    probe = Probe(session())
    assert probe(f"{upstream.url}/x")  # 404 is an answer
    assert probe(f"{upstream.url}/y")
    assert len(upstream.seen) == 1
    assert not probe("http://127.0.0.1:9/")


@pytest.mark.parametrize("status", [403, 407, 451, 502])
def test_a_filter_on_the_way_is_no_upstream(upstream: Upstream, status: int) -> None:
    upstream.status = {"/": [status]}
    assert not Probe(session())(f"{upstream.url}/")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DIGEST, True),
        (f"{DIGEST.upper()}\n", True),
        (f"{DIGEST}  dir/f\n", True),
        (f"# comment\n{DIGEST} *f", True),
        (f"{DIGEST}  g\n", False),
        ("z" * 64, False),
        ("<html>", False),
        ("", False),
    ],
)
def test_checksum_files(text: str, found: bool) -> None:
    if found:
        assert find_digest(text, "f", "u") == DIGEST
    else:
        with pytest.raises(CorruptError):
            find_digest(text, "f", "u")


def test_partial_folder_is_left_clean(fetcher: Fetcher, store: Store, upstream: Upstream) -> None:
    upstream.files = {"/f": CONTENT}
    fetcher.blob(f"{upstream.url}/f", DIGEST)
    assert list(Path(store.path, "partial").iterdir()) == []
