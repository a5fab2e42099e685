# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promoted images in the objects of a stack, whoever names them."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._release.images import (
    declared_images,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Pin
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.images import (
    promoted,
    unnamed_images,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .conftest import Place
from .samples import ADDRESSES, EVERYTHING, EVERYTHING_SETTINGS, FakeRenderer
from .test_render import load

BESIDE = {
    "init": {"first": {"image": "r.test/first:1"}},
    "sidecars": {"beside": {"image": "r.test/beside:1"}},
}


def everything() -> dict[str, Any]:
    """Return the stack with everything, whose jobs have other containers, too."""
    raw = copy.deepcopy(EVERYTHING)
    for name in ("loader", "nightly"):
        raw["components"][name] |= {**BESIDE, "content": raw["components"]["web"]["content"]}
    return raw


def compiled(instance: Instance) -> list[dict[str, Any]]:
    return compile_stack(instance, settle(instance, {}), ADDRESSES)


def test_every_image_is_named_by_somebody(place: Place) -> None:
    one = place(everything(), **EVERYTHING_SETTINGS)
    assert {**one.images, **unnamed_images(one)} == declared_images(compiled(one))
    assert unnamed_images(one) == {
        "web/content-0": "landfall.internal/content-fetcher:1.0.0",
        "loader/content-0": "landfall.internal/content-fetcher:1.0.0",
        "nightly/content-0": "landfall.internal/content-fetcher:1.0.0",
        "db-outside": "landfall.internal/haproxy:1.0.0",
        "cache/deployment.cache-chart/cache": "cache:7",
    }


def test_all_of_them_are_promoted_in_whatever_they_run(place: Place) -> None:
    objects = compiled(place(everything(), **EVERYTHING_SETTINGS))
    images = declared_images(objects)
    pins = {name: Pin(f"{image}@sha256:{'0' * 64}") for name, image in images.items()}
    found = declared_images(promoted(objects, pins))
    assert found == {name: pin.image for name, pin in pins.items()}
    assert promoted(objects, {}) == objects


def jobs(objects: list[dict[str, Any]]) -> set[str]:
    return {obj["metadata"]["name"] for obj in objects if obj["kind"] == "Job"}


def test_a_job_with_another_image_is_another_job(place: Place) -> None:
    objects = compiled(place(everything(), **EVERYTHING_SETTINGS))
    others = promoted(objects, {"web/content-0": Pin("r.test/fetcher:2")})
    assert jobs(others) == jobs(objects)
    others = promoted(objects, {"loader/content-0": Pin("r.test/fetcher:2")})
    assert not jobs(others) & jobs(objects)
    (name,) = jobs(others)
    assert name.startswith("loader-")


def test_a_job_of_a_chart_keeps_its_name(tmp_path: Any) -> None:
    text = """
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {template: {spec: {containers: [{name: main, image: "migrate:1"}]}}}
"""
    one = load(tmp_path, {"type": "helm", "chart": "c"}, FakeRenderer(text))
    objects = compiled(one)
    pins = {"a/job.migrate/main": Pin("migrate:1@sha256:0")}
    found = promoted(objects, pins)
    assert jobs(found) == {"migrate"}
    assert declared_images(found)["a/job.migrate/main"] == "migrate:1@sha256:0"
