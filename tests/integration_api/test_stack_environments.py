# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments on the fly against a real API server: whose credentials do what, and their end."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import RefusedError
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._release import (
    credentials,
    environment,
    sweep,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from tests.support.shop import KINDS, Hurried


def test_credentials_are_for_one_environment(api: KubeClient, api_kubeconfig: Path) -> None:
    config = yaml.safe_load(api_kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    authority = api_kubeconfig.parent / cluster["certificate-authority"]
    cluster["certificate-authority-data"] = base64.b64encode(authority.read_bytes()).decode()
    targets = [Target("shop", name, f"shop-{name}") for name in ("ci1", "ci2")]
    limits = environment.Limits({"pods": "10"}, {"memory": "1Gi"}, {"cpu": "50m"})
    stay = environment.Stay(environment.in_hours(8, time.time()))
    for target in targets:
        plan = environment.prepare(api, target, limits, stay, Ways(), Hurried())
        assert f"create Namespace {target.namespace}" in plan.summary()
        assert not environment.prepare(api, target, limits, stay, Ways(), Hurried())
    token, _ = api.token(targets[0].namespace, environment.ACCOUNT, 3600)
    text = credentials.kubeconfig(cluster, targets[0], token)
    assert 3000 < credentials.remaining(text, cluster["server"]) <= 3600
    with KubeClient.connect(yaml.safe_load(text)) as limited:
        for kind in ("Secret", "Pod", "Deployment"):
            resource = limited.resource(KINDS[kind])
            assert resource
            assert limited.list(resource, namespace=targets[0].namespace) == []
            for elsewhere in (targets[1].namespace, "kube-system", ""):
                with pytest.raises(ApiError, match="HTTP 403"):
                    limited.list(resource, namespace=elsewhere)
        namespaces = limited.resource(KINDS["Namespace"])
        assert namespaces
        longer = environment.namespace_of(targets[0], environment.in_hours(99, time.time()))
        with pytest.raises(ApiError, match="HTTP 403"):
            limited.apply(namespaces, longer, manager=environment.MANAGER)
    ways = Ways(wait=False)
    assert environment.remove(api, targets[0], ways, Hurried()).summary() == [
        "delete Namespace shop-ci1"
    ]
    with pytest.raises(RefusedError, match="not made on the fly"):
        environment.remove(api, Target("x", "y", "default"), ways, Hurried())


def listed(api: KubeClient, *names: str) -> dict[str, dict[str, Any]]:
    """Return the metadata of those of these namespaces that are not being deleted."""
    resource = api.resource(KINDS["Namespace"])
    assert resource
    found = {obj["metadata"]["name"]: obj["metadata"] for obj in api.list(resource)}
    return {n: found[n] for n in names if n in found and "deletionTimestamp" not in found[n]}


def test_what_has_expired_is_swept_and_nothing_else(api: KubeClient) -> None:
    now, ways = time.time(), Ways(wait=False)
    for name, hours in (("over", -1), ("going-on", 1)):
        target = Target("sweep", name, f"sweep-{name}")
        stay = environment.Stay(environment.in_hours(hours, now))
        environment.prepare(api, target, environment.Limits(), stay, ways, Hurried())
    # Whoever copies a namespace copies what it says about itself.
    resource = api.resource(KINDS["Namespace"])
    assert resource
    over = listed(api, "sweep-over")["sweep-over"]
    said = {"labels": over["labels"], "annotations": over["annotations"]}
    copied = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "sweep-copied", **said},
    }
    api.apply(resource, copied, manager="somebody")

    found: list[sweep.Sweep] = []
    for check in (True, False):
        sweep.sweep(api, replace(ways, check=check), Hurried(), now, found.append, "sweep")
        left = listed(api, "sweep-over", "sweep-going-on", "sweep-copied")
        assert ("sweep-over" in left) == check
        assert {"sweep-going-on", "sweep-copied"} <= left.keys()
    assert found[0].plan.summary() == found[1].plan.summary() == ["delete Namespace sweep-over"]
    assert [one.target.namespace for one in found[1].kept] == ["sweep-going-on"]
    sweep.sweep(api, ways, Hurried(), now, found.append, "sweep")
    assert not found[2].plan, "what is being deleted is not deleted again"
