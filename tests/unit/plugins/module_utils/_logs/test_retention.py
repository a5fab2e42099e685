# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of old records: what is there, and what is done."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._logs.retention import (
    Index,
    Policy,
    State,
    Stream,
    plan,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import (
    Settings,
    Watermark,
)

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=timezone.utc)
MIB = 1 << 20
HIGH = Watermark.parse("85%", "high")
POLICY = Policy(timedelta(days=14), 1000 * MIB, HIGH)


def stream(name: str, *parts: tuple[float, int, int], blocked: bool = False) -> Stream:
    """Return a stream; of each index the age in days, the number of records and the size in MiB."""
    return Stream(
        f"logs-lab-{name}",
        tuple(
            Index(f"{name}-{number}", NOW - timedelta(days=age), records, size * MIB, blocked)
            for number, (age, records, size) in enumerate(parts, 1)
        ),
    )


def steps(*streams: Stream, policy: Policy = POLICY, **rest: object) -> list[str]:
    state = State(streams, **rest)  # type: ignore[arg-type]
    return [f"{step}: {step.after}" for step in plan(policy, state, NOW)]


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([], []),
        # young and small: nothing
        ([stream("a", (0.5, 9, 1))], []),
        # nothing in it: it may get as old as it likes, for a while
        ([stream("a", (13, 0, 0))], []),
        # a seventh of the time, or a tenth of the size
        ([stream("a", (1.9, 9, 1))], []),
        ([stream("a", (2, 9, 1))], ["roll over stream logs-lab-a: since 2026-11-19"]),
        ([stream("a", (0.1, 9, 100))], ["roll over stream logs-lab-a: 100.0 MiB"]),
        # the last record of the first came no later than the second was made
        ([stream("a", (30, 9, 1), (13.9, 9, 1), (1, 9, 1))], []),
        (
            [stream("a", (30, 9, 1), (14, 9, 1), (1, 9, 1))],
            ["delete index a-1: older than 14 days"],
        ),
        (
            [stream("a", (40, 9, 1), (30, 9, 1), (20, 0, 0)), stream("b", (1, 9, 1))],
            ["delete index a-1: older than 14 days", "delete index a-2: older than 14 days"],
        ),
        # what nobody writes to any more goes as a whole
        ([stream("a", (14, 0, 0))], ["delete stream logs-lab-a: empty for 14 days"]),
    ],
)
def test_age(streams: list[Stream], expected: list[str]) -> None:
    assert steps(*streams) == expected


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([stream("a", (3, 9, 900), (1, 9, 99))], []),
        # the biggest stream loses its oldest, until there is room
        (
            [
                stream("loud", (3, 9, 400), (2, 9, 300), (1, 9, 99)),
                stream("quiet", (9, 9, 200), (1, 9, 50)),
            ],
            ["delete index loud-1: more than 1000.0 MiB"],
        ),
        (
            [
                stream("a", (4, 9, 600), (3, 9, 500), (1, 9, 10)),
                stream("b", (3, 9, 600), (1, 9, 10)),
            ],
            [
                "delete index a-1: more than 1000.0 MiB",
                "delete index b-1: more than 1000.0 MiB",
            ],
        ),
        # what is too old counts no more
        (
            [stream("a", (40, 9, 600), (20, 9, 600), (1, 9, 10))],
            ["delete index a-1: older than 14 days"],
        ),
        # only what is written to is left: it can go when it is written to no more
        (
            [stream("a", (1, 9, 99)), *(stream(f"b{n}", (1, 9, 91)) for n in range(10))],
            ["roll over stream logs-lab-a: more than 1000.0 MiB"],
        ),
        # files that have no records are not got rid of in this way
        ([stream("a", (1, 0, 1100))], []),
    ],
)
def test_size(streams: list[Stream], expected: list[str]) -> None:
    assert steps(*streams) == expected


def test_one_that_is_too_big_and_all_there_is_gets_a_new_index_once() -> None:
    assert steps(stream("a", (1, 9, 1100))) == ["roll over stream logs-lab-a: more than 1000.0 MiB"]


@pytest.mark.parametrize(
    ("disks", "expected"),
    [
        ([(20.0, 10**12)], ["unblock index a-1: the disk has room again"]),
        ([(84.0, 10**12), (85.0, 10**12)], []),
        ([], ["unblock index a-1: the disk has room again"]),
    ],
)
def test_a_block_goes_when_every_disk_has_room(
    disks: list[tuple[float, int]], expected: list[str]
) -> None:
    assert steps(stream("a", (1, 9, 1), blocked=True), disks=tuple(disks)) == expected


WITH_SNAPSHOTS = Policy(timedelta(days=14), 1000 * MIB, HIGH, snapshots=2)


@pytest.mark.parametrize(
    ("has", "expected"),
    [
        ({}, ["make snapshot logs-2026.11.21: of the day"]),
        ({"logs-2026.11.21": "SUCCESS"}, []),
        (
            {"logs-2026.11.19": "SUCCESS", "logs-2026.11.20": "SUCCESS"},
            ["make snapshot logs-2026.11.21: of the day"],
        ),
        (
            {
                "logs-2026.11.19": "SUCCESS",
                "logs-2026.11.20": "SUCCESS",
                "logs-2026.11.21": "SUCCESS",
            },
            ["delete snapshot logs-2026.11.19: more than 2"],
        ),
        # one that is not complete is made anew, in the next round
        ({"logs-2026.11.21": "PARTIAL"}, ["delete snapshot logs-2026.11.21: not complete"]),
        (
            {"logs-2026.11.20": "FAILED"},
            [
                "delete snapshot logs-2026.11.20: not complete",
                "make snapshot logs-2026.11.21: of the day",
            ],
        ),
        # somebody else's are left alone
        (
            {"before-upgrade": "SUCCESS", "other": "FAILED", "logs-2026.11.21": "SUCCESS"},
            [],
        ),
        # nothing else happens while one is made
        ({"logs-2026.11.21": "IN_PROGRESS", "logs-2026.11.20": "FAILED"}, []),
        ({"other": "IN_PROGRESS"}, []),
    ],
)
def test_snapshots(has: dict[str, str], expected: list[str]) -> None:
    young = stream("a", (1, 9, 1))
    assert steps(young, policy=WITH_SNAPSHOTS, snapshots=has) == expected


def test_no_snapshot_of_nothing() -> None:
    assert steps(policy=WITH_SNAPSHOTS, snapshots={}) == []
    assert steps(stream("a", (1, 9, 1)), policy=POLICY, snapshots={}) == []


def test_while_a_snapshot_is_made_nothing_is_deleted() -> None:
    old = stream("a", (40, 9, 1), (20, 9, 1), (2, 9, 1))
    found = steps(old, policy=WITH_SNAPSHOTS, snapshots={"x": "IN_PROGRESS"})
    assert found == ["roll over stream logs-lab-a: since 2026-11-19"]


def test_requests() -> None:
    state = State((stream("a", (40, 9, 1), (20, 9, 1), blocked=True),), {})
    found = plan(WITH_SNAPSHOTS, state, NOW)
    assert [(step.method, step.path, step.body) for step in found] == [
        ("PUT", "/a-1/_settings", {"index.blocks.read_only_allow_delete": None}),
        ("PUT", "/a-2/_settings", {"index.blocks.read_only_allow_delete": None}),
        ("POST", "/logs-lab-a/_rollover", None),
        ("DELETE", "/a-1", None),
        (
            "PUT",
            "/_snapshot/landfall/logs-2026.11.21?wait_for_completion=false",
            {"indices": "logs-*", "include_global_state": False},
        ),
    ]


@pytest.mark.parametrize(
    ("days", "size", "age", "part"),
    [
        (14, "1GiB", timedelta(days=2), (1 << 30) // 10),
        (3, "10MiB", timedelta(days=1), 32 << 20),
        (365, "500GiB", timedelta(days=365) / 7, 5 << 30),
    ],
)
def test_parts_of_a_stream(days: int, size: str, age: timedelta, part: int) -> None:
    said = {"storage": "1000Gi", "retention": {"days": days, "size": size}}
    policy = Policy.of(Settings.from_params(said))
    assert (policy.part_age, policy.part_size, policy.snapshots) == (age, part, 7)
    assert Policy.of(Settings.from_params({"snapshots": {"keep": 0}})).snapshots == 0
