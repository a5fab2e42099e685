# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory may say about the logs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import (
    Settings,
    Snapshots,
    Watermark,
    problem,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import site_rules
from ansible_collections.landfall.platform.plugins.module_utils._site.argspec import Specs
from ansible_collections.landfall.platform.plugins.module_utils._site.inventory import Inventory


def test_nothing_said() -> None:
    found = Settings.from_params({})
    assert (found.nodes, found.storage, found.storage_class) == (1, "10Gi", "")
    assert (found.heap, found.memory) == (512 << 20, 1 << 30)
    assert (found.days, found.snapshots) == (14, Snapshots(7, "10Gi", ""))
    # A volume of 10 GiB has no room for the 20 GiB that are allowed.
    assert found.size == 8 << 30
    assert [mark.text for mark in (found.low, found.high, found.flood)] == ["80%", "85%", "88%"]


def test_everything_said() -> None:
    found = Settings.from_params(
        {
            "nodes": 3,
            "storage": "100Gi",
            "class": "fast",
            "heap": "4g",
            "retention": {"days": 30, "size": "50GiB"},
            "watermarks": {"low": "30gb", "high": "20gb", "flood": "10gb"},
            "snapshots": {"keep": 3, "storage": "200Gi", "class": "shared"},
            "router": "rsyslog",
        }
    )
    assert (found.nodes, found.storage_class, found.heap, found.days) == (3, "fast", 4 << 30, 30)
    assert found.size == 50 << 30
    assert found.high == Watermark(f"{20 << 30}b", None, 20 << 30)
    assert found.snapshots == Snapshots(3, "200Gi", "shared")


@pytest.mark.parametrize("said", [{"snapshots": {"keep": 0}}, {"nodes": 3}])
def test_no_snapshots(said: dict[str, Any]) -> None:
    assert Settings.from_params(said).snapshots is None


def test_nothing_in_a_part_is_its_default() -> None:
    found = Settings.from_params({"nodes": None, "retention": {"days": None, "size": "1GiB"}})
    assert (found.nodes, found.days, found.size) == (1, 14, 1 << 30)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"nodes": 2}, "landfall_logging.nodes; expected: 1, or 3 and more; found: 2"),
        ({"nodes": 0}, "not a usable number: landfall_logging.nodes; expected: 1 or more"),
        ({"nodes": "many"}, "not a usable number: landfall_logging.nodes"),
        ({"storage": "big"}, "not a size: landfall_logging.storage"),
        ({"heap": "10m"}, "not a usable heap: landfall_logging.heap; expected: 256m to 31g"),
        ({"heap": "64g"}, "not a usable heap"),
        ({"retention": {"days": 0}}, "landfall_logging.retention.days; expected: 1 or more"),
        ({"retention": {"size": "0"}}, "not a size: landfall_logging.retention.size"),
        ({"retention": 14}, "not a dictionary: landfall_logging.retention; expected: days, size"),
        ({"watermarks": {"low": "0%"}}, "not a share: landfall_logging.watermarks.low"),
        ({"watermarks": {"low": "120%"}}, "not a share"),
        ({"watermarks": {"low": "90%"}}, "the watermarks do not follow each other"),
        ({"watermarks": {"flood": "10gb"}}, "all shares or all sizes"),
        ({"watermarks": {"low": "1gb", "high": "2gb", "flood": "3gb"}}, "do not follow"),
        ({"snapshots": {"keep": -1}}, "landfall_logging.snapshots.keep; expected: 0 or more"),
        ({"snapshots": {"storage": "x"}}, "not a size: landfall_logging.snapshots.storage"),
    ],
)
def test_what_cannot_be_meant(said: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Settings.from_params(said)


@pytest.mark.parametrize(
    ("text", "used", "free", "passed"),
    [
        ("85%", 84.9, 0, False),
        ("85%", 85.0, 10**12, True),
        ("10gb", 99.0, 11 << 30, False),
        ("10gb", 1.0, 9 << 30, True),
    ],
)
def test_a_disk_is_fuller(text: str, used: float, free: int, passed: bool) -> None:
    assert Watermark.parse(text, "high").passed(used, free) is passed


def test_a_problem_of_the_inventory() -> None:
    assert problem({}, 1) is None
    assert problem("yes", 1) is None, "the type is complained about elsewhere"
    assert "not a usable heap" in str(problem({"heap": "1m"}, 1))
    assert "2 at most" in str(problem({"nodes": 3}, 2))
    assert problem({"nodes": 3}, 3) is None


def test_the_inventorys_check_knows_it() -> None:
    def problems(**said: Any) -> list[str]:
        specs = Specs.from_roles({"logging": {"main": {"options": {"landfall_logging": {}}}}})
        site = Inventory({"workers": ("w1",)}, {"w1": said}, specs)
        return [f"{one.variable}: {one.what}; {one.remedy}" for one in site_rules.logging(site)]

    assert problems() == problems(landfall_logging={}) == []
    assert problems(landfall_logging={"nodes": 3}) == [
        "landfall_logging.nodes: the store of the logs has more nodes than there are workers; "
        "add workers, or make the store smaller"
    ]
    assert problems(landfall_logging={"heap": "x"})[0].startswith("landfall_logging.heap: not a")
