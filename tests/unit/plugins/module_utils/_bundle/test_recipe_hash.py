# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    parse,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.recipe_hash import (
    RecipeHashes,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)

from .conftest import small


def of(catalogue: Catalogue, name: str = "image/tool", arch: str = "amd64") -> str:
    (entry,) = catalogue.find(name)
    return RecipeHashes(catalogue, arch).of(entry)


def test_equal_recipes_have_equal_hashes(catalogue: Catalogue) -> None:
    assert of(catalogue) == of(parse(catalogue.root, small()))
    entry = catalogue.image("tool")
    assert RecipeHashes(catalogue, "amd64").short(entry) == of(catalogue)[:12]


@pytest.mark.parametrize(
    "change",
    [
        {"revision": 2},
        {"reference": "r.example/other:{version}"},
        {"build": {"kind": "containerfile", "context": "images/tool", "args": {"A": "1"}}},
    ],
)
def test_what_determines_the_output_changes_it(
    catalogue: Catalogue, change: dict[str, Any]
) -> None:
    entry = {**small()["images"]["tool"], **change}
    assert of(parse(catalogue.root, small(images={"tool": entry}))) != of(catalogue)


def test_an_input_changes_it(catalogue: Catalogue) -> None:
    binary = {**small()["binaries"]["tool"], "revision": 2}
    changed = parse(catalogue.root, small(binaries={"tool": binary}))
    assert of(changed) != of(catalogue)
    assert of(changed, "crds") == of(catalogue, "crds")


def test_what_uses_it_does_not(catalogue: Catalogue) -> None:
    image = {**small()["images"]["tool"], "used_by": ["lab"]}
    assert of(parse(catalogue.root, small(images={"tool": image}))) == of(catalogue)


def test_how_packages_are_reached_does_not(catalogue: Catalogue) -> None:
    image = small()["images"]["tool"]
    image = {**image, "build": {**image["build"], "package_managers": ["npm"]}}
    assert of(parse(catalogue.root, small(images={"tool": image}))) == of(catalogue)


def test_tags_change_it_and_none_do_not(catalogue: Catalogue) -> None:
    binary = small()["binaries"]["tool"]

    def tagged(*tags: str) -> str:
        build = {**binary["build"], "tags": list(tags)}
        return of(parse(catalogue.root, small(binaries={"tool": {**binary, "build": build}})))

    assert tagged() == of(catalogue) != tagged("small")


def test_files_of_the_folder_change_it(catalogue: Catalogue) -> None:
    folder, before = catalogue.root / "images" / "tool", of(catalogue)
    (folder / "sub").mkdir()
    (folder / "sub" / "file").write_text("x")
    with_file = of(catalogue)
    (folder / "sub" / "file").chmod(0o755)
    assert len({before, with_file, of(catalogue)}) == 3
    assert of(catalogue, arch="arm64") != of(catalogue)


def test_what_a_build_by_hand_leaves_is_no_content(catalogue: Catalogue) -> None:
    folder, before = catalogue.root / "images" / "tool", of(catalogue)
    (folder / "sub" / "node_modules" / "a").mkdir(parents=True)
    (folder / "sub" / "node_modules" / "a" / "index.js").write_text("x")
    assert of(catalogue) == before


def test_a_folder_without_a_containerfile(catalogue: Catalogue) -> None:
    (catalogue.root / "images" / "tool" / "Containerfile").unlink()
    with pytest.raises(InvalidInputError, match=r"has no Containerfile"):
        of(catalogue)
