# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock: tables of answers, and a machine of several runs that never hold it together."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import lock

ME = lock.Holder("ann", "laptop", "m1", "b1", "pid:[1]", 100, "5000")
OTHER = lock.Holder("bob", "ci", "m2", "b2", "pid:[2]", 7, "1")


def record(holder: lock.Holder = OTHER, expires: float = 2000.0) -> lock.Record:
    return lock.Record(holder, "site.yml", 1000.0, expires)


@pytest.mark.parametrize(
    ("present", "take_over", "verdict"),
    [
        (None, "", lock.ACQUIRED),
        (record(ME), "", lock.RENEWED),
        (record(ME, expires=1.0), "", lock.RENEWED),
        (record(), "", lock.HELD),
        (record(), "somebody-else", lock.HELD),
        (record(), OTHER.run_id, lock.TAKEN_OVER),
        (record(expires=1500.0), "", lock.TAKEN_OVER),
    ],
)
def test_acquire(present: Optional[lock.Record], take_over: str, verdict: str) -> None:
    decision = lock.acquire(present, lock.Request(ME, "x", 60.0, take_over), 1500.0)
    assert decision.verdict == verdict
    assert decision.record is not None
    assert (decision.record.holder == ME) == (verdict != lock.HELD)
    assert decision.previous == (present if verdict == lock.TAKEN_OVER else None)


def test_renewing_keeps_since_and_purpose() -> None:
    decision = lock.acquire(record(ME), lock.Request(ME, "other.yml", 60.0), 1500.0)
    assert decision.record == lock.Record(ME, "site.yml", 1000.0, 1560.0)


@pytest.mark.parametrize(
    ("present", "verdict"),
    [(None, lock.FREE), (record(ME), lock.RELEASED), (record(), lock.HELD)],
)
def test_release(present: Optional[lock.Record], verdict: str) -> None:
    decision = lock.release(present, lock.Request(ME))
    assert decision.verdict == verdict
    assert decision.record == (present if verdict == lock.HELD else None)


def holder(**changed: Any) -> lock.Holder:
    return lock.Holder(**{**vars(ME), **changed})


@pytest.mark.parametrize(
    ("seen", "processes", "reason"),
    [
        (holder(), {100: "5000"}, ""),
        (holder(pid=99), {}, "its process 99 has ended"),
        (holder(pid=99), {99: "6000"}, "its process 99 has ended"),
        (holder(pid=0), {}, ""),
        (holder(pid=99, namespace="pid:[9]"), {}, ""),  # another container on the same kernel
        (holder(boot_id="b0"), {}, "its machine has restarted since"),
        (holder(boot_id="b0", host="clone"), {}, ""),
        (holder(boot_id="b0", machine_id=""), {}, ""),
        (holder(boot_id=""), {}, ""),
        (OTHER, {}, ""),
    ],
)
def test_ended(seen: lock.Holder, processes: dict[int, str], reason: str) -> None:
    assert lock.ended(seen, ME, lambda pid: processes.get(pid, "")) == reason


def test_text_and_back() -> None:
    assert lock.parse(lock.dump(record()), "f") == record()
    assert lock.parse(lock.dump(None), "f") is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"holder": 1}', '{"holder": {"pid": "x"}}'])
def test_a_damaged_record_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInputError, match="lock cannot be read"):
        lock.parse(text, "/lock")


def test_description_says_who_for_what_and_until_when() -> None:
    text = lock.describe(record())
    assert text == (
        "bob@ci (process 7) for site.yml, since 1970-01-01 00:16:40 UTC, "
        "until 1970-01-01 00:33:20 UTC if not renewed"
    )
    assert "for a run" in lock.describe(lock.Record(OTHER, "", 0, 1))


class Runs(RuleBasedStateMachine):
    """Runs of one controller start, work, die and give back the lock; time goes by."""

    LIFETIME = 10.0

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.record: Optional[lock.Record] = None
        self.alive: dict[int, str] = {}
        self.working: dict[int, float] = {}
        self.next = 1

    def run_of(self, pid: int) -> lock.Holder:
        return holder(pid=pid, started=str(pid))

    @rule()
    def start(self) -> None:
        self.alive[self.next] = str(self.next)
        self.next += 1

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        pid = data.draw(st.sampled_from(sorted(self.alive)))
        me = self.run_of(pid)
        request = lock.Request(me, "x", self.LIFETIME)
        decision = lock.acquire(self.record, request, self.now)
        if decision.verdict == lock.HELD:
            assert decision.record is not None
            seen = decision.record.holder
            if lock.ended(seen, me, lambda process: self.alive.get(process, "")):
                request = lock.Request(me, "x", self.LIFETIME, seen.run_id)
                decision = lock.acquire(self.record, request, self.now)
        if decision.verdict == lock.HELD:
            assert decision.record == self.record
            return
        assert decision.record is not None
        self.record = decision.record
        self.working[pid] = self.now + self.LIFETIME

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        pid = data.draw(st.sampled_from(sorted(self.alive)))
        self.record = lock.release(self.record, lock.Request(self.run_of(pid))).record
        self.working.pop(pid, None)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        pid = data.draw(st.sampled_from(sorted(self.alive)))
        del self.alive[pid]
        self.working.pop(pid, None)

    @rule(seconds=st.floats(0.5, 20.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def never_two(self) -> None:
        assert len([end for end in self.working.values() if end > self.now]) <= 1

    @invariant()
    def never_stuck(self) -> None:
        if not self.alive:
            me = self.run_of(self.next)
            decision = lock.acquire(self.record, lock.Request(me), self.now)
            if decision.verdict == lock.HELD:
                assert decision.record is not None
                assert lock.ended(decision.record.holder, me, lambda _pid: "")


TestRuns = Runs.TestCase
