# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that take longer than a roll-out, against a real API server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import NotReadyError
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import (
    StillRunningError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import RolledBackError
from tests.support.shop import STACK, Hurried, Shop

LIMIT_S = 60
LOAD_2: dict[str, Any] = {"rollback": True, "components": {"load": {"version": "2"}}}


@pytest.fixture
def slow(shops: Callable[..., Shop]) -> Shop:
    """The stack, deployed, whose next job does not end by itself."""
    components: dict[str, Any] = dict(STACK["components"])
    components["load"] = {**components["load"], "limit": 3 * LIMIT_S}
    shop = shops(stack={**STACK, "components": components}, timeout=LIMIT_S)
    shop.deploy(rollback=True)
    shop.busy.add("r.test/load:2")
    return shop


class Ending(Hurried):
    """A clock that lets jobs end when so many seconds have passed."""

    def __init__(self, shop: Shop, seconds: float) -> None:
        self._shop = shop
        self._end = self.now() + seconds

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.now() > self._end:
            self._shop.busy.clear()


def test_a_job_has_the_time_that_it_says_itself(slow: Shop) -> None:
    before = slow.pods("web")
    slow.deploy(clock=Ending(slow, 2 * LIMIT_S), **LOAD_2)
    assert slow.statuses() == ["2 deployed", "1 superseded"]
    assert slow.pods("web") == before
    assert slow.deploy(**LOAD_2).plan.summary() == []


def test_a_job_that_goes_on_is_neither_a_success_nor_a_failure(slow: Shop) -> None:
    with pytest.raises(StillRunningError, match="a job is still running after"):
        slow.deploy(**LOAD_2)
    assert slow.statuses() == ["2 pending", "1 deployed"]
    assert "r.test/load:2" in slow.pods("load").values(), "it was not removed"
    last = slow.history.last
    assert last
    assert "still running: 0 of 1 completions" in last.cause
    slow.busy.clear()
    assert slow.deploy(**LOAD_2).plan.summary() == [f"record release 2 of {slow.namespace}"]
    assert slow.statuses() == ["2 deployed", "1 superseded"]


def test_a_job_that_does_not_begin_is_undone(slow: Shop) -> None:
    slow.broken.add("r.test/load:2")
    with pytest.raises(RolledBackError, match="image: pod load-"):
        slow.deploy(**LOAD_2)
    assert slow.statuses() == ["2 rolled-back", "1 deployed"]


def test_others_have_no_more_time_because_of_a_job(slow: Shop) -> None:
    slow.broken.add("r.test/web:9")
    components = {**LOAD_2["components"], "web": {"version": "9"}}
    with pytest.raises(NotReadyError, match="revision 1 was brought back"):
        slow.deploy(rollback=True, components=components)
    last = slow.history.last
    assert last
    assert last.cause.startswith("Deployment shop-"), "the job is not to blame"
