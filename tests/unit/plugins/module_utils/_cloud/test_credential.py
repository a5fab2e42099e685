# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application credential: had, made anew, removed; the table of what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._cloud.credential import (
    UNKNOWN,
    Credential,
    Wanted,
    ensure,
    forget,
)

WANTED = Wanted("landfall-qa", ("member",), "the secret")
RIGHT = Credential("c1", "landfall-qa", ("member",))
OTHER = Credential("c1", "landfall-qa", ("admin", "member"))


@dataclass
class Keystone:
    """Application credentials in memory."""

    there: Optional[Credential] = None
    secret: str = "the secret"
    done: list[str] = field(default_factory=list)

    def find(self, name: str) -> Optional[Credential]:
        return self.there

    def works(self, credential: str, secret: str) -> bool:
        return secret == self.secret

    def create(self, wanted: Wanted) -> Credential:
        assert self.there is None, "names are unique"
        self.there, self.secret = Credential("c2", wanted.name, wanted.roles), wanted.secret
        self.done.append("create")
        return self.there

    def remove(self, credential: Credential) -> None:
        self.there = None
        self.done.append("remove")


@pytest.mark.parametrize(
    ("keystone", "done", "summary", "identity"),
    [
        (Keystone(RIGHT), [], [], "c1"),
        (Keystone(), ["create"], ["create application credential landfall-qa"], "c2"),
        (
            Keystone(OTHER),
            ["remove", "create"],
            ["replace application credential landfall-qa"],
            "c2",
        ),
        (
            Keystone(RIGHT, secret="another"),
            ["remove", "create"],
            ["replace application credential landfall-qa"],
            "c2",
        ),
    ],
)
def test_there_is_one(
    keystone: Keystone, done: list[str], summary: list[str], identity: str
) -> None:
    predicted, unknown = ensure(keystone, WANTED, check=True)
    assert keystone.done == []
    assert unknown == ("c1" if not done else UNKNOWN)
    plan, found = ensure(keystone, WANTED, check=False)
    assert (keystone.done, plan.summary(), found) == (done, summary, identity)
    assert predicted.diff() == plan.diff()
    assert "secret" not in str(plan.diff())
    assert ensure(keystone, WANTED, check=False) == (type(plan)(), identity)


def test_there_is_none_any_more() -> None:
    keystone = Keystone(RIGHT)
    assert forget(keystone, "landfall-qa", check=True).summary() == [
        "remove application credential landfall-qa"
    ]
    assert keystone.there
    assert forget(keystone, "landfall-qa", check=False)
    assert keystone.there is None
    assert not forget(keystone, "landfall-qa", check=False)
