# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of a release: those of all containers, with digests, and promoted ones."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._release.images import (
    declared_images,
    pinned,
    with_digests,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Pin

from .test_content import NAMESPACE, workload

DIGEST = "sha256:" + "0" * 64


def foreign(obj: dict[str, Any]) -> dict[str, Any]:
    """Return a workload or a pod as one of component ``shop``, which is a chart."""
    template = obj
    if obj["kind"] != "Pod":
        spec = obj["spec"].get("jobTemplate", obj)["spec"]
        template = spec["template"]
    template["metadata"]["labels"] = {"landfall.dev/component": "shop"}
    return obj


@pytest.mark.parametrize("kind", ["Deployment", "CronJob", "StatefulSet", "Job"])
def test_images_of_all_containers_are_known_and_pinned(kind: str) -> None:
    obj = workload(kind)
    images = {"web/first": "r/first:1", "web": "r/web:1", "web/logs": "r/l:1"}
    assert declared_images([obj, NAMESPACE]) == images
    pins = {"web": Pin(f"r/web:1@{DIGEST}"), "web/logs": Pin(f"r/l:2@{DIGEST}")}
    wanted = {**images, **{name: pin.image for name, pin in pins.items()}}
    assert declared_images(pinned([obj], pins)) == wanted
    assert pinned([obj], {}) == [obj]
    assert declared_images([obj]) == images, "the object itself does not change"


@pytest.mark.parametrize("kind", ["Deployment", "CronJob", "Job"])
def test_charts_have_workloads_with_containers_of_the_same_name(kind: str) -> None:
    first, second = foreign(workload(kind, "main")), foreign(workload("DaemonSet", "main"))
    second["spec"]["template"]["spec"]["containers"][0]["image"] = "r/other:1"
    own, other = f"shop/{kind.lower()}.main/main", "shop/daemonset.main/main"
    found = declared_images([first, second])
    assert (found[own], found[other]) == ("r/web:1", "r/other:1")
    pins = {own: Pin(f"r/web:1@{DIGEST}")}
    found = declared_images(pinned([first, second], pins))
    assert (found[own], found[other]) == (f"r/web:1@{DIGEST}", "r/other:1")


def test_a_pod_of_manifests_has_images() -> None:
    alone = pod("")
    alone["metadata"]["labels"] = {"landfall.dev/component": "shop"}
    assert declared_images([alone]) == {"shop/pod.p/web": "r/web:1"}


def pod(image_id: str, image: str = "r/web:1", **meta: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": "web"}
    return {
        "kind": "Pod",
        "metadata": {"name": "p", "labels": labels, **meta},
        "spec": {"containers": [{"name": "web", "image": image}]},
        "status": {"containerStatuses": [{"name": "web", "imageID": image_id}]},
    }


@pytest.mark.parametrize(
    ("pods", "image"),
    [
        ([], "r/web:1"),
        ([pod(f"other/web@{DIGEST}")], f"r/web:1@{DIGEST}"),
        ([pod(f"r/web@{DIGEST}"), pod(f"r/web@{DIGEST}")], f"r/web:1@{DIGEST}"),
        ([pod(f"r/web@{DIGEST}"), pod("r/web@sha256:1")], "r/web:1"),
        ([pod(f"r/web@{DIGEST}", "r/web:0")], "r/web:1"),
        ([pod(f"r/web@{DIGEST}", deletionTimestamp="now")], "r/web:1"),
        ([pod(DIGEST), pod("")], "r/web:1"),
        ([{**pod(""), "status": None}], "r/web:1"),
    ],
)
def test_digests_are_those_that_ran(pods: Any, image: str) -> None:
    assert with_digests({"web": "r/web:1"}, pods) == {"web": image}


def test_who_has_not_run_yet_has_the_digest_of_the_same_image() -> None:
    images = {"web": "r/web:1", "nightly": "r/web:1", "other": "r/other:1"}
    assert with_digests(images, [pod(f"r/web@{DIGEST}")]) == {
        "web": f"r/web:1@{DIGEST}",
        "nightly": f"r/web:1@{DIGEST}",
        "other": "r/other:1",
    }


def test_a_pinned_image_keeps_its_digest() -> None:
    image = f"r/web:1@{DIGEST}"
    assert with_digests({"web": image}, [pod(f"r/web@{DIGEST}", image)]) == {"web": image}


def test_of_two_workloads_of_a_chart_each_has_its_own_digest() -> None:
    other = "sha256:" + "1" * 64
    pods = [foreign(pod(f"r/web@{DIGEST}")), foreign(pod(f"r/db@{other}", "r/db:1"))]
    images = {"shop/deployment.a/web": "r/web:1", "shop/statefulset.b/web": "r/db:1"}
    assert with_digests(images, pods) == {
        "shop/deployment.a/web": f"r/web:1@{DIGEST}",
        "shop/statefulset.b/web": f"r/db:1@{other}",
    }


@pytest.mark.parametrize("field", ["initContainer", "container"])
def test_what_ran_before_or_beside_counts(field: str) -> None:
    found = pod(f"r/web@{DIGEST}")
    beside = {"name": "logs", "image": "r/logs:1"}
    status = {"name": "logs", "imageID": f"r/logs@{DIGEST}"}
    found["spec"].setdefault(f"{field}s", []).append(beside)
    found["status"].setdefault(f"{field}Statuses", []).append(status)
    images = {"web": "r/web:1", "web/logs": "r/logs:1"}
    assert with_digests(images, [found])["web/logs"] == f"r/logs:1@{DIGEST}"


@pytest.mark.parametrize(
    ("pods", "earlier", "image"),
    [
        ([], [{}, {"web": f"r/web:1@{DIGEST}"}, {"web": "r/web:1@sha256:1"}], f"r/web:1@{DIGEST}"),
        ([], [{"web": f"r/web:2@{DIGEST}"}, {"web": "r/web:1"}], "r/web:1"),
        ([pod("r/web@sha256:2")], [{"web": f"r/web:1@{DIGEST}"}], "r/web:1@sha256:2"),
        ([pod("r/web@sha256:2"), pod("r/web@sha256:3")], [{"web": f"r/web:1@{DIGEST}"}], "r/web:1"),
    ],
)
def test_whose_pods_are_gone_keeps_the_digest_that_it_ran(
    pods: Any, earlier: Any, image: str
) -> None:
    assert with_digests({"web": "r/web:1"}, pods, earlier) == {"web": image}
