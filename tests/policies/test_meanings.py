# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each word of a stack opens, and what it does not; the stacks are in ``stacks/`` beside."""

from __future__ import annotations

from .conftest import World

FOLDER = "tests/policies/stacks"
HOSTS = {"web": "www.test", "tools": "tools.test"}

USES = """
by-word by-variable by-port by-file by-key by-config by-sidecar by-init -> store: data sync metrics
once nightly agent -> store: data sync metrics
store -> store: *
front -> agent: ask
# nobody says where these may not go
once free -> world: *
store by-word by-variable by-port by-file by-key by-config by-sidecar by-init -> dns: dns dns-tcp
nightly agent front alone -> dns: dns dns-tcp
"""

PUBLIC = """
gateway -> site: http
gateway -> tools: web
gateway -> legacy: http
legacy -> legacy-host: 8081/TCP
world caller -> names: query bulk
world caller -> collector: syslog syslog-tcp
caller -> world: *
site tools legacy names collector hidden shown -> dns: dns dns-tcp
"""

# What one environment publishes is open to who may go anywhere in the other.
BETWEEN = """
dev/caller -> qa/names: query bulk
dev/caller -> qa/collector: syslog syslog-tcp
qa/caller -> dev/names: query bulk
qa/caller -> dev/collector: syslog syslog-tcp
"""

OUTSIDE = """
app -> database: sql admin
app -> mail: smtp
database -> database-host: 13306/TCP 33060/TCP
mail -> world: 587/TCP                       # a name: the port is open to all addresses
logger -> logs-host: 1514/UDP
logger -> archive-host: 9000/TCP
downloader -> files-host: 8000/TCP
named-downloader -> world: 443/TCP           # a name, again
watcher -> world: 443/TCP 6443/TCP           # wherever the API server is
free -> world: *
app database mail logger downloader named-downloader watcher isolated -> dns: dns dns-tcp
"""

FOREIGN = """
chart-chart runner probe sweep -> db: sql
db -> db: *
app -> chart-chart runner probe sweep: *
# no policy limits the pods of charts and manifests
world chart-chart runner probe sweep other -> chart-chart runner probe sweep other: *
chart-chart runner probe sweep other -> world: *
db app lone -> dns: dns dns-tcp
"""


def test_every_way_to_use(world: World) -> None:
    world.stack(FOLDER, "uses")
    world.strangers()
    world.check({"": USES})
    told = {"by-variable": ["store:6000", "store:6001", "store:9100"], "front": ["agent:7000"]}
    world.check_addresses("uses-lab", told)


def test_what_is_public(world: World) -> None:
    world.stack(FOLDER, "public", hosts=HOSTS)
    world.strangers()
    world.cluster.outside("legacy-host", "198.51.100.8")
    world.check({"": PUBLIC})
    told = {
        "gateway": ["site:8080", "tools:7001", "legacy:80"],
        "internet": ["names-public:53", "collector-public:5140", "collector-public:5141"],
    }
    world.check_addresses("public-lab", told)


def test_two_environments_in_one_cluster(world: World) -> None:
    world.stack(FOLDER, "public", "dev/", environment="dev", hosts=HOSTS)
    world.stack(FOLDER, "public", "qa/", environment="qa", hosts=HOSTS)
    world.strangers()
    world.cluster.outside("legacy-host", "198.51.100.8")
    world.check({"dev/": PUBLIC, "qa/": PUBLIC, "": BETWEEN})


def test_what_is_outside(world: World) -> None:
    world.stack(FOLDER, "outside")
    world.strangers()
    for name, address in (("database", 3), ("logs", 4), ("files", 5)):
        world.cluster.outside(f"{name}-host", f"198.51.100.{address}")
    world.cluster.outside("archive-host", "fd00::6")
    world.check({"": OUTSIDE})
    told = {
        "app": ["database:3306", "database:33060", "mail:25"],
        "logger": ["logs:514", "archive:9000"],
    }
    world.check_addresses("outside-lab", told)


def test_charts_and_manifests(world: World) -> None:
    world.stack(FOLDER, "foreign")
    world.strangers()
    world.check({"": FOREIGN})
