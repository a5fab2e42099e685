# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Jobs are waited for, and what is said of those that have not ended."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    NotReadyError,
    ProblemsError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.cause import cause
from ansible_collections.landfall.platform.plugins.module_utils._kube.jobs import (
    GRACE_S,
    has_begun,
    has_tried,
    is_unharmed,
    own_limit,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import key_of
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import (
    StillRunningError,
    Waiter,
    only_running,
    why,
)

from .fake import FakeApi, FakeClock

LIMIT_S = 60.0
WORKING = {"active": 1, "ready": 1}
STARTING = {"active": 1}
RETRYING = {"active": 1, "failed": 2}
DONE = {"conditions": [{"type": "Complete", "status": "True"}]}
FAILED = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}


def job(name: str = "j", seconds: int | None = None, **status: Any) -> dict[str, Any]:
    limit = {"activeDeadlineSeconds": seconds} if seconds else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "n", "uid": name, "labels": {"l": "1"}},
        "spec": {"selector": {"matchLabels": {"job": name}}, **limit},
        "status": status,
    }


def pod(name: str = "j", field: str = "containerStatuses", **state: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-1", "namespace": "n", "labels": {"job": name}},
        "status": {field: [{"name": "c", "image": "r/x:1", "state": state}]},
    }


PULLING = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}


def deployment(available: int) -> dict[str, Any]:
    status = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": available}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n", "uid": "d", "labels": {"l": "1"}},
        "spec": {"selector": {"matchLabels": {"app": "d"}}, "replicas": 1},
        "status": status,
    }


@pytest.mark.parametrize(
    ("seconds", "limit"), [(None, 0), (1, 1 + GRACE_S), (3600, 3600 + GRACE_S)]
)
def test_a_job_says_how_long_it_may_take(seconds: int | None, limit: float) -> None:
    assert own_limit(job(seconds=seconds)) == limit


@pytest.mark.parametrize(
    ("status", "tried", "unharmed"),
    [
        ({}, False, True),
        (STARTING, False, True),
        (WORKING, True, True),
        (RETRYING, True, False),
        ({"succeeded": 1}, True, True),
    ],
)
def test_what_the_status_shows(status: Any, tried: bool, unharmed: bool) -> None:
    assert has_tried(job(**status)) == tried
    assert is_unharmed(job(**status)) == unharmed


@pytest.mark.parametrize(
    ("pods", "begun"),
    [
        ([], False),
        ([pod(**PULLING)], False),
        ([pod(running={})], True),
        ([pod(field="initContainerStatuses", running={})], True),
        ([pod(field="initContainerStatuses", terminated={"exitCode": 0})], True),
        ([{"status": None}], False),
    ],
)
def test_what_pods_show(pods: Any, begun: bool) -> None:
    assert has_begun(pods) == begun


def waited(api: FakeApi, *objects: dict[str, Any]) -> float:
    clock = FakeClock()
    Waiter(api, "l=1", LIMIT_S, clock).ready({key_of(obj): obj for obj in objects})
    return clock.time


def given_up(api: FakeApi, *objects: dict[str, Any]) -> tuple[float, LandfallError]:
    clock = FakeClock()
    with pytest.raises((NotReadyError, ProblemsError)) as caught:
        Waiter(api, "l=1", LIMIT_S, clock).ready({key_of(obj): obj for obj in objects})
    assert isinstance(caught.value, LandfallError)
    return clock.time, caught.value


def states(many: int, *last: Any, first: Any = WORKING) -> list[Any]:
    """Return a status that is seen many times, and those that come after it."""
    return [first] * many + list(last)


# A look each 2 s: after 60 of them 120 s have passed.
@pytest.mark.parametrize("first", [WORKING, RETRYING])
def test_a_job_may_take_as_long_as_it_says_itself(first: Any) -> None:
    api = FakeApi(job(seconds=600))
    api.status = {"j": states(60, DONE, first=first)}
    assert waited(api, job(seconds=600, **first)) > LIMIT_S


def test_a_job_that_prepares_itself_has_begun() -> None:
    api = FakeApi(job(seconds=600), pod(field="initContainerStatuses", running={}))
    api.status = {"j": states(60, DONE, first=STARTING)}
    assert waited(api, job(seconds=600, **STARTING)) > LIMIT_S


@pytest.mark.parametrize("pods", [[], [pod(waiting={"reason": "ContainerCreating"})]])
def test_a_job_that_has_not_begun_has_the_limit_of_all(pods: Any) -> None:
    api = FakeApi(job(seconds=600), *pods)
    api.status = {"j": [STARTING]}
    seconds, error = given_up(api, job(seconds=600, **STARTING))
    assert LIMIT_S <= seconds < LIMIT_S + 5
    assert "not ready after" in str(error)
    assert not only_running(error)


def test_a_job_that_fails_is_not_waited_for() -> None:
    api = FakeApi(job(seconds=600))
    api.status = {"j": states(60, FAILED)}
    seconds, error = given_up(api, job(seconds=600, **WORKING))
    assert LIMIT_S < seconds < 200
    assert "an object failed: Job n/j" in str(error)
    assert not only_running(error)


@pytest.mark.parametrize("seconds", [None, 100])
def test_a_job_that_goes_on_beyond_its_limit_is_no_failure(seconds: int | None) -> None:
    api = FakeApi(job(seconds=seconds))
    api.status = {"j": [WORKING]}
    passed, error = given_up(api, job(seconds=seconds, **WORKING))
    limit = max(LIMIT_S, own_limit(job(seconds=seconds)))
    assert limit <= passed < limit + 5
    assert isinstance(error, StillRunningError)
    assert only_running(error)
    assert why(error) == "Job n/j: still running: 0 of 1 completions, 1 pods active, 0 failed"
    assert "nothing of it failed, and it goes on" in str(error)


def test_a_job_without_a_limit_that_has_failed_before_is_late() -> None:
    api = FakeApi(job())
    api.status = {"j": [RETRYING]}
    _, error = given_up(api, job(**RETRYING))
    assert not only_running(error)


def test_jobs_that_go_on_are_waited_for_together() -> None:
    api = FakeApi(job("a"), job("b", 300))
    api.status = {"a": [WORKING], "b": states(100, DONE)}
    seconds, error = given_up(api, job("a", **WORKING), job("b", 300, **WORKING))
    assert seconds > 150, "it is not given up before the other has ended"
    assert why(error).startswith("Job n/a")
    assert only_running(error)
    api.status = {"a": [WORKING], "b": [WORKING]}
    _, error = given_up(api, job("a", **WORKING), job("b", 300, **WORKING))
    assert isinstance(error, ProblemsError)
    assert only_running(error)


@pytest.mark.parametrize("first", [WORKING, RETRYING])
def test_what_is_to_blame_is_said_first(first: Any) -> None:
    api = FakeApi(job(seconds=600), deployment(0))
    api.status = {"j": [first]}
    seconds, error = given_up(api, job(seconds=600, **first), deployment(0))
    assert LIMIT_S <= seconds < LIMIT_S + 5, "what a job takes does not give others time"
    assert why(error).startswith("Deployment n/d")
    assert not only_running(error)


def test_an_image_that_a_job_does_not_get_ends_the_wait() -> None:
    api = FakeApi(job(seconds=600), pod(**PULLING))
    api.status = {"j": [STARTING]}
    seconds, error = given_up(api, job(seconds=600, **STARTING))
    assert 20 <= seconds < LIMIT_S
    assert why(error).startswith("Job n/j: image: pod j-1")


def test_a_job_that_began_and_got_stuck_does_not_run() -> None:
    first = pod(field="initContainerStatuses", terminated={"exitCode": 0})
    first["status"] |= pod(**PULLING)["status"]
    api = FakeApi(job(), first, deployment(0))
    api.status = {"j": [STARTING]}
    _, error = given_up(api, job(**STARTING), deployment(0))
    assert "still running" not in str(error)


def test_how_often_a_job_is_tried_again_it_says_itself() -> None:
    crashed = {"terminated": {"exitCode": 3}}
    one = pod(**crashed)
    one["status"]["containerStatuses"][0] |= {"restartCount": 9}
    found = cause(job(), [one])
    assert found
    assert (found.kind, found.patience) == ("crash", None)


class Silent(FakeApi):
    def list(self, resource: Any, **options: Any) -> Any:
        if resource.gvk.kind == "Pod":
            raise UnreachableError("away")
        return super().list(resource, **options)


def test_pods_that_cannot_be_read_are_no_reason_to_wait() -> None:
    api = Silent(job(seconds=600))
    api.status = {"j": [STARTING]}
    seconds, _ = given_up(api, job(seconds=600, **STARTING))
    assert seconds < LIMIT_S + 5


@pytest.mark.parametrize(
    "error",
    [InvalidInputError("x"), ProblemsError("x", []), ProblemsError("x", [LandfallError("y")])],
)
def test_other_errors_are_failures(error: LandfallError) -> None:
    assert not only_running(error)
