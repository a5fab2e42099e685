# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A day's work on a stack against a real API server: scale, refresh, run a job, remove."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Key
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import (
    refresh,
    run_job,
    scale,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.removal import remove_stack
from tests.support.shop import KINDS, WEB_2, Shop


def test_what_was_scaled_by_hand_stays_until_the_inventory_says_another_number(
    shop: Shop,
) -> None:
    shop.deploy()
    assert scale(shop.context(check=True), "web", 4).summary() == [
        f"scale Deployment {shop.namespace}/web"
    ]
    scale(shop.context(), "web", 4)
    assert len(shop.pods("web")) == 4
    result = shop.deploy()
    assert result.plan.summary() == []
    assert "set by hand; the inventory says 2" in result.notes[0]
    shop.deploy(**WEB_2)
    assert len(shop.pods("web")) == 4
    scale(shop.context(), "web", None)
    assert len(shop.pods("web")) == 2
    assert shop.deploy(**WEB_2).plan.summary() == []
    scale(shop.context(), "web", 5)
    shop.deploy(components={"web": {"replicas": 3}})
    assert len(shop.pods("web")) == 3
    assert shop.history.current
    assert shop.history.current.scaled == {}
    with pytest.raises(InvalidInputError, match="did you mean web"):
        scale(shop.context(), "wbe", 2)


def test_refreshed_pods_are_others_and_a_deployment_leaves_them(shop: Shop) -> None:
    shop.deploy()
    web, db = shop.pods("web"), shop.pods("db")
    plan = refresh(shop.context(), ["web"])
    assert plan.summary() == [f"refresh Deployment {shop.namespace}/web"]
    assert not web.keys() & shop.pods("web").keys()
    assert db == shop.pods("db")
    fresh = shop.pods("web")
    assert shop.deploy().plan.summary() == []
    shop.deploy(components={"db": {"environment": {"X": "1"}}})
    assert fresh == shop.pods("web")


@pytest.mark.parametrize("component", ["load", "nightly"])
def test_a_job_runs_again(shop: Shop, component: str) -> None:
    shop.deploy()
    before = {job["metadata"]["name"] for job in shop.all("Job")}
    run_job(shop.context(), component)
    (name,) = {job["metadata"]["name"] for job in shop.all("Job")} - before
    assert name.startswith(f"{component}-run-20")
    assert shop.deploy().plan.summary() == []
    assert name in {job["metadata"]["name"] for job in shop.all("Job")}
    with pytest.raises(InvalidInputError, match="one of load, nightly"):
        run_job(shop.context(), "web")


def test_a_new_secret_replaces_the_pods_that_use_it(shop: Shop) -> None:
    shop.deploy()
    web, db = shop.pods("web"), shop.pods("db")
    shop.deploy(secrets={"mail": {"token": "t2"}})
    assert shop.pods("web") == web
    assert not shop.pods("db").keys() & db.keys()


def claim(shop: Shop) -> None:
    """Make the claim that the controller of StatefulSets would make."""
    (template,) = shop.get("StatefulSet", "db")["spec"]["volumeClaimTemplates"]
    resource = shop.api.resource(KINDS["PersistentVolumeClaim"])
    assert resource
    meta = {**template["metadata"], "name": "claim-data-db-0", "namespace": shop.namespace}
    obj = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta,
        "spec": template["spec"],
    }
    shop.api.apply(resource, obj, manager="controllers")


def test_removal_keeps_data_and_says_so(shop: Shop) -> None:
    shop.deploy()
    claim(shop)
    own = shop.get("Secret", "own")["data"]
    kept = remove_stack(shop.context(check=True), data=False).kept
    assert len(shop.all("Deployment")) == 1
    removal = remove_stack(shop.context(), data=False)
    assert removal.kept == kept
    assert removal.kept[0] == f"PersistentVolumeClaim {shop.namespace}/claim-data-db-0 (1Gi)"
    assert any("Secret" in line and "opens what is in the volumes" in line for line in kept)
    assert shop.all("Deployment") == shop.all("StatefulSet") == []
    assert shop.statuses() == ["1 removed"]
    shop.deploy()
    assert shop.get("Secret", "own")["data"] == own, "the password still opens the volume"
    assert shop.statuses() == ["2 deployed", "1 removed"]


def test_removal_with_data_leaves_nothing(shop: Shop) -> None:
    shop.deploy()
    claim(shop)
    assert remove_stack(shop.context(), data=True).kept == ()
    namespaces = shop.api.resource(KINDS["Namespace"])
    assert namespaces
    assert shop.api.get(namespaces, Key("", "Namespace", "", shop.namespace)) is None


def test_errors_are_landfalls_own(shop: Shop) -> None:
    with pytest.raises(LandfallError, match="has no release that runs"):
        run_job(shop.context(), "load")
