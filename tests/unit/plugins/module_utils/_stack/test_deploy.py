# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a stack into a cluster, with an API in memory."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import NotReadyError
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import Resource
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import ApplyResult
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, Key
from ansible_collections.landfall.platform.plugins.module_utils._stack import deploy as module
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Options,
    deploy,
    predict,
    present_secrets,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import Answer

from .test_verify import Clock

GOOD = Answer(200, "Guestbook ready")


class Secrets:
    """An API that only has Secrets."""

    def __init__(self, **values: str) -> None:
        self._data = {k: base64.b64encode(v.encode()).decode() for k, v in values.items()}

    def resource(self, gvk: Gvk, *, fresh: bool = False) -> Resource | None:
        return Resource(gvk, "secrets", True)

    def get(self, resource: Resource, key: Key) -> dict[str, Any] | None:
        assert key == Key("", "Secret", "guestbook-lab", "database")
        return {"metadata": {}, "data": self._data} if self._data else None


class Nothing(Secrets):
    def resource(self, gvk: Gvk, *, fresh: bool = False) -> Resource | None:
        return None


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []

    def apply_objects(api: Any, owner: str, objects: Any, **options: Any) -> ApplyResult:
        calls.append({"owner": owner, "objects": objects, **options})
        result = ApplyResult(Plan())
        options["decided"](result)
        return result

    monkeypatch.setattr(module, "apply_objects", apply_objects)
    return calls


def secret(call: dict[str, Any]) -> dict[str, str]:
    (found,) = [obj["stringData"] for obj in call["objects"] if obj["kind"] == "Secret"]
    return dict(found)


def test_what_the_cluster_has_is_kept(guestbook: Instance, applied: list[dict[str, Any]]) -> None:
    api: Any = Secrets(password="kept")
    seen: list[ApplyResult] = []
    deploy(api, guestbook, Options(timeout=7), lambda _: GOOD, Clock(), seen.append)
    (call,) = applied
    assert call["owner"] == "stack-guestbook-lab"
    assert (call["wait"], call["timeout"], call["check"], call["force"]) == (True, 7, False, False)
    assert secret(call)["password"] == "kept"
    assert len(secret(call)["root-password"]) == 32
    assert len(seen) == 1


@pytest.mark.parametrize("options", [Options(check=True), Options(wait=False)])
def test_checks_are_for_what_was_rolled_out(
    guestbook: Instance, applied: list[dict[str, Any]], options: Options
) -> None:
    api: Any = Secrets()
    deploy(api, guestbook, options, lambda _: Answer(500), Clock(), lambda _: None)
    assert len(applied) == 1


def test_a_stack_that_does_not_serve_is_an_error(
    guestbook: Instance, applied: list[dict[str, Any]]
) -> None:
    api: Any = Secrets()
    with pytest.raises(NotReadyError, match="a check of the stack fails"):
        deploy(api, guestbook, Options(), lambda _: Answer(500), Clock(), lambda _: None)


def test_a_server_without_secrets_has_none(guestbook: Instance) -> None:
    api: Any = Nothing()
    assert present_secrets(api, guestbook) == {"database": None}


def test_a_site_without_a_cluster_is_predicted(guestbook: Instance) -> None:
    result = predict(guestbook)
    assert {one.action for one in result.plan} == {"create"}
    shown = "".join(part["after"] for part in result.plan.diff())
    assert "stringData" not in shown
    assert "root-password: " not in shown
