# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of keepalived (2.2 and 2.3): which gateway holds the site's addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .model import Pair

# The first of the gateways starts with this priority, each next one with one less.
PRIORITY = 150
# A script and not track_process: that needs the kernel's process events, which containers lack.
# As root: the configuration test of Debian 12 (2.2.7) ends itself when it has another user.
_CHECK = (
    "vrrp_script haproxy {",
    '    script "/usr/bin/pgrep -x haproxy"',
    "    user root",
    "    interval 1",
    "    timeout 2",
    "    fall 2",
    "    rise 2",
    "}",
)


def render(pair: Pair) -> str:
    """Return the text of ``keepalived.conf`` for one gateway."""
    lines = [
        "# Written by Landfall (role gateway); changes are overwritten.",
        "global_defs {",
        f"    router_id {pair.name}",
        "    enable_script_security",
        "}",
        "",
        *(_shared(pair) if len(pair.gateways) > 1 else _alone(pair)),
    ]
    return "\n".join(lines) + "\n"


def _alone(pair: Pair) -> list[str]:
    """There is nobody to share with, so the addresses are simply there."""
    return ["static_ipaddress {", *(f"    {each}" for each in _held(pair, pair.pool)), "}"]


def _shared(pair: Pair) -> list[str]:
    """No gateway starts as the master, and none takes the address from a working one.

    So a gateway that comes back does not disturb anybody (``nopreempt``).
    """
    position = [server.name for server in pair.gateways].index(pair.name)
    own = pair.gateways[position].address
    peers = [server.address for server in pair.gateways if server.name != pair.name]
    return [
        *_CHECK,
        "",
        "vrrp_instance landfall {",
        "    state BACKUP",
        f"    interface {pair.interface}",
        f"    virtual_router_id {pair.router_id}",
        f"    priority {PRIORITY - position}",
        "    advert_int 1",
        "    nopreempt",
        f"    unicast_src_ip {own}",
        "    unicast_peer {",
        *(f"        {peer}" for peer in peers),
        "    }",
        "    authentication {",
        "        auth_type PASS",
        f"        auth_pass {pair.password}",
        "    }",
        "    virtual_ipaddress {",
        *(f"        {each}" for each in _held(pair, (pair.virtual_address,))),
        "    }",
        *_excluded(pair),
        "    track_script {",
        "        haproxy",
        "    }",
        "    # Switches and neighbours that missed the first announcement hear another one.",
        "    garp_master_delay 1",
        "    garp_master_refresh 30",
        "}",
    ]


def _excluded(pair: Pair) -> list[str]:
    """They go with the virtual address, but an announcement has room for twenty addresses only."""
    if not pair.pool:
        return []
    held = (f"        {each}" for each in _held(pair, pair.pool))
    return ["    virtual_ipaddress_excluded {", *held, "    }"]


def _held(pair: Pair, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        yield f"{address}/{128 if ':' in address else 32} dev {pair.interface}"
