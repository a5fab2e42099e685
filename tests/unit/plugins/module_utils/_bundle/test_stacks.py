# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.bundle import (
    Request,
    select,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import load
from ansible_collections.landfall.platform.plugins.module_utils._bundle.stacks import stack_images

ROOT = Path(__file__).resolve().parents[5]
WEB = {"type": "service", "image": "${catalogue.web}"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"definition": {"components": {"web": WEB}}}, ("web",)),
        (
            {"definition": {"components": {"web": {**WEB, "init": {"a": {"image": "x:1"}}}}}},
            ("web",),
        ),
        (
            {"definition": {"components": {"web": {**WEB, "sidecars": {"b": WEB}, "x": [WEB]}}}},
            ("web",),
        ),
        ({"definition": {}, "components": {"web": {"image": "${catalogue.other}"}}}, ("other",)),
        ({"definition": {"components": {"db": {"type": "external"}}}}, ("haproxy",)),
        ({"definition": {"components": {"db": {"type": "external", "proxy": False}}}}, ()),
        (
            {"definition": {"components": {"web": {**WEB, "content": [{"url": "u"}]}}}},
            ("content-fetcher", "web"),
        ),
        ({"definition": {}, "components": {"web": {"content": [{}]}}}, ("content-fetcher",)),
        # what is wrong is said by who deploys it
        ({"definition": {"components": ["${catalogue.web}", 1, None]}}, ("web",)),
        ({"definition": {"components": {"web": None}}}, ()),
        ({"name": "missing"}, ()),
        ({"name": "broken"}, ()),
        ({"name": None}, ()),
        ("text", ()),
    ],
)
def test_images_that_stacks_name(tmp_path: Path, entry: Any, expected: tuple[str, ...]) -> None:
    (tmp_path / "broken.yml").write_text("components: [")
    assert stack_images([entry], tmp_path) == expected


def test_files_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("components: {web: {image: '${catalogue.one}'}}")
    other = tmp_path / "else.yml"
    other.write_text("components: {web: {image: '${catalogue.two}'}}")
    entries = [{"name": "a"}, {"name": "b", "definition": str(other)}]
    assert stack_images(entries, tmp_path) == ("one", "two")


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        ([], set()),
        (["guestbook"], {"guestbook-ui", "guestbook-api", "mariadb"}),
        (["todo"], {"todo-backend", "todo-frontend", "mariadb"}),
        (
            ["publishing"],
            {"wordpress", "publishing-tools", "opensearch", "haproxy"},
        ),
    ],
)
def test_a_site_has_the_images_of_its_own_stacks(stacks: list[str], expected: set[str]) -> None:
    catalogue = load(ROOT / "catalogue")
    request = Request.from_params(
        {
            "profile": ["site"],
            "stacks": [{"name": name} for name in stacks],
            "stack_directory": str(ROOT / "stacks"),
        }
    )
    platform = {entry.key for entry in select(catalogue, Request(profile=("site",)))}
    more = {entry.name for entry in select(catalogue, request) if entry.key not in platform}
    assert more == expected
