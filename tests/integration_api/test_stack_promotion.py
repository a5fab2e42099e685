# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promotion against a real API server: the very digests, in whatever they ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import RefusedError
from ansible_collections.landfall.platform.plugins.module_utils._release.images import (
    declared_images,
    with_digests,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Release
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import run_job
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import (
    promoted_by,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import pods_of
from tests.support.controllers import digest_of
from tests.support.shop import KINDS, Shop

# Two workloads of one file have containers of the same name, and other images.
OBJECTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: first}
spec:
  replicas: 1
  selector: {matchLabels: {app: first}}
  template:
    metadata: {labels: {app: first}}
    spec: {containers: [{name: main, image: "r.test/first:1"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: second}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: before, image: "r.test/before:1"}]
      containers: [{name: main, image: "r.test/second:1"}]
---
apiVersion: v1
kind: Pod
metadata: {name: alone}
spec: {containers: [{name: main, image: "r.test/alone:1"}]}
"""


def others(name: str) -> dict[str, Any]:
    """Return what a component has beside its own container; the images have no version here."""
    url, digest = "https://files.test/c.tgz", "sha256:" + "0" * 64
    return {
        "init": {"first": {"image": f"r.test/{name}-first"}},
        "sidecars": {"beside": {"image": f"r.test/{name}-beside:1"}},
        "content": [{"url": url, "digest": digest, "path": "/content"}],
    }


STACK: dict[str, Any] = {
    "name": "shop",
    "components": {
        "web": {"type": "service", "image": "r.test/web", **others("web")},
        "load": {"type": "job", "image": "r.test/load", **others("load")},
        "nightly": {
            "type": "schedule",
            "image": "r.test/nightly",
            "schedule": "@daily",
            **others("nightly"),
        },
        "outside": {"type": "external", "ports": {"sql": 3306}, "target": {"host": "db.test"}},
        "more": {"type": "manifests", "files": ["objects.yml"]},
    },
}
VERSIONS = {
    "components": {
        name: {"version": "7", "containers": {"first": {"version": "7"}}}
        for name in ("web", "load", "nightly")
    }
}
# Reference by place, where it runs first.
IMAGES = {
    **{name: f"r.test/{name}:7" for name in ("web", "load", "nightly")},
    **{f"{name}/first": f"r.test/{name}-first:7" for name in ("web", "load", "nightly")},
    **{f"{name}/beside": f"r.test/{name}-beside:1" for name in ("web", "load", "nightly")},
    **{f"{name}/content-0": "r.test/content-fetcher:1" for name in ("web", "load", "nightly")},
    "outside": "r.test/haproxy:1",
    "more/deployment.first/main": "r.test/first:1",
    "more/job.second/before": "r.test/before:1",
    "more/job.second/main": "r.test/second:1",
    "more/pod.alone/main": "r.test/alone:1",
}
DIGESTS = {name: f"{image}@{digest_of(image)}" for name, image in IMAGES.items()}
WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")


def ran(shop: Shop) -> Release:
    """Return the release that runs, with the digests of all pods, as a promotion takes it."""
    current = shop.history.current
    assert current
    images = with_digests(current.images, pods_of(shop.api, shop.namespace))
    return replace(current, images=images)


def test_whatever_ran_goes_to_another_environment_by_digest(
    shops: Callable[..., Shop], tmp_path: Path
) -> None:
    (tmp_path / "objects.yml").write_text(OBJECTS)
    test, prod = (shops(stack=STACK, settings={}, directory=tmp_path) for _ in range(2))
    test.deploy(**VERSIONS)
    with pytest.raises(RefusedError, match="nightly, nightly/beside, nightly/first; remedy"):
        promoted_by(ran(test))
    run_job(test.context(), "nightly")
    promotion = promoted_by(ran(test))
    assert promotion.images == DIGESTS

    said = {"shop": {"source": promotion.source, "images": promotion.images}}
    assert prod.deploy(promotions=said, check=True).plan
    prod.deploy(promotions=said)
    objects = [obj for kind in WORKLOADS for obj in prod.all(kind)]
    (alone,) = [pod for pod in prod.all("Pod") if pod["metadata"]["name"] == "alone"]
    assert declared_images([*objects, alone]) == DIGESTS
    assert prod.deploy(promotions=said).plan.summary() == []
    # Without the inventory's entry the cluster remembers.
    assert prod.deploy().plan.summary() == []
    run_job(prod.context(), "nightly")
    (pod,) = [pod for pod in prod.all("Pod") if "nightly-run" in pod["metadata"]["name"]]
    places = ("nightly/content-0", "nightly/first", "nightly/beside", "nightly")
    containers = [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]
    assert [one["image"] for one in containers] == [DIGESTS[name] for name in places]


def test_a_job_whose_pods_are_gone_keeps_its_digest(shop: Shop) -> None:
    shop.deploy()
    resource = shop.api.resource(KINDS["Pod"])
    assert resource
    for pod in shop.all("Pod"):  # as when its node is removed
        if pod["metadata"]["name"].startswith("load-"):
            shop.api.delete(resource, pod)
    assert not shop.pods("load")
    shop.deploy(components={"web": {"version": "2"}})
    assert ran(shop).images["load"] == f"r.test/load:1@{digest_of('r.test/load:1')}"
