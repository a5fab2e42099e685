# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a stack against a real API server: releases, failure, the way back, daily work."""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    NotReadyError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Change, Plan
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import (
    Gvk,
    Key,
    Object,
)
from ansible_collections.landfall.platform.plugins.module_utils._release import environment
from ansible_collections.landfall.platform.plugins.module_utils._release.model import History
from ansible_collections.landfall.platform.plugins.module_utils._release.operations import (
    Context,
    refresh,
    roll_back,
    run_job,
    scale,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import (
    merged,
    promoted_by,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.recorder import Author
from ansible_collections.landfall.platform.plugins.module_utils._release.removal import remove_stack
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Deployed,
    Options,
    RolledBackError,
    deploy,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import Answer
from tests.support.controllers import Controllers, digest_of

STACK = {
    "name": "shop",
    "components": {
        "web": {
            "type": "service",
            "image": "r.test/web:1",
            "ports": {"http": 80},
            "environment": {"COLOUR": "red", "PASSWORD": "${secret.own.password}"},
        },
        "db": {
            "type": "stateful",
            "image": "r.test/db:1",
            "ports": {"sql": 3306},
            "environment": {"TOKEN": "${secret.mail.token}"},
            "volumes": {"data": {"path": "/data", "size": "1Gi"}},
        },
        "load": {"type": "job", "image": "r.test/load:1"},
        "nightly": {"type": "schedule", "image": "r.test/load:1", "schedule": "0 3 * * *"},
    },
    "secrets": {"own": {"password": "generate"}, "mail": {"token": "environment"}},
}
_NUMBERS = itertools.count()
_KINDS = {
    "Deployment": Gvk("apps", "v1", "Deployment"),
    "StatefulSet": Gvk("apps", "v1", "StatefulSet"),
    "PersistentVolumeClaim": Gvk("", "v1", "PersistentVolumeClaim"),
    "Pod": Gvk("", "v1", "Pod"),
    "Secret": Gvk("", "v1", "Secret"),
    "Service": Gvk("", "v1", "Service"),
    "Namespace": Gvk("", "v1", "Namespace"),
    "Job": Gvk("batch", "v1", "Job"),
}


class Hurried:
    """A clock on which 20 s pass in one."""

    def now(self) -> float:
        return time.monotonic() * 20

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 20)


@dataclass
class Shop:
    """One environment of the stack, with controllers at work in it."""

    api: KubeClient
    environment: str
    broken: set[str]

    @property
    def namespace(self) -> str:
        return f"shop-{self.environment}"

    @property
    def target(self) -> Target:
        return Target("shop", self.environment, self.namespace)

    def deploy(self, check: bool = False, **settings: Any) -> Deployed:
        entry = {
            "definition": STACK,
            "environment": self.environment,
            "secrets": {"mail": {"token": "t0"}},
            **settings,
        }
        (one,) = Loader(Path(), "lab", dict).all([entry])
        options = Options(timeout=400, check=check, author=Author("ann@desk", "42"))
        found: list[Deployed] = []
        deploy(self.api, one, options, lambda _: Answer(), Hurried(), found.append)
        return found[0]

    def context(self, check: bool = False) -> Context:
        decided: list[Plan[Change]] = []
        ways = Ways(timeout=400, check=check)
        author = Author("bob@desk")
        return Context(self.api, self.target, ways, Hurried(), author, decided.append)

    @property
    def history(self) -> History:
        return ReleaseStore(self.api).history(self.namespace)

    def statuses(self) -> list[str]:
        return [f"{one.revision} {one.status}" for one in self.history.releases]

    def all(self, kind: str) -> list[Object]:
        resource = self.api.resource(_KINDS[kind])
        assert resource
        return self.api.list(resource, namespace=self.namespace)

    def get(self, kind: str, name: str) -> Object:
        resource = self.api.resource(_KINDS[kind])
        assert resource
        gvk = _KINDS[kind]
        namespace = self.namespace if resource.namespaced else ""
        found = self.api.get(resource, Key(gvk.group, kind, namespace, name))
        assert found
        return found

    def pods(self, component: str) -> dict[str, str]:
        return {
            pod["metadata"]["uid"]: pod["spec"]["containers"][0]["image"]
            for pod in self.all("Pod")
            if pod["metadata"]["labels"]["app.kubernetes.io/component"] == component
        }


@pytest.fixture
def shops(api: KubeClient) -> Iterator[Callable[[], Shop]]:
    """Make environments of the stack."""
    running: list[Any] = []

    def make() -> Shop:
        shop = Shop(api, f"e{next(_NUMBERS)}", set())
        controllers = Controllers(api, shop.namespace, lambda image: image in shop.broken)
        running.append(controllers.running())
        running[-1].__enter__()
        return shop

    yield make
    for one in running:
        one.__exit__(None, None, None)


@pytest.fixture
def shop(shops: Callable[[], Shop]) -> Shop:
    return shops()


WEB_2 = {"components": {"web": {"version": "2"}}}


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
    resource = shop.api.resource(_KINDS["Pod"])
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
    with pytest.raises(InvalidInputError, match="known: load, nightly"):
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
    resource = shop.api.resource(_KINDS["PersistentVolumeClaim"])
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
    context = shop.context()
    # Nothing here finishes the deletion of a namespace.
    context = replace(context, ways=replace(context.ways, wait=False))
    assert remove_stack(context, data=True).kept == ()
    assert shop.get("Namespace", shop.namespace)["metadata"]["deletionTimestamp"]


def test_the_very_digests_go_to_another_environment(shops: Callable[[], Shop]) -> None:
    test, prod = shops(), shops()
    test.deploy(components={"web": {"version": "7"}})
    current = test.history.current
    assert current
    promotion = promoted_by(current)
    prod.deploy(**merged(STACK, {}, promotion, None).entry)
    assert set(prod.pods("web").values()) == {f"r.test/web:7@{digest_of('r.test/web:7')}"}


def test_credentials_are_for_one_environment(api: KubeClient, api_kubeconfig: Path) -> None:
    config = yaml.safe_load(api_kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    authority = api_kubeconfig.parent / cluster["certificate-authority"]
    cluster["certificate-authority-data"] = base64.b64encode(authority.read_bytes()).decode()
    targets = [Target("shop", name, f"shop-{name}") for name in ("ci1", "ci2")]
    limits = environment.Limits({"pods": "10"}, {"memory": "1Gi"}, {"cpu": "50m"})
    for target in targets:
        plan = environment.prepare(api, target, limits, Ways(), Hurried())
        assert f"create Namespace {target.namespace}" in plan.summary()
        assert not environment.prepare(api, target, limits, Ways(), Hurried())
    token, _ = api.token(targets[0].namespace, environment.ACCOUNT, 3600)
    text = environment.kubeconfig(cluster, targets[0], token)
    assert 3000 < environment.remaining(text, cluster["server"]) <= 3600
    with KubeClient.connect(yaml.safe_load(text)) as limited:
        for kind in ("Secret", "Pod", "Deployment"):
            resource = limited.resource(_KINDS[kind])
            assert resource
            assert limited.list(resource, namespace=targets[0].namespace) == []
            for elsewhere in (targets[1].namespace, "kube-system", ""):
                with pytest.raises(ApiError, match="HTTP 403"):
                    limited.list(resource, namespace=elsewhere)
    ways = Ways(wait=False)
    assert environment.remove(api, targets[0], ways, Hurried()).summary() == [
        "delete Namespace shop-ci1"
    ]
    with pytest.raises(RefusedError, match="not made on the fly"):
        environment.remove(api, Target("x", "y", "default"), ways, Hurried())


def test_errors_are_landfalls_own(shop: Shop) -> None:
    with pytest.raises(LandfallError, match="has no release that runs"):
        run_job(shop.context(), "load")
