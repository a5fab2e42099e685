# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is promoted: the very digests that ran, in the target's inventory and its record."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Pin, Release
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import (
    Promotion,
    merged,
    promoted_by,
    with_promotion,
)

IMAGE = "r/web:2@sha256:" + "0" * 64
LOGS = "r/logs:1@sha256:" + "1" * 64
RAW: dict[str, Any] = {
    "name": "shop",
    "components": {"web": {"image": "r/web:1", "sidecars": {"logs": {"image": "r/logs:1"}}}},
}
BOTH = Promotion({"web": IMAGE, "web/logs": LOGS}, "test, revision 3")


def ran(**images: str) -> Release:
    return Release(3, "shop", "test", "shop-test", "deployed", images=images)


def test_what_ran_is_promoted() -> None:
    assert promoted_by(ran(web=IMAGE)) == Promotion({"web": IMAGE}, "test, revision 3")


@pytest.mark.parametrize("images", [{}, {"web": IMAGE, "load": "r/load:1"}])
def test_without_digests_nothing_is_promoted(images: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="digests of its images are not known"):
        promoted_by(ran(**images))


def test_promoted_images_replace_those_of_stack_and_settings() -> None:
    entry = {"name": "shop", "components": {"web": {"replicas": 3}}}
    found = merged(RAW, entry, BOTH, None)
    own = {"replicas": 3, "image": IMAGE, "containers": {"logs": {"image": LOGS}}}
    assert found.entry["components"] == {"web": own}
    assert {name: pin.image for name, pin in found.pins.items()} == BOTH.images
    assert (found.source, found.kept) == ("test, revision 3", False)
    assert entry["components"] == {"web": {"replicas": 3}}


@pytest.mark.parametrize("own", [{"version": "3"}, {"image": "r/web:3"}])
def test_an_image_cannot_be_promoted_and_set(own: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError, match=r"promoted and set: components\.web of"):
        merged(RAW, {"components": {"web": own}}, Promotion({"web": IMAGE}), None)
    inner = {"web": {"containers": {"logs": own}}}
    with pytest.raises(InvalidInputError, match=r"components\.web\.containers\.logs of"):
        merged(RAW, {"components": inner}, Promotion({"web/logs": LOGS}), None)
    assert merged(RAW, {"components": inner}, Promotion({"web": IMAGE}), None).pins


OTHER = {"name": "shop", "components": {"web": {**RAW["components"]["web"], "image": "r/web:5"}}}


@pytest.mark.parametrize(
    ("raw", "entry", "kept"),
    [
        (RAW, {}, {"web", "web/logs"}),
        (RAW, {"components": {"web": {"replicas": 9}}}, {"web", "web/logs"}),
        (RAW, {"components": {"web": {"version": "5"}}}, {"web/logs"}),
        (RAW, {"components": {"web": {"containers": {"logs": {"version": "5"}}}}}, {"web"}),
        (OTHER, {}, {"web/logs"}),
        ({"name": "shop", "components": {"web": {"image": "r/web:5"}}}, {}, set()),
        ({}, {"components": []}, set()),
    ],
)
def test_what_was_promoted_is_kept_until_something_else_is_said(
    raw: Any, entry: Any, kept: set[str]
) -> None:
    first = merged(RAW, {}, BOTH, None)
    current = Release(1, "shop", "p", "n", "deployed", pins=first.pins, source=first.source)
    found = merged(raw, entry, None, current)
    assert found.pins.keys() == kept
    assert found.kept == bool(kept)
    assert found.source == ("test, revision 3" if kept else "")


# Neither stack nor inventory names the images of proxies and of charts.
PROXY = "r/haproxy:3@sha256:" + "2" * 64
CHART: dict[str, Any] = {"name": "shop", "components": {"db": {"type": "external"}}}
UNNAMED = {"db": "r/haproxy:3"}


def test_what_nobody_names_is_pinned_in_the_objects() -> None:
    found = merged(CHART, {}, Promotion({"db": PROXY}, "test, revision 3"), None)
    assert "components" not in found.entry, "an external component takes no image"
    assert found.settled(UNNAMED, "s").pins == {"db": Pin(PROXY, "r/haproxy:3")}
    with pytest.raises(InvalidInputError, match=r"stack_promoted of s: db; expected: db/x"):
        found.settled({"db/x": "r/x:1"}, "s")


@pytest.mark.parametrize(
    ("unnamed", "kept"), [(UNNAMED, True), ({"db": "r/haproxy:4"}, False), ({}, False)]
)
def test_what_nobody_names_is_kept_while_the_objects_say_the_same(
    unnamed: dict[str, str], kept: bool
) -> None:
    pins = {"db": Pin(PROXY, "r/haproxy:3")}
    current = Release(1, "shop", "p", "n", "deployed", pins=pins, source="test, revision 3")
    found = merged(CHART, {}, None, current).settled(unnamed, "s")
    assert found.pins == (pins if kept else {})
    assert (found.kept, found.source) == (kept, "test, revision 3" if kept else "")


def test_an_empty_promotion_lets_go() -> None:
    current = Release(1, "s", "e", "s-e", "deployed", pins={"web": Pin(IMAGE)})
    assert merged(RAW, {}, Promotion.from_params({"images": {}}, "s"), current).pins == {}
    assert merged(RAW, {}, None, None).pins == {}


@pytest.mark.parametrize("wrong", [None, {}, {"images": []}, {"images": {"web": "r/web:1"}}])
def test_a_promotion_has_digests(wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"stack_promoted\.shop"):
        Promotion.from_params(wrong, "shop")


def test_the_file_keeps_what_was_promoted_for_others() -> None:
    page = Promotion({"a": LOGS}, "test, revision 9")
    first = with_promotion("", "shop", Promotion({"web": IMAGE}, "test, revision 3"), "f")
    second = with_promotion(first, "page-qa", page, "f")
    found = yaml.safe_load(second)["stack_promoted"]
    assert found == {
        "shop": {"source": "test, revision 3", "images": {"web": IMAGE}},
        "page-qa": {"source": "test, revision 9", "images": {"a": LOGS}},
    }
    assert second.startswith("---\n# ")
    assert with_promotion(second, "page-qa", page, "f") == second


@pytest.mark.parametrize("text", ["a: [", "other: 1", "stack_promoted: 5", "- 1"])
def test_another_file_is_left_alone(text: str) -> None:
    with pytest.raises(InvalidInputError):
        with_promotion(text, "shop", Promotion({"web": IMAGE}), "f")
