# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All stacks of a site, from files and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import ProblemsError
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader

from .conftest import CATALOGUE


@pytest.fixture
def loader(tmp_path: Path, minimal: dict[str, Any]) -> Loader:
    (tmp_path / "s.yml").write_text(yaml.safe_dump(minimal))
    (tmp_path / "t.yml").write_text(yaml.safe_dump({**minimal, "name": "u"}))
    (tmp_path / "bad.yml").write_text("a: [")
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    return Loader(tmp_path, "lab", lambda: pytest.fail("the catalogue is not needed"))


def test_by_name_by_path_and_as_a_mapping(
    loader: Loader, tmp_path: Path, minimal: dict[str, Any]
) -> None:
    entries = [
        {"name": "s"},
        {"definition": str(tmp_path / "t.yml"), "environment": "qa"},
        {"name": "s", "definition": minimal, "namespace": "other"},
    ]
    found = loader.all(entries)
    assert [one.namespace for one in found] == ["s-lab", "u-qa", "other"]
    assert loader.all([]) == []


def test_the_catalogue_is_asked_when_it_is_needed(tmp_path: Path, minimal: dict[str, Any]) -> None:
    minimal["components"]["a"]["image"] = "${catalogue.guestbook-ui}"
    loader = Loader(tmp_path, "lab", lambda: CATALOGUE)
    (one,) = loader.all([{"definition": minimal}])
    assert one.images == {"a": "landfall.internal/guestbook-ui:1.0.0"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (3, "stacks[0]"),
        ({}, "a stack has no name"),
        ({"name": 3}, "a stack has no name"),
        ({"name": "none"}, "none.yml; found: No such file"),
        ({"name": "bad"}, "bad.yml; found:"),
        ({"name": "binary"}, "binary.yml; found: not UTF-8"),
        ({"name": "t"}, "expected: u; found: t"),
        ({"name": "s", "colour": 1}, "stacks[0] (s): colour"),
        ({"definition": {}}, "stacks[0].definition: name"),
    ],
)
def test_what_is_wrong_is_named(loader: Loader, entry: Any, words: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        loader.all([entry])
    assert words in str(caught.value)


def test_problems_of_all_stacks_come_at_once(loader: Loader) -> None:
    with pytest.raises(ProblemsError) as caught:
        loader.all([{"name": "none"}, {"name": "s", "hosts": {"x": []}}, {"name": "s"}])
    assert len(caught.value.problems) == 2


def test_two_stacks_need_two_namespaces(loader: Loader) -> None:
    with pytest.raises(ProblemsError, match="in one namespace: s-lab; found: s and s"):
        loader.all([{"name": "s"}, {"name": "s"}])


def test_a_file_is_read_once(tmp_path: Path, loader: Loader) -> None:
    path = tmp_path / "s.yml"
    entries = [{"name": "s", "environment": name} for name in ("a", "b")]
    first = loader.all(entries)
    path.unlink()
    assert loader.all(entries) == first
