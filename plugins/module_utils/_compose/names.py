# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for what a stack has, from those of a compose file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from .._stack.references import RESERVED

# What the stack model adds to a component's name for its further objects.
_SUFFIXES = ("-members", "-public", "-files")
_MOST, _SHORT, _PORT = 40, 24, 15
PORTS: Mapping[int, str] = {
    21: "ftp",
    22: "ssh",
    25: "smtp",
    53: "dns",
    80: "http",
    443: "https",
    465: "smtps",
    587: "submission",
    1025: "smtp",
    1883: "mqtt",
    2181: "zookeeper",
    3306: "mysql",
    4222: "nats",
    5432: "postgres",
    5672: "amqp",
    6379: "redis",
    8443: "https",
    9000: "fastcgi",
    9092: "kafka",
    9200: "http",
    11211: "memcached",
    15672: "management",
    27017: "mongodb",
}
# Ports that as good as always speak HTTP.
HTTP_PORTS = frozenset(
    {
        *(80, 81, 1337, 2368, 3000, 3001, 3002, 3030, 3333, 4000, 4200, 5000, 5001, 5173, 5601),
        *(7000, 8000, 8001, 8008, 8025, 8080, 8081, 8082, 8083, 8085, 8088, 8090, 8888),
        *(9001, 9080, 9090, 9091, 9093, 9100, 15672),
    }
)
TLS_PORTS = frozenset({443, 8443})


def plain(text: str, fallback: str, most: int = _MOST) -> str:
    """Return a name of a-z, 0-9 and -, that begins with a letter."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = name if name[:1].isalpha() else f"{fallback}-{name}".strip("-")
    return name[:most].strip("-")


def free(name: str, taken: Collection[str], most: int = _MOST) -> str:
    """Return the name, with a number when it is taken."""
    found, number = name, 2
    while found in taken:
        end = f"-{number}"
        found, number = name[: most - len(end)].rstrip("-") + end, number + 1
    return found


def component_names(services: Iterable[str]) -> dict[str, str]:
    """Return service to the name of its component."""
    found: dict[str, str] = {}
    # Those that need no other name keep theirs.
    ordered = sorted(services, key=lambda name: plain(name, "app") != name)
    for service in ordered:
        name = plain(service, "app")
        if name in RESERVED or name.endswith(_SUFFIXES):
            name = plain(f"{name[: _MOST - 4]}-app", "app")
        found[service] = free(name, found.values())
    return found


def volume_name(source: str, path: str, taken: Collection[str]) -> str:
    """Return the name of a volume in its component."""
    own = source if source and "/" not in source else path.rpartition("/")[2]
    return free(plain(own, "data", _SHORT), taken, _SHORT)


def port_name(number: int, protocol: str, given: str, taken: Collection[str]) -> str:
    """Return the name of a port; ``given`` is the one of the compose file or of the image."""
    usual = "http" if number in HTTP_PORTS else f"port-{number}"
    name = plain(given or PORTS.get(number, usual), "port", _PORT)
    if name in taken and protocol == "udp":
        name = plain(f"{name[: _PORT - 4]}-udp", "port", _PORT)
    if name in taken:
        name = plain(f"{name[:9]}-{number}", "port", _PORT)
    return free(name, taken, _PORT)
