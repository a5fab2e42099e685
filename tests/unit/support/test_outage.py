# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A watch that sees nothing would let every fail-over pass."""

from __future__ import annotations

import time

import pytest
import urllib3

from tests.support.outage import watched


def test_the_longest_time_without_a_good_answer() -> None:
    down = False

    def question() -> bool:
        if down:
            raise urllib3.exceptions.MaxRetryError(urllib3.HTTPConnectionPool("x"), "/")
        return True

    with watched({"API": question, "never": lambda: False}) as outages:
        time.sleep(0.3)
        down = True
        time.sleep(0.6)
        down = False
        time.sleep(0.3)
    assert outages["API"].longest >= 0.6
    assert outages["API"].answers > 1
    assert outages["never"].longest >= 1.2
    assert outages["never"].answers == 0


def test_it_ends_with_an_error_that_is_no_failed_connection() -> None:
    def question() -> bool:
        raise TypeError("a mistake in the test")

    with pytest.raises(TypeError, match="a mistake"), watched({"API": question}):
        time.sleep(0.2)
