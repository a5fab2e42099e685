# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import (
    Blob,
    Record,
    Store,
    cache_directory,
    default_path,
    sha256_of,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    RefusedError,
)


def record(store: Store, content: bytes = b"program", recipe: str = "a" * 64) -> Record:
    blob = store.add_bytes(content)
    found = Record("binary", "tool", "1.0", recipe, "build", files={"tool": blob})
    store.put(found)
    return found


def get(store: Store, recipe: str = "a" * 64) -> Record | None:
    return store.get("binary", "tool", "1.0", recipe)


def test_what_is_put_is_found_again(store: Store, tmp_path: Path) -> None:
    put = record(store)
    assert get(store) == put
    assert get(Store(store.path)) == put
    assert get(store, "b" * 64) is None
    source = tmp_path / "file"
    source.write_bytes(b"program")
    assert store.add(source) == put.files["tool"]
    assert json.loads((store.path / "oci-layout").read_text())["imageLayoutVersion"]


def test_an_image_is_found_again(store: Store) -> None:
    manifest, layer = store.add_bytes(b"{}"), store.add_bytes(b"layer")
    image = Record("image", "i", "1", "c" * 64, "upstream", {}, manifest, "type", (layer, manifest))
    store.put(image)
    assert store.get("image", "i", "1", "c" * 64) == image


@pytest.mark.parametrize("damage", [b"altered", b"short", b""])
def test_damaged_content_is_absent_and_removed(store: Store, damage: bytes) -> None:
    blob = record(store).files["tool"]
    store.blob(blob.sha256).write_bytes(damage)
    assert get(store) is None
    assert not store.blob(blob.sha256).exists()
    assert get(store) is None
    record(store)
    assert get(store)


def test_a_verified_blob_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    record(store)
    store.save_seals()
    again = Store(store.path)
    monkeypatch.setattr(
        "ansible_collections.landfall.platform.plugins.module_utils._bundle.store.sha256_of",
        lambda path: pytest.fail("was read"),
    )
    assert get(again)


def test_without_seals_the_content_is_read(store: Store) -> None:
    record(store)
    (store.path / "verified.json").write_text("broken")
    assert get(Store(store.path))


def test_a_record_needs_its_content(store: Store) -> None:
    missing = Record("binary", "tool", "1.0", "a", "build", files={"x": Blob("0" * 64, 1)})
    with pytest.raises(RefusedError, match=r"without its content"):
        store.put(missing)


@pytest.mark.parametrize("text", ["", "{}", "[", '{"kind": 1}'])
def test_a_damaged_record_is_absent(store: Store, text: str) -> None:
    record(store)
    (path,) = (store.path / "entries").iterdir()
    path.write_text(text)
    assert get(store) is None


def test_a_stream_that_breaks_leaves_nothing(store: Store) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError("gone")

    with pytest.raises(OSError, match=r"gone"):
        store.add_stream(Broken())  # type: ignore[arg-type]
    assert list((store.path / "partial").iterdir()) == []


def test_unused_content_is_removed(store: Store) -> None:
    old, new = record(store, b"old", "o" * 64), record(store, b"new!", "n" * 64)
    assert store.remove_unused([new]) == 3
    assert get(store, "o" * 64) is None
    assert get(store, "n" * 64) == new
    assert not store.blob(old.files["tool"].sha256).exists()


def test_two_runs_do_not_write_at_once(store: Store) -> None:
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with Store(store.path).locked(waits.set):
            order.append("second")

    with store.locked():
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(5)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_where_the_store_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "landfall" / "store"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/u")
    assert cache_directory() == Path("/home/u/.cache/landfall")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LandfallError, match=r"cannot be read"):
        sha256_of(tmp_path / "missing")


def test_nothing_to_save(store: Store) -> None:
    store.save_seals()
    assert not (store.path / "verified.json").exists()
    assert os.listdir(store.path / "entries") == []  # noqa: PTH208
