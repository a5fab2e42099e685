# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load decides how many pods a component has, and deployments leave it at that."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kubernetes import client

from tests.stacks.conftest import PAGE, LifeSite
from tests.support.load import steady

NAMESPACE = "busy-test"
LEAST, MOST = 2, 4
# Metrics are 15 s old, the autoscaler looks each 15 s, and a pod needs some seconds.
LIMIT_S = 240
# Enough for a server of static files to need several times what it asks for.
PAUSE_S = 0.01


@pytest.fixture(scope="module")
def host(site: LifeSite) -> str:
    """The host name of the busy page."""
    return f"busy.{site.domain}"


def entry(host: str, **web: Any) -> dict[str, Any]:
    """Return the page as a stack of its own, which scales with the CPU time that it takes."""
    definition = {**copy.deepcopy(PAGE), "name": "busy"}
    scale = {"from": LEAST, "to": MOST, "cpu": 30}
    return {
        "name": "busy",
        "definition": definition,
        "environment": "test",
        "rollback": True,
        "hosts": {"web": host},
        "components": {"web": {"scale": scale, **web}},
    }


@pytest.fixture(scope="module")
def apps(site: LifeSite, host: str) -> Iterator[client.AppsV1Api]:
    """The cluster, in which the busy page is deployed."""
    with site.having(entry(host)):
        site.play("deploy")
        yield client.AppsV1Api(site.core().api_client)


def wanted(apps: client.AppsV1Api) -> int:
    """Return the number of pods that the Deployment shall have."""
    return int(apps.read_namespaced_deployment("web", NAMESPACE).spec.replicas)


def reach(apps: client.AppsV1Api, least: int) -> int:
    """Wait until so many pods are ready, and return their number."""
    end = time.monotonic() + LIMIT_S
    while True:
        found = apps.read_namespaced_deployment("web", NAMESPACE)
        if (found.status.ready_replicas or 0) >= least:
            return int(found.spec.replicas)
        assert time.monotonic() < end, f"{found.status} after {LIMIT_S} s"
        time.sleep(1)


def ask(site: LifeSite, host: str) -> requests.Response:
    """Send one request, by a connection of its own."""
    return requests.get(f"http://{site.gateway}/", headers={"Host": host}, timeout=10)


def test_load_adds_pods_and_deployments_keep_them(
    site: LifeSite, apps: client.AppsV1Api, host: str
) -> None:
    assert reach(apps, LEAST) == LEAST, "idle, it has the least number"
    with steady([lambda: ask(site, host)], PAUSE_S) as load:
        more = reach(apps, LEAST + 1)
        assert LEAST < more <= MOST
        scaler = client.AutoscalingV2Api(apps.api_client)
        status = scaler.read_namespaced_horizontal_pod_autoscaler("web", NAMESPACE).status
        assert status.desired_replicas > LEAST, "the autoscaler did it"

        # The same inventory again: nothing to do.
        assert site.play("deploy").changed == {}
        assert wanted(apps) >= more
        # Another configuration: other pods, as many as before.
        site.say(entry(host, environment={"COLOUR": "blue"}))
        assert site.play("deploy").changed
        assert reach(apps, more) >= more
        assert site.play("deploy").changed == {}
        assert wanted(apps) >= more
    assert load.failures == []
    print(f"{load.sent} requests, none failed; {LEAST} pods became {more}")  # noqa: T201


@pytest.mark.usefixtures("apps")
def test_it_is_not_scaled_by_hand(site: LifeSite) -> None:
    words = ("stack_name=busy", "stack_component=web", "stack_replicas=3")
    arguments = [part for one in words for part in ("-e", one)]
    assert "the load decides" in site.play("scale", *arguments, expect=2).output
