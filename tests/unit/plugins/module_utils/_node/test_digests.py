# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large files are hashed once, until they change."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._node.digests import (
    REMEMBERED_FROM,
    Digests,
)

LARGE = b"x" * REMEMBERED_FROM
SHA = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture
def paths(tmp_path):
    large = tmp_path / "large"
    large.write_bytes(LARGE)
    return large, tmp_path / "memory/artifacts.json"


def no_reading(monkeypatch):
    monkeypatch.setattr(hashlib, "sha256", None)


def test_a_large_file_is_read_once(paths, monkeypatch):
    large, store = paths
    digests = Digests(store)
    assert digests.of(large) == SHA
    digests.save()
    digests.save()
    no_reading(monkeypatch)
    assert Digests(store).of(large) == SHA


@pytest.mark.parametrize("what", ["content", "time", "inode"])
def test_a_changed_file_is_read_again(paths, what):
    large, store = paths
    digests = Digests(store)
    digests.of(large)
    digests.save()
    if what == "inode":
        large.rename(large.with_name("old"))
    stat = (large.with_name("old") if what == "inode" else large).stat()
    large.write_bytes(b"y" * REMEMBERED_FROM)
    if what != "time":
        os.utime(large, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Digests(store).of(large) == hashlib.sha256(large.read_bytes()).hexdigest() != SHA


def test_small_files_are_always_read(paths):
    _, store = paths
    small = store.parent.parent / "small"
    small.write_text("a")
    digests = Digests(store)
    first = digests.of(small)
    small.write_text("b")
    assert digests.of(small) != first
    digests.save()
    assert not store.exists()


@pytest.mark.parametrize("damage", ["", "[]", "{", "null"])
def test_a_damaged_memory_costs_time_only(paths, damage):
    large, store = paths
    store.parent.mkdir()
    store.write_text(damage)
    assert Digests(store).of(large) == SHA


def test_what_is_gone_is_forgotten(paths):
    large, store = paths
    digests = Digests(store)
    digests.of(large)
    large.unlink()
    digests.save()
    assert json.loads(store.read_text()) == {}
