# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and groups."""

from __future__ import annotations

import os

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.accounts import (
    Accounts,
    user_command,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Group, User


@pytest.fixture
def accounts(machine):
    return Accounts(machine, machine, machine)


def test_names_and_numbers(accounts):
    assert accounts.user_name(os.getuid()) == "root"
    assert accounts.user_name(54321) == "54321"
    assert accounts.group_name(54321) == "54321"
    assert accounts.user_id("12") == 12
    assert accounts.group_id("12") == 12
    assert accounts.user_id("root") == os.getuid()
    with pytest.raises(InvalidInputError, match="declare it in users"):
        accounts.user_id("none")
    with pytest.raises(InvalidInputError, match="declare it in groups"):
        accounts.group_id("none")


def test_a_group_is_created_once(machine, accounts):
    accounts.add_group(Group("a", system=True))
    accounts.add_group(Group("a", system=True))
    accounts.add_group(Group("b", system=False))
    assert machine.log == ["groupadd --system a", "groupadd b"]


def test_a_user_joins_the_group_of_its_name(machine, accounts):
    accounts.add_group(Group("a", system=False))
    accounts.put_user(User("a", True, None, None, None))
    assert machine.log[-1] == "useradd --no-create-home --system --gid a a"
    accounts.put_user(User("a", True, None, "/h", "/bin/sh"))
    assert machine.log[-1] == "usermod --home /h --shell /bin/sh a"
    assert accounts.user("a").home == "/h"
    assert accounts.user("none") is None


def test_commands():
    user = User("a", system=False, group="g", home="/h", shell=None)
    assert user_command(user, "g", exists=False) == [
        "useradd", "--no-create-home", "--gid", "g", "--home-dir", "/h", "a",
    ]  # fmt: skip
