# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says of the cloud of its cluster, and what is missing there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._cloud.needs import (
    Login,
    choose_provider,
    lacks,
    named,
    refused,
    wanted_roles,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.settings import (
    Settings,
    problem,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import site_rules
from ansible_collections.landfall.platform.plugins.module_utils._site.argspec import Specs
from ansible_collections.landfall.platform.plugins.module_utils._site.inventory import Inventory

BOTH = frozenset({"compute", "load-balancer", "block-storage"})
LOGIN = Login("u1", frozenset({"member", "reader", "load-balancer_member", "admin"}), BOTH)


def test_nothing_needs_to_be_said() -> None:
    settings = Settings.from_params({})
    assert settings == Settings(balancers=True, volumes=True, volume_policy="Delete")
    assert problem({}, "qa") is None
    assert problem("yes", "qa") is None, "the type is complained about elsewhere"


def test_a_secret_is_not_in_what_is_printed() -> None:
    settings = Settings.from_params({"credential": {"id": "c1", "secret": "hidden"}})
    assert (settings.credential, settings.secret) == ("c1", "hidden")
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("value", "stack", "message"),
    [
        ({}, "", "expected: openstack_stack.*take landfall_cloud away"),
        ({"credential": {"id": "c1"}}, "qa", "landfall_cloud.credential.*found: id alone"),
        ({"credential": {"secret": "x"}}, "qa", "found: secret alone"),
        ({"roles": ["member", "admin"]}, "qa", "landfall_cloud.roles.*found: admin"),
    ],
)
def test_what_cannot_be_meant(value: Any, stack: str, message: str) -> None:
    error = problem(value, stack)
    assert error
    with pytest.raises(InvalidInputError, match=message):
        raise error


def test_nodes_keep_their_addresses_to_themselves() -> None:
    servers = {"workers": {"floating": True}, "operator": {"floating": True}}
    assert "openstack_servers.workers.floating" in str(problem({}, "qa", servers))
    assert problem({}, "qa", {"operator": {"floating": True}, "workers": {}}) is None


def test_the_inventorys_check_knows_it() -> None:
    def problems(**said: Any) -> list[str]:
        options = {"landfall_cloud": {}, "openstack_stack": {}}
        specs = Specs.from_roles({"cloud": {"main": {"options": options}}})
        site = Inventory({"workers": ("w1",)}, {"w1": said}, specs)
        return [f"{one.variable}: {one.what}; {one.remedy}" for one in site_rules.cloud(site)]

    assert problems() == problems(landfall_cloud={}, openstack_stack="qa") == []
    assert problems(landfall_cloud={}) == [
        "landfall_cloud: a cloud that the site is not on; take landfall_cloud away, "
        "or describe the servers with the role openstack"
    ]
    wrong = problems(landfall_cloud={"roles": ["admin"]}, openstack_stack="qa")
    assert wrong[0].endswith("correct it; docs/cloud.md says what it may be")


@pytest.mark.parametrize(
    ("settings", "roles", "wanted"),
    [
        (Settings(), {"member", "admin"}, ("member",)),
        (Settings(), {"_member_", "reader"}, ("_member_",)),
        (Settings(), {"member", "load-balancer_member"}, ("load-balancer_member", "member")),
        (Settings(balancers=False), {"member", "load-balancer_member"}, ("member",)),
        (Settings(roles=("swiftoperator", "member")), {"member"}, ("member", "swiftoperator")),
        (Settings(), {"admin"}, ()),
    ],
)
def test_the_least_roles(settings: Settings, roles: set[str], wanted: tuple[str, ...]) -> None:
    assert wanted_roles(settings, Login("u1", frozenset(roles), BOTH)) == wanted


def lacking(settings: Settings, login: Login) -> list[str]:
    return [str(error) for error in lacks(settings, login)]


def test_a_cloud_that_has_all() -> None:
    assert lacking(Settings(), LOGIN) == []


def test_all_that_is_missing_is_said_together() -> None:
    login = Login("u1", frozenset({"reader"}), frozenset({"compute"}))
    found = lacking(Settings(), login)
    assert [text.partition(":")[0] for text in found] == [
        "the cloud has no Octavia",
        "the cloud has no Cinder",
        "the login cannot give the controllers their rights",
    ]
    assert "landfall_cloud.balancers: false" in found[0]
    assert "roles that the login has in the project: reader; found: no role member" in found[2]


def test_what_is_not_wanted_need_not_be_there() -> None:
    login = Login("u1", frozenset({"reader"}), frozenset({"compute"}))
    settings = Settings(balancers=False, volumes=False, credential="c1", secret="s")
    assert lacking(settings, login) == []


def test_roles_that_the_login_does_not_have() -> None:
    assert "found: creator" in lacking(Settings(roles=("creator", "member")), LOGIN)[0]


def test_names() -> None:
    assert list(named("volume type", "volume_type", "", ["ssd"])) == []
    assert list(named("volume type", "volume_type", "ssd", ["ssd"])) == []
    (error,) = named("volume type", "volume_type", "fast", ["ssd", "disk"])
    assert str(error) == (
        "the cloud has no such volume type: landfall_cloud.volume_type; "
        "expected: disk, ssd; found: fast"
    )


@pytest.mark.parametrize(
    ("wanted", "there", "chosen"),
    [
        ("ovn", ["ovn", "amphora"], "ovn"),
        ("", ["ovn", "amphora"], "amphora"),
        ("", ["ovn"], "ovn"),
    ],
)
def test_the_provider(wanted: str, there: list[str], chosen: str) -> None:
    assert choose_provider(wanted, there) == chosen


@pytest.mark.parametrize(
    ("wanted", "there", "message"),
    [
        ("f5", ["ovn"], "no such provider of load balancers.*found: f5"),
        ("", ["ovn", "f5"], "several providers.*expected: f5, ovn; found: none is named"),
        ("", [], "several providers.*expected: at least one"),
    ],
)
def test_a_provider_that_cannot_be_chosen(wanted: str, there: list[str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        choose_provider(wanted, there)


def test_a_login_that_must_not_make_credentials() -> None:
    login = Login("u1", frozenset(), BOTH, restricted=True)
    assert "found: a restricted application credential; remedy: run it once" in str(
        refused(login, "landfall-qa")
    )
    assert "found: no right to" in str(refused(LOGIN, "landfall-qa"))
