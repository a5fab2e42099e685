# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which stack in the cluster is meant, what is promoted, and environments on the fly."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.environment import (
    Limits,
    kubeconfig,
    objects_of,
    remaining,
    valid_for,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Pin, Release
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import (
    Promotion,
    merged,
    promoted_by,
    with_promotion,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.target import (
    Target,
    check_component,
    choose,
    nearest,
    targets,
)

SHOP = [Target("shop", name, f"shop-{name}") for name in ("test", "prod")]
ALL = [*SHOP, Target("page", "lab", "page-lab")]


@pytest.mark.parametrize(
    ("name", "environment", "usual", "namespace"),
    [
        ("shop", "prod", "lab", "shop-prod"),
        ("shop-test", "lab", "lab", "shop-test"),
        ("page", "lab", "lab", "page-lab"),
        ("page", "site", "site", "page-lab"),
    ],
)
def test_the_stack_that_is_meant(name: str, environment: str, usual: str, namespace: str) -> None:
    assert choose(ALL, name, environment, usual).namespace == namespace


@pytest.mark.parametrize(
    ("name", "environment", "usual", "words"),
    [
        ("shopp", "lab", "lab", "no such stack.*did you mean shop"),
        ("zzz", "lab", "lab", "known: page, shop"),
        ("shop", "lab", "lab", "in several environments.*prod or"),
        ("shop", "prdo", "lab", "not in this one.*did you mean prod"),
        ("page", "prod", "lab", "not in this one"),
    ],
)
def test_what_is_not_clear_is_said(name: str, environment: str, usual: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        choose(sorted(ALL, key=str), name, environment, usual)


def test_stacks_are_found_by_their_namespaces() -> None:
    labels = {"landfall.dev/stack": "s", "landfall.dev/environment": "e"}
    there = {"metadata": {"name": "s-e", "labels": labels}}
    going = {"metadata": {"name": "s-f", "labels": labels, "deletionTimestamp": "now"}}
    (found,) = targets([there, going])
    assert (found.owner, found.manager) == ("stack-s-e", "landfall-stack-s-e")
    with pytest.raises(InvalidInputError, match=r"no such job.*known: load"):
        check_component("zzzz", {"load"}, found, "job")
    assert nearest("x", ()) == "there is none"


# promotion ---------------------------------------------------------------------------------------

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
    assert found.entry["components"] == {"web": {"replicas": 3, "image": IMAGE}}
    assert {name: pin.image for name, pin in found.pins.items()} == BOTH.images
    assert (found.source, found.kept) == ("test, revision 3", False)
    assert entry["components"] == {"web": {"replicas": 3}}


@pytest.mark.parametrize("own", [{"version": "3"}, {"image": "r/web:3"}])
def test_an_image_cannot_be_promoted_and_set(own: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError, match="both promoted and set"):
        merged(RAW, {"components": {"web": own}}, Promotion({"web": IMAGE}), None)


OTHER = {"name": "shop", "components": {"web": {**RAW["components"]["web"], "image": "r/web:5"}}}


@pytest.mark.parametrize(
    ("raw", "entry", "kept"),
    [
        (RAW, {}, {"web", "web/logs"}),
        (RAW, {"components": {"web": {"replicas": 9}}}, {"web", "web/logs"}),
        (RAW, {"components": {"web": {"version": "5"}}}, {"web/logs"}),
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


# environments ------------------------------------------------------------------------------------

SERVER = "https://192.0.2.1:6443"
CLUSTER = {"server": SERVER, "certificate-authority-data": "Y2E="}


def token(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"h.{body}.s"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (kubeconfig(CLUSTER, SHOP[0], token(exp=1100)), 100),
        (kubeconfig(CLUSTER, SHOP[0], token(exp=900)), 0),
        (kubeconfig({**CLUSTER, "server": "https://x"}, SHOP[0], token(exp=1100)), 0),
        (kubeconfig(CLUSTER, SHOP[0], "no token"), 0),
        (kubeconfig(CLUSTER, SHOP[0], token()), 0),
        ("", 0),
        ("a: [", 0),
    ],
)
def test_for_how_long_credentials_are_valid(text: str, seconds: float) -> None:
    assert valid_for(text, SERVER, 1000.0) == seconds


def test_credentials_are_for_one_namespace() -> None:
    found = yaml.safe_load(kubeconfig(CLUSTER, SHOP[0], token(exp=1)))
    assert found["contexts"][0]["context"]["namespace"] == "shop-test"
    assert found["users"][0]["user"].keys() == {"token"}
    assert remaining("", SERVER) == 0


def test_an_environment_has_limits_only_where_some_are_set() -> None:
    def kinds(limits: Limits) -> list[str]:
        return [obj["kind"] for obj in objects_of(SHOP[0], limits)]

    assert kinds(Limits()) == ["ServiceAccount", "Role", "RoleBinding"]
    both = kinds(Limits({"pods": "3"}, {"memory": "1Gi"}, {"cpu": "1"}))
    assert both[3:] == ["ResourceQuota", "LimitRange"]
    assert kinds(Limits(requests={"cpu": "1"}))[3:] == ["LimitRange"]


def test_credentials_change_neither_rights_nor_limits() -> None:
    (role,) = [obj for obj in objects_of(SHOP[0], Limits()) if obj["kind"] == "Role"]
    never = {"roles", "rolebindings", "resourcequotas", "limitranges", "*"}
    for rule in role["rules"]:
        assert not set(rule["verbs"]) - {"get", "list", "watch"} or not never & set(
            rule["resources"]
        )
