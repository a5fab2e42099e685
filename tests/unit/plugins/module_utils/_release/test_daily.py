# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers set by hand, jobs run by hand, and pods that hold up a way back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Key
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Scaled
from ansible_collections.landfall.platform.plugins.module_utils._release.refresh import annotated
from ansible_collections.landfall.platform.plugins.module_utils._release.rollback import blocking
from ansible_collections.landfall.platform.plugins.module_utils._release.run import job_of
from ansible_collections.landfall.platform.plugins.module_utils._release.scaling import (
    held,
    scaled_change,
    set_by_hand,
)

WEB = Key("apps", "Deployment", "n", "web")


@pytest.mark.parametrize(
    ("declared", "holds"),
    [({"web": 2}, True), ({"web": 3}, False), ({}, False), ({"other": 2}, False)],
)
def test_a_number_holds_until_the_inventory_says_another(
    declared: dict[str, int], holds: bool
) -> None:
    assert held({"web": Scaled(5, 2)}, declared) == ({"web": Scaled(5, 2)} if holds else {})


@pytest.mark.parametrize(
    ("before", "replicas", "after"),
    [
        ({}, 4, {"web": Scaled(4, 2)}),
        ({}, 2, {}),
        ({"web": Scaled(4, 3)}, 5, {"web": Scaled(5, 3)}),
        ({"web": Scaled(4, 3)}, 3, {}),
        ({"db": Scaled(4, 3)}, 1, {"db": Scaled(4, 3), "web": Scaled(1, 2)}),
    ],
)
def test_what_is_remembered(before: Any, replicas: int, after: Any) -> None:
    assert set_by_hand(before, "web", replicas, 2) == after


def test_nothing_is_scaled_to_what_it_is() -> None:
    assert not scaled_change(WEB, 2, 2, remembered=False)
    assert scaled_change(WEB, 2, 2, remembered=True).summary() == ["scale Deployment n/web"]
    (change,) = scaled_change(WEB, 2, 4, remembered=True)
    assert (change.before, change.after) == ("replicas: 2\n", "replicas: 4\n")


def test_a_mark_on_the_template_is_all_that_refreshes() -> None:
    live = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 3}}
    mark = annotated({**live, "metadata": {"name": "web", "namespace": "n", "uid": "1"}}, "now")
    assert mark["metadata"] == {"name": "web", "namespace": "n"}
    notes = {"landfall.dev/refreshed": "now"}
    assert mark["spec"] == {"template": {"metadata": {"annotations": notes}}}


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_a_job_runs_under_another_name(kind: str) -> None:
    spec: dict[str, Any] = {"template": {"spec": {}}, "backoffLimit": 2}
    obj = {
        "kind": kind,
        "metadata": {"name": "load-1", "namespace": "n", "labels": {"a": "b"}},
        "spec": spec if kind == "Job" else {"jobTemplate": {"spec": spec}, "suspend": True},
    }
    job = job_of(obj, "load", "2026-01-31T12:00:05Z")
    assert job["metadata"]["name"] == "load-run-20260131120005"
    assert job["metadata"]["labels"] == {"a": "b", "landfall.dev/run": "20260131120005"}
    assert job["spec"] == {**spec, "ttlSecondsAfterFinished": 86400}
    assert "ttlSecondsAfterFinished" not in spec


def pod(name: str, revision: str, ready: str = "False") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {"controller-revision-hash": revision}},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ({"currentRevision": "a", "updateRevision": "b"}, ["broken"]),
        ({"currentRevision": "a", "updateRevision": "a"}, []),
        ({}, []),
    ],
)
def test_broken_pods_of_the_failed_revision_are_in_the_way(status: Any, names: list[str]) -> None:
    pods = [pod("broken", "b"), pod("serves", "b", "True"), pod("slow", "a")]
    assert [p["metadata"]["name"] for p in blocking({"status": status}, pods)] == names
