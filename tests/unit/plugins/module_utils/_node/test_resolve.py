# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An artifact's name and the index in, its files out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.resolve import (
    ArtifactFile,
    resolve,
)

SHA = "ab" * 32
ENTRY = {"sha256": SHA, "size": 5, "url": "https://depot/x", "store_path": "/store/x"}
INDEX = {"cni": {"version": "1", "files": {"bridge": ENTRY, "loopback": ENTRY}}}


def item(**changed: Any) -> dict[str, Any]:
    empty = {"store_path": None, "sha256": None, "source": "depot"}
    return {"name": "cni", "files": [], **empty, **changed}


def test_all_files_or_the_named_ones():
    assert [f.name for f in resolve(item(), INDEX, lenient=False)] == ["bridge", "loopback"]
    only = resolve(item(files=["loopback"]), INDEX, lenient=False)
    assert only == [ArtifactFile("cni", "loopback", SHA, 5, "https://depot/x")]


def test_from_the_bundle_by_the_index_or_by_a_path():
    bundled = resolve(item(source="bundle", files=["bridge"]), INDEX, lenient=False)
    assert bundled == [ArtifactFile("cni", "bridge", SHA, 5, "", "/store/x")]
    direct = item(name="registry", store_path="/r", sha256=f"sha256:{SHA.upper()}")
    assert resolve(direct, {}, lenient=False) == [
        ArtifactFile("registry", "registry", SHA, -1, "", "/r")
    ]
    named = item(name="etcd", store_path="/r", sha256=f"sha256:{SHA}", files=["etcdctl"])
    assert resolve(named, {}, lenient=False)[0].name == "etcdctl"


def test_an_empty_index():
    assert resolve(item(), {}, lenient=True) == [ArtifactFile("cni", "cni")]
    assert resolve(item(files=["a"]), {}, lenient=True) == [ArtifactFile("cni", "a")]
    with pytest.raises(InvalidInputError, match="artifact index is empty: artifact cni"):
        resolve(item(), {}, lenient=False)


@pytest.mark.parametrize(
    ("params", "entry", "message"),
    [
        (item(name="cnl"), ENTRY, r"unknown artifact: cnl; expected: one of cni; .*mean cni\?"),
        (item(files=["brigde"]), ENTRY, "unknown file of the artifact cni: brigde; .*mean bridge"),
        (item(), {**ENTRY, "sha256": "12"}, "invalid sha256: artifact cni, file bridge.*found: 12"),
        (item(), {**ENTRY, "sha256": None}, "invalid sha256.*found: nothing"),
        (item(), {**ENTRY, "url": ""}, "without a place to come from.*expected: url"),
        (item(source="bundle"), {"sha256": SHA}, "expected: store_path"),
        (item(files=["a/b"], store_path="/r", sha256=SHA), ENTRY, "invalid file name"),
    ],
)
def test_what_is_wrong_is_named(params, entry, message):
    index = {"cni": {"files": {"bridge": entry}}}
    with pytest.raises(InvalidInputError, match=message):
        resolve(params, index, lenient=False)


def test_a_transferred_file_knows_its_place():
    file = ArtifactFile("a", "a", SHA)
    assert file.staged_at({SHA: "/staged/a"}).staged == "/staged/a"
    assert file.staged_at({}).staged == ""
