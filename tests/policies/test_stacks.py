# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom in the project's own stacks, by tables that people wrote from their meaning."""

from __future__ import annotations

import pytest

from .conftest import World

GUESTBOOK = """
gateway -> ui api: http
api -> db: mysql
db -> db: *                               # members of one set
ui api db -> dns: dns dns-tcp
"""

TODO = """
world -> frontend backend: http           # browsers use both
backend -> db: mysql
db -> db: *
frontend backend db -> dns: dns dns-tcp
"""

PUBLISHING = """
gateway -> wordpress search-page: http
loader digest -> wordpress: http          # they write posts
wordpress install cron indexer -> database: mysql
indexer search-page -> search: http transport
search -> search: *
# nobody says where WordPress may not go
wordpress install cron -> world: *
search indexer search-page loader digest database -> dns: dns dns-tcp
"""

DATABASE = "198.51.100.30"


def publishing(world: World, target: str, prefix: str = "") -> None:
    world.stack(
        "stacks",
        "publishing",
        prefix,
        hosts={"web": "news.test"},
        secrets={"database": {"username": "u", "password": "p"}},
        components={"database": {"target": {"host": target}}},
    )


def test_guestbook(world: World) -> None:
    world.stack("stacks", "guestbook", hosts={"web": "guestbook.test"})
    world.strangers()
    world.check({"": GUESTBOOK})
    told = {"gateway": ["ui:8080", "api:8080"], "api": ["db:3306"], "db": ["db-members:3306"]}
    world.check_addresses("guestbook-lab", told)


def test_todo(world: World) -> None:
    world.stack("stacks", "todo")
    world.strangers()
    world.check({"": TODO})
    told = {"internet": ["frontend-public:80", "backend-public:80"], "backend": ["db:3306"]}
    world.check_addresses("todo-lab", told)


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        (DATABASE, "database -> database-host: 3306/TCP"),
        # A policy knows no names, so the port is open to all addresses.
        ("db.example.org", "database -> world: 3306/TCP"),
    ],
)
def test_publishing(world: World, target: str, reached: str) -> None:
    publishing(world, target)
    world.strangers()
    world.cluster.outside("database-host", DATABASE)
    world.check({"": PUBLISHING + reached})
    told = {
        "gateway": ["wordpress:8080", "search-page:8080"],
        "wordpress": ["database:3306"],
        "install": ["database:3306"],
        "cron": ["database:3306"],
        "indexer": ["database:3306", "search:9200"],
        "search": ["search-members:9300"],
        "search-page": ["search:9200"],
        "loader": ["wordpress:8080"],
        "digest": ["wordpress:8080"],
    }
    world.check_addresses("publishing-lab", told)


# What one publishes is open to those of another that may go anywhere.
BETWEEN = """
publishing/wordpress publishing/install publishing/cron -> todo/frontend todo/backend: http
"""


def test_stacks_of_one_cluster(world: World) -> None:
    world.stack("stacks", "guestbook", "guestbook/", hosts={"web": "guestbook.test"})
    world.stack("stacks", "todo", "todo/")
    publishing(world, DATABASE, "publishing/")
    world.strangers()
    world.cluster.outside("database-host", DATABASE)
    world.check(
        {
            "guestbook/": GUESTBOOK,
            "todo/": TODO,
            "publishing/": PUBLISHING + "database -> database-host: 3306/TCP",
            "": BETWEEN,
        }
    )
