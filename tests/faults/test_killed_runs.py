# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any moment and repeated ends as an undisturbed one."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from tests.support.site import Site

FULL_RUN = 100
"""Seconds of an undisturbed first run on two cores; moments are drawn from them."""


@pytest.fixture
def hosts() -> Iterator[Site]:
    """Hosts with nothing on them but SSH."""
    site = Site("inventories/lab", "test-faults", "10.85.0")
    site.play("destroy")
    site.play("lab")
    yield site
    site.play("destroy")


def test_killed_and_repeated(hosts: Site, request: pytest.FixtureRequest) -> None:
    moments = request.config.getoption("--moments")
    seed = request.config.getoption("--seed") or random.SystemRandom().randrange(10**6)
    drawn = random.Random(seed)  # noqa: S311
    for number in range(moments):
        # each run has a part of the way behind it, so the later moments come earlier in a run
        moment = drawn.uniform(5, FULL_RUN / (1 + number % 4))
        print(f"seed {seed}: killing run {number + 1} of {moments} after {moment:.1f} s")  # noqa: T201
        process = hosts.start("site")
        time.sleep(moment)
        hosts.kill(process)
    hosts.play("site")
    assert hosts.play("site").changed == {}
    answer = hosts.request("GET", f"http://guestbook.{hosts.domain}/api/entries")
    assert answer.status_code == 200
