# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments on the fly: their credentials, their limits, and their end."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    NotReadyError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Key
from ansible_collections.landfall.platform.plugins.module_utils._release import sweep
from ansible_collections.landfall.platform.plugins.module_utils._release.credentials import (
    is_for,
    kubeconfig,
    remaining,
    valid_for,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.environment import (
    EXPIRES,
    MANAGER,
    MARK,
    Limits,
    Stay,
    expiry,
    in_hours,
    objects_of,
    prepare,
    remove,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import Ways
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from tests.unit.plugins.module_utils._kube.fake import FakeApi, FakeClock

from .test_targets import SHOP

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


# expiry ------------------------------------------------------------------------------------------

NOW = 1_790_000_000.0
STAY = Stay(in_hours(8, NOW))


def made(api: FakeApi, name: str, hours: float, stack: str = "shop") -> Target:
    """Make an environment that is kept for so many hours from ``NOW``."""
    target = Target(stack, name, f"{stack}-{name}")
    prepare(api, target, Limits(), Stay(in_hours(hours, NOW)), Ways(), FakeClock())
    return target


def namespaces(api: FakeApi) -> set[str]:
    return {key.name for key in api.store if key.kind == "Namespace"}


def notes(api: FakeApi, name: str) -> Any:
    return api.store[Key("", "Namespace", "", name)]["metadata"].get("annotations")


def test_a_time_is_read_as_it_was_written() -> None:
    assert in_hours(0, 0) == "1970-01-01T00:00:00Z"
    meta = {"name": "x", "annotations": {EXPIRES: in_hours(2, NOW)}}
    assert expiry({"metadata": meta}) == NOW + 7200
    for wrong in ({}, {"annotations": None}, {"annotations": {EXPIRES: "tomorrow"}}):
        assert expiry({"metadata": wrong}) is None


@pytest.mark.parametrize("check", [True, False])
def test_environments_come_and_go(check: bool) -> None:
    api, clock, limits = FakeApi(), FakeClock(), Limits({"pods": "3"})
    ways = Ways(check=check, timeout=10)
    plan = prepare(api, SHOP[0], limits, STAY, ways, clock)
    assert plan.summary()[0] == "create Namespace shop-test"
    assert len(plan.summary()) == 5
    assert bool(api.store) == (not check)
    assert bool(remove(api, SHOP[0], ways, clock)) == (not check)
    if not check:
        prepare(api, SHOP[0], limits, STAY, ways, clock)
        again = Ways(check=True)
        assert remove(api, SHOP[0], again, clock).summary() == ["delete Namespace shop-test"]
        remove(api, SHOP[0], ways, clock)
        assert not [key for key in api.store if key.kind in {"Namespace", "ConfigMap"}]


@pytest.mark.parametrize("check", [True, False])
def test_an_environment_is_kept_longer_when_that_is_said(check: bool) -> None:
    api, clock = FakeApi(), FakeClock()
    made(api, "test", 8)
    ways = Ways(check=check)
    assert not prepare(api, SHOP[0], Limits(), Stay(in_hours(16, NOW)), ways, clock)
    plan = prepare(api, SHOP[0], Limits(), Stay(in_hours(16, NOW), renewed=True), ways, clock)
    assert plan.summary() == ["update Namespace shop-test"]
    until = in_hours(8 if check else 16, NOW)
    assert notes(api, "shop-test") == {EXPIRES: until}
    assert plan.diff()[0]["before"] == f"expires: {in_hours(8, NOW)}\n"


def test_one_that_says_nothing_gets_an_end() -> None:
    api, clock = FakeApi(), FakeClock()
    made(api, "test", 8)
    del api.store[Key("", "Namespace", "", "shop-test")]["metadata"]["annotations"]
    plan = prepare(api, SHOP[0], Limits(), STAY, Ways(), clock)
    assert plan.diff()[0]["before"] == "expires: never\n"
    assert notes(api, "shop-test") == {EXPIRES: STAY.until}


def swept(api: FakeApi, stack: str = "", **ways: Any) -> sweep.Sweep:
    found: list[sweep.Sweep] = []
    sweep.sweep(api, Ways(timeout=10, **ways), FakeClock(), NOW, found.append, stack)
    return found[0]


@pytest.mark.parametrize("check", [True, False])
def test_what_has_expired_goes_and_the_rest_stays(check: bool) -> None:
    api = FakeApi()
    for name, hours in (("old", -1), ("just", 0), ("new", 1)):
        made(api, name, hours)
    made(api, "old", -9, "page")
    before = dict(api.store)
    found = swept(api, check=check)
    assert found.plan.summary() == [
        f"delete Namespace {name}" for name in ("page-old", "shop-just", "shop-old")
    ]
    assert [one.plain() for one in found.kept] == [
        {
            "stack": "shop",
            "environment": "new",
            "namespace": "shop-new",
            "expires": in_hours(1, NOW),
        }
    ]
    if check:
        assert api.store == before
        return
    assert namespaces(api) == {"shop-new"}
    parents = {key.name for key in api.store if key.kind == "ConfigMap"}
    assert parents == {"landfall-env-shop-new"}, "what is kept about the others is gone, too"
    assert not swept(api).plan


def test_of_one_stack_alone() -> None:
    api = FakeApi()
    made(api, "old", -1)
    made(api, "old", -1, "page")
    assert [one.target.stack for one in swept(api, "page").expired] == ["page"]
    assert namespaces(api) == {"shop-old"}


def copied(**meta: Any) -> dict[str, Any]:
    """Return a namespace with the labels and the end of an environment, made by somebody else."""
    labels = {MARK: "true", "landfall.dev/stack": "s", "landfall.dev/environment": "e"}
    said = {EXPIRES: in_hours(-1, NOW)}
    body = {"name": "s-e", "labels": labels, "annotations": said, **meta}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": body}


def owned(manager: str = MANAGER, operation: str = "Apply", label: str = MARK) -> list[Any]:
    fields = {"f:metadata": {"f:labels": {f"f:{label}": {}}}}
    return [{"manager": manager, "operation": operation, "fieldsV1": fields}]


@pytest.mark.parametrize(
    ("meta", "expired", "kept"),
    [
        ({"managedFields": owned()}, True, False),
        ({}, False, False),
        ({"managedFields": owned("kubectl-client-side-apply", "Update")}, False, False),
        ({"managedFields": owned(operation="Update")}, False, False),
        ({"managedFields": owned(label="landfall.dev/stack")}, False, False),
        ({"managedFields": owned(), "labels": {MARK: "true"}}, False, False),
        ({"managedFields": owned(), "labels": {MARK: "no", "a": "b"}}, False, False),
        ({"managedFields": owned(), "deletionTimestamp": "now"}, False, False),
        ({"managedFields": owned(), "annotations": {}}, False, True),
        ({"managedFields": owned(), "annotations": {EXPIRES: "soon"}}, False, True),
    ],
)
def test_only_what_was_made_here_is_swept(meta: Any, expired: bool, kept: bool) -> None:
    found = sweep.decide([copied(**meta)], NOW)
    assert (bool(found.expired), bool(found.kept)) == (expired, kept)


def test_one_that_does_not_go_does_not_hold_up_the_others() -> None:
    api = FakeApi()
    for name in ("a", "b", "c"):
        made(api, name, -1)
    api.stay = {"shop-b"}
    with pytest.raises(NotReadyError, match="still being deleted"):
        swept(api)
    assert namespaces(api) == {"shop-b"}


def test_an_environment_that_stays_is_left_alone() -> None:
    api = FakeApi({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop-test"}})
    for act in (
        lambda: prepare(api, SHOP[0], Limits(), STAY, Ways(), FakeClock()),
        lambda: remove(api, SHOP[0], Ways(), FakeClock()),
    ):
        with pytest.raises(RefusedError, match="not made on the fly"):
            act()
    assert not swept(api).plan


@pytest.mark.parametrize(
    ("text", "namespace", "fits"),
    [
        (kubeconfig(CLUSTER, SHOP[0], "t"), "shop-test", True),
        (kubeconfig(CLUSTER, SHOP[0], "t"), "shop-prod", False),
        ("a: [", "shop-test", False),
        ("- a", "shop-test", False),
    ],
)
def test_whose_kubeconfig_it_is(text: str, namespace: str, fits: bool) -> None:
    assert is_for(text, namespace) == fits
