# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes and times as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.units import (
    human,
    moment,
    size,
)

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512", 512),
        ("512m", 512 << 20),
        ("512M", 512 << 20),
        ("10Gi", 10 << 30),
        ("20GiB", 20 << 30),
        ("20 GB", 20 << 30),
        ("1.5k", 1536),
        ("2t", 2 << 40),
        ("7b", 7),
    ],
)
def test_a_size_counts_in_1024s(text: str, expected: int) -> None:
    assert size(text, "size") == expected


@pytest.mark.parametrize("text", ["", "0", "ten", "-5m", "5 m m", "5q", "%", "0.2"])
def test_no_size(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"not a size: retention.*such as 20GiB"):
        size(text, "retention")


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB"), (3 << 40, "3.0 TiB")],
)
def test_for_people(number: int, expected: str) -> None:
    assert human(number) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("30m", NOW - timedelta(minutes=30)),
        ("90 s ago", NOW - timedelta(seconds=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d ago", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=timezone.utc)),
        ("9:05", datetime(2026, 11, 21, 9, 5, tzinfo=timezone.utc)),
        ("14:05:30", datetime(2026, 11, 21, 14, 5, 30, tzinfo=timezone.utc)),
        ("2026-11-21T14:00:00Z", NOW - timedelta(minutes=30)),
        ("2026-11-21 15:00:00+01:00", NOW - timedelta(minutes=30)),
    ],
)
def test_a_moment(text: str, expected: datetime) -> None:
    assert moment(text, NOW, "since") == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "5", "2026-13-01", "25:00", "3 x", "99999999999w"]
)
def test_no_moment(text: str) -> None:
    with pytest.raises(InvalidInputError, match="not a time: since; expected: 30m"):
        moment(text, NOW, "since")
