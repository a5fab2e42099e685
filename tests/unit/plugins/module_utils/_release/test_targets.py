# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which stack in the cluster is meant."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.target import (
    Target,
    check_component,
    choose,
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
        ("zzz", "lab", "lab", "one of page, shop"),
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
    with pytest.raises(InvalidInputError, match=r"no such job.*one of load"):
        check_component("zzzz", {"load"}, found, "job")
