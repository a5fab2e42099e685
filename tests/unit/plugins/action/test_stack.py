# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin reads, hands on and reports, without a cluster."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.landfall.platform.plugins.action import stack
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import NotReadyError
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._release.store import ReleaseStore
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import predict

ROOT = Path(__file__).resolve().parents[4]
GUESTBOOK = {"name": "guestbook", "hosts": {"web": "guestbook.lab.test"}}
SMALL = {"name": "s", "components": {"a": {"type": "service", "image": "r.test/a:1"}}}


def run(
    stacks: list[Any],
    *,
    check: bool = False,
    diff: bool = False,
    kubeconfig: Any = "/none",
    name: str = "",
) -> dict[str, Any]:
    task: Any = SimpleNamespace(
        args={
            "kubeconfig": kubeconfig,
            "stacks": stacks,
            "directory": str(ROOT / "stacks"),
            "environment": "lab",
            "name": name,
            "gateway_address": "192.0.2.1",
        },
        check_mode=check,
        diff=diff,
        async_val=0,
        action="stack",
    )
    loader = DataLoader()
    templar = Templar(loader, variables={})
    connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    context: Any = None
    action = stack.ActionModule(task, connection, context, loader, templar, None)
    result: dict[str, Any] = action.run(task_vars={})
    return result


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A cluster that takes every stack but those whose namespace begins with ``bad``."""
    seen: list[Any] = []

    def deploy(
        api: Any, one: Any, options: Any, ask: Any, clock: Any, decided: Any, history: Any
    ) -> None:
        seen.append((one, options))
        decided(predict(one))
        if one.namespace.startswith("bad"):
            raise NotReadyError("a stack is not ready", on=one.namespace)

    monkeypatch.setattr(stack, "deploy", deploy)
    monkeypatch.setattr(KubeClient, "connect", lambda _: KubeClient(SimpleNamespace(close=int)))  # type: ignore[arg-type]
    monkeypatch.setattr(ReleaseStore, "histories", lambda _: {})
    return seen


def test_a_virgin_site_is_predicted() -> None:
    result = run([GUESTBOOK], check=True, diff=True)
    assert result["changed"] is True
    assert "create StatefulSet guestbook-lab/db" in result["changes"]
    assert "diff" in result
    (one,) = result["stacks"]
    assert one["urls"] == ["http://guestbook.lab.test/"]
    assert one["images"]["ui"].startswith("landfall.internal/guestbook-ui:")
    assert (one["name"], one["namespace"]) == ("guestbook", "guestbook-lab")


def test_no_stacks_are_fine() -> None:
    assert run([], check=True) == {"changed": False, "changes": [], "stacks": []}


def test_what_is_wrong_is_found_before_a_connection_is_made() -> None:
    result = run([{"name": "nowhere"}, {**GUESTBOOK, "hosts": {}}])
    assert result["failed"]
    assert "nowhere.yml" in result["msg"]
    assert "hosts.web" in result["msg"]
    assert result["changed"] is False


def test_without_a_cluster_nothing_is_applied() -> None:
    result = run([GUESTBOOK])
    assert "kubeconfig cannot be read" in result["msg"]


def test_stacks_are_reported_in_their_order(cluster: list[Any]) -> None:
    result = run([{"definition": SMALL}, GUESTBOOK], kubeconfig={"a": "mapping"}, check=True)
    assert [one["name"] for one in result["stacks"]] == ["s", "guestbook"]
    assert [options.check for _, options in cluster] == [True, True]
    assert "failed" not in result


@pytest.mark.parametrize(("bad", "words"), [(1, "a stack is not ready"), (2, "stacks failed (2)")])
def test_a_stack_that_fails_does_not_hold_up_the_others(
    cluster: list[Any], bad: int, words: str
) -> None:
    stacks = [{"definition": SMALL, "namespace": f"bad{number}"} for number in range(bad)]
    result = run([*stacks, GUESTBOOK])
    assert result["failed"]
    assert words in result["msg"]
    assert len(result["stacks"]) == bad + 1
    assert result["changed"] is True


def test_stacks_are_deployed_at_the_same_time(
    cluster: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)

    def deploy(api: Any, one: Any, *rest: Any) -> None:
        both.wait(60)  # fails when the other one does not come

    monkeypatch.setattr(stack, "deploy", deploy)
    assert "failed" not in run([{"definition": SMALL}, GUESTBOOK])


def test_one_stack_may_be_meant(cluster: list[Any]) -> None:
    entries = [{"definition": SMALL}, {"definition": SMALL, "environment": "qa"}, GUESTBOOK]
    assert [one["namespace"] for one in run(entries, name="s")["stacks"]] == ["s-lab", "s-qa"]
    assert [one["namespace"] for one in run(entries, name="s-qa")["stacks"]] == ["s-qa"]
    assert "did you mean guestbook" in run(entries, name="guestbok")["msg"]
