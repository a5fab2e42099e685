# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory may say about metrics."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.landfall.platform.plugins.filter.monitoring_settings import FilterModule
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._monitoring.settings import (
    RESOURCES,
    Settings,
    problem,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import site_rules
from ansible_collections.landfall.platform.plugins.module_utils._site.argspec import Specs
from ansible_collections.landfall.platform.plugins.module_utils._site.inventory import Inventory
from tests.support.monitoring import EVERYTHING


def test_nothing_said() -> None:
    found = Settings.from_params({"storage": None, "retention": {"days": None}})
    assert found == Settings.from_params({})
    assert (found.replicas, found.storage, found.storage_class) == (1, "10Gi", "")
    assert (found.days, found.size) == (15, 8 << 30)
    assert found.resources == RESOURCES
    assert found.alertmanagers == found.remote_write == found.rules == ()


def test_everything_said() -> None:
    found = Settings.from_params(EVERYTHING)
    assert (found.replicas, found.storage_class, found.days) == (2, "fast", 90)
    assert found.size == 80 << 30
    assert found.alertmanagers == (
        {
            "scheme": "https",
            "path_prefix": "/prefix",
            "static_configs": [{"targets": ["alerts.example.com"]}],
            "basic_auth": {"username": "u", "password": "p"},
        },
    )
    assert found.remote_write == ({"url": "https://metrics.example.com/api/v1/write"},)
    assert found.rules[0]["name"] == "shop"


def test_an_address_with_a_port() -> None:
    (found,) = Settings.from_params(
        {"alertmanagers": [{"url": "http://[fd00::9]:9093"}]}
    ).alertmanagers
    assert (found["static_configs"], found["path_prefix"]) == (
        [{"targets": ["[fd00::9]:9093"]}],
        "/",
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"replicas": 0}, "not a usable number: landfall_monitoring.replicas; expected: 1 or more"),
        ({"replicas": "two"}, "landfall_monitoring.replicas; expected: 1 or more; found: two"),
        ({"storage": "big"}, "not a size: landfall_monitoring.storage"),
        ({"retention": 15}, "not a dictionary: landfall_monitoring.retention"),
        ({"retention": {"days": -1}}, "landfall_monitoring.retention.days; expected: 1 or more"),
        ({"resources": "much"}, "not a dictionary: landfall_monitoring.resources"),
        ({"alertmanagers": "here"}, "landfall_monitoring.alertmanagers; expected: a list, each"),
        ({"alertmanagers": [{"host": "a"}]}, "each with its url; found: one without url"),
        (
            {"alertmanagers": [{"url": "alerts:9093"}]},
            "not a usable address: landfall_monitoring.al",
        ),
        ({"remote_write": [{"url": "ftp://a/b"}]}, "landfall_monitoring.remote_write: url"),
        ({"rules": [{"alert": "A"}]}, "landfall_monitoring.rules; expected: a list, each with its"),
    ],
)
def test_what_cannot_be_meant(said: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Settings.from_params(said)
    assert message in str(caught.value)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Settings.from_params({"remote_write": [{"url": "https://u:secret@metrics.example.com/w"}]})
    assert "secret" not in str(caught.value)
    assert "basic_auth" in str(caught.value)


def test_a_problem_of_the_inventory() -> None:
    assert problem({}, 1) is None
    assert problem("yes", 1) is None, "the type is complained about elsewhere"
    assert "not a size" in str(problem({"storage": "x"}, 1))
    assert "2 at most" in str(problem({"replicas": 3}, 2))


def test_the_inventorys_check_knows_it() -> None:
    def problems(**said: Any) -> list[str]:
        specs = Specs.from_roles({"monitoring": {"main": {"options": {"landfall_monitoring": {}}}}})
        site = Inventory({"workers": ("w1",)}, {"w1": said}, specs)
        return [f"{one.variable}: {one.what}; {one.remedy}" for one in site_rules.monitoring(site)]

    assert problems() == problems(landfall_monitoring={}) == []
    assert problems(landfall_monitoring={"replicas": 2}) == [
        "landfall_monitoring.replicas: there are more replicas of Prometheus than workers; "
        "add workers, or ask for fewer"
    ]
    assert problems(landfall_monitoring={"storage": "x"})[0].startswith(
        "landfall_monitoring.storage: not a size; correct it"
    )


def test_the_filter() -> None:
    settings = FilterModule().filters()["monitoring_settings"]
    found = settings({"remote_write": [{"url": "http://a", "queue_config": {"capacity": 1}}]})
    assert found["remote_write"] == [{"url": "http://a", "queue_config": {"capacity": 1}}]
    assert (found["replicas"], found["resources"]["limits"]) == (1, {"memory": "1Gi"})
    with pytest.raises(AnsibleFilterError, match="not a size"):
        settings({"storage": "x"})
