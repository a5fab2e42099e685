# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of ``stack_list`` with what was promoted to them, by the inventory or by the cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._release.model import (
    History,
    Pin,
    Release,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import said
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.plugin_utils.promoted import Entries

IMAGE = "r.test/a:2@sha256:" + "0" * 64
# Without a version: every environment has to say one, or to have one promoted.
RAW = {"name": "s", "components": {"a": {"type": "service", "image": "r.test/a"}}}


def entries(*found: dict[str, Any], promotions: dict[str, Any] | None = None) -> Entries:
    directory = Path("/nowhere")
    loader = Loader(directory, "lab", dict)
    return Entries(loader, directory, list(found), "lab", promotions or {})


def history(namespace: str) -> dict[str, History]:
    pins = {"a": Pin(IMAGE, said(RAW, {}, "a"))}
    release = Release(4, "s", "lab", namespace, "deployed", pins=pins, source="test, revision 3")
    return {namespace: History.of([release])}


@pytest.mark.parametrize("key", ["s", "s-lab"])
def test_the_inventory_names_the_image(key: str) -> None:
    promotions = {key: {"source": "test, revision 3", "images": {"a": IMAGE}}}
    found = entries({"definition": RAW}, promotions=promotions)
    (one,) = found.load().check()
    assert one.images == {"a": IMAGE}
    assert not found.keep_anything(history("s-lab"))


def test_one_of_two_environments_may_be_meant() -> None:
    promotions = {"s-prod": {"images": {"a": IMAGE}}}
    settings = {"definition": RAW, "components": {"a": {"version": "3"}}}
    found = entries(settings, {"definition": RAW, "environment": "prod"}, promotions=promotions)
    assert [one.images["a"] for one in found.load().check()] == ["r.test/a:3", IMAGE]


def test_the_cluster_remembers_what_the_inventory_does_not_say() -> None:
    found = entries({"definition": RAW})
    with pytest.raises(LandfallError, match="has no version"):
        found.load().check()
    histories = history("s-lab")
    assert found.keep_anything(histories)
    loaded = found.load(histories)
    assert [one.images["a"] for one in loaded.check()] == [IMAGE]
    assert loaded.merged[0].kept
    assert not found.keep_anything({})


# Containers of every kind; the proxy's image is the catalogue's, and nobody here names it.
PROXY = "r.test/haproxy:3"
MORE: dict[str, Any] = {
    "name": "s",
    "components": {
        "load": {
            "type": "job",
            "image": "r.test/a",
            "init": {"first": {"image": "r.test/a"}},
            "sidecars": {"logs": {"image": "r.test/logs:1"}},
        },
        "db": {"type": "external", "ports": {"sql": 3306}, "target": {"host": "db.test"}},
    },
}
DIGEST = "@sha256:" + "0" * 64
IMAGES = {
    "load": f"r.test/a:2{DIGEST}",
    "load/first": f"r.test/a:2{DIGEST}",
    "load/logs": f"r.test/logs:1{DIGEST}",
    "db": PROXY + DIGEST,
}


def more(proxy: str, **promotions: Any) -> Entries:
    directory = Path("/nowhere")
    loader = Loader(directory, "lab", lambda: {"haproxy": proxy})
    return Entries(loader, directory, [{"definition": MORE}], "lab", promotions)


def test_images_of_every_kind_of_container_are_promoted_and_kept() -> None:
    loaded = more(PROXY, s={"source": "test, revision 3", "images": IMAGES}).load()
    (one,) = loaded.check()
    assert one.images == {name: image for name, image in IMAGES.items() if name != "db"}
    pins = loaded.merged[0].pins
    assert pins["db"] == Pin(IMAGES["db"], PROXY)
    release = Release(4, "s", "lab", "s-lab", "deployed", pins=pins, source="test, revision 3")
    present = {"s-lab": History.of([release])}
    assert more(PROXY).load(present).merged[0].pins == pins
    assert "db" not in more("r.test/haproxy:4").load(present).merged[0].pins


def test_a_container_that_the_stack_does_not_have_is_said() -> None:
    images = {**IMAGES, "db/other": IMAGES["db"]}
    with pytest.raises(LandfallError, match="stack_promoted of s-lab: db/other; expected: db;"):
        more(PROXY, s={"images": images}).load().check()


def test_a_definition_that_cannot_be_read_is_the_loaders_to_report() -> None:
    with pytest.raises(LandfallError, match=r"none\.yml"):
        entries({"name": "none"}).load().check()
    with pytest.raises(LandfallError):
        entries({"definition": "/nowhere/\x00"}).load().check()
