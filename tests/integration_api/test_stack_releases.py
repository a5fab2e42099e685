# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases against a real API server: what is recorded, failure, and the way back."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    NotReadyError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import (
    roll_back,
    scale,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import RolledBackError
from tests.support.controllers import digest_of
from tests.support.shop import KINDS, WEB_2, Shop


def test_a_release_says_what_runs_and_nothing_is_recorded_twice(shop: Shop) -> None:
    assert shop.deploy(check=True).plan
    first = shop.deploy()
    assert first.release
    assert first.release.revision == 1
    (one,) = shop.history.releases
    assert (one.status, one.ran, one.by, one.run) == ("deployed", True, "ann@desk", "42")
    image = "r.test/web:1"
    assert one.images["web"] == f"{image}@{digest_of(image)}"
    assert one.images["nightly"] == one.images["load"], "the same image has run for the job"
    again = shop.deploy()
    assert (again.plan.summary(), again.release) == ([], None)
    assert shop.deploy(check=True).plan.summary() == []
    assert shop.statuses() == ["1 deployed"]
    full = ReleaseStore(shop.api).full(one)
    secrets = [obj for obj in full.objects if obj["kind"] == "Secret"]
    assert {obj["metadata"]["name"]: obj["data"] for obj in secrets} == {
        "own": {"password": ""},
        "mail": {"token": ""},
    }
    record = shop.get("Secret", "landfall.release.1")
    assert record["type"] == "landfall.dev/release"
    values = [base64.b64decode(v) for v in shop.get("Secret", "own")["data"].values()]
    assert not any(value in str(record).encode() for value in values)


def test_a_later_release_supersedes_and_ten_are_kept(shop: Shop) -> None:
    shop.deploy()
    shop.deploy(**WEB_2)
    assert shop.statuses() == ["2 deployed", "1 superseded"]
    for number in range(3, 13):
        shop.deploy(components={"web": {"environment": {"COLOUR": f"c{number}"}}})
    assert shop.statuses() == ["12 deployed", *(f"{n} superseded" for n in range(11, 2, -1))]


def test_an_image_that_cannot_be_had_is_rolled_back_while_the_old_one_serves(shop: Shop) -> None:
    shop.deploy(rollback=True)
    before = shop.pods("web")
    shop.broken.add("r.test/web:9")
    with pytest.raises(RolledBackError, match="revision 2 failed and revision 1 was brought") as e:
        shop.deploy(rollback=True, components={"web": {"version": "9"}})
    assert "image: pod web-" in str(e.value)
    assert before.keys() <= shop.pods("web").keys()
    assert shop.get("Deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == (
        "r.test/web:1"
    )
    last = shop.history.last
    assert last
    assert shop.statuses() == ["2 rolled-back", "1 deployed"]
    assert last.cause.startswith("Deployment shop-")
    assert "r.test/web:9: not found" in last.cause
    assert shop.deploy(rollback=True).plan.summary() == [], "the inventory went back, too"


def test_what_a_failed_roll_out_did_to_secrets_is_undone(shop: Shop) -> None:
    shop.deploy(rollback=True)
    before = shop.get("Secret", "mail")
    template = shop.get("StatefulSet", "db")["spec"]["template"]
    shop.broken.add("r.test/db:9")
    with pytest.raises(RolledBackError):
        shop.deploy(
            rollback=True,
            secrets={"mail": {"token": "t1"}},
            components={"db": {"version": "9"}},
        )
    after = shop.get("Secret", "mail")
    assert after["data"] == before["data"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert shop.get("StatefulSet", "db")["spec"]["template"] == template


def test_without_rollback_a_failure_stays_and_is_gone_on_with(shop: Shop) -> None:
    shop.deploy()
    shop.broken.add("r.test/web:9")
    with pytest.raises(NotReadyError, match="cause: image"):
        shop.deploy(components={"web": {"version": "9"}})
    assert shop.statuses() == ["2 failed", "1 deployed"]
    shop.broken.clear()
    resource = shop.api.resource(KINDS["Pod"])
    assert resource
    for pod in shop.all("Pod"):  # the stand-in for kubelets does not pull again
        if pod["spec"]["containers"][0]["image"] == "r.test/web:9":
            shop.api.delete(resource, pod)
    shop.deploy(components={"web": {"version": "9"}})
    assert shop.statuses() == ["2 deployed", "1 superseded"]


def test_a_first_deployment_that_fails_is_recorded(shop: Shop) -> None:
    shop.broken.add("r.test/web:1")
    with pytest.raises(NotReadyError):
        shop.deploy(rollback=True)
    assert shop.statuses() == ["1 failed"]
    with pytest.raises(RefusedError, match="no release that runs"):
        scale(shop.context(), "web", 3)


def test_rollback_brings_back_what_ran(shop: Shop) -> None:
    shop.deploy()
    shop.deploy(**WEB_2, secrets={"mail": {"token": "t1"}})
    password = shop.get("Secret", "own")["data"]
    plan, release = roll_back(shop.context(check=True), None)
    assert "update Deployment" in "".join(plan.summary())
    assert shop.statuses() == ["2 deployed", "1 superseded"]
    plan, release = roll_back(shop.context(), None)
    assert (release.revision, release.cause) == (3, "revision 1 again")
    assert shop.statuses() == ["3 deployed", "2 rolled-back", "1 superseded"]
    assert set(shop.pods("web").values()) == {"r.test/web:1"}
    assert shop.get("Secret", "own")["data"] == password
    token = base64.b64decode(shop.get("Secret", "mail")["data"]["token"])
    assert token == b"t1", "secrets do not go back"
    with pytest.raises(RefusedError, match="no earlier release"):
        roll_back(shop.context(), None)
    with pytest.raises(RefusedError, match="it is not recorded"):
        roll_back(shop.context(), 17)
    _, release = roll_back(shop.context(), 2)
    assert set(shop.pods("web").values()) == {"r.test/web:2"}
