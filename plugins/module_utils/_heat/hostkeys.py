# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers' SSH host keys: read from their consoles, recorded where only the project can write.

cloud-init prints a server's public host keys on its console when it has made them. The console is
read through Nova's API, not over the network that SSH uses. It forgets; so the key is kept in the
server's metadata, from where every controller has it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from .._core.errors import LandfallError, NotReadyError
from .._core.plan import Change, Plan
from .._kube.concurrent import each
from .._kube.wait import Clock
from .hosts import Host

METADATA = "landfall_host_key"
# A value of Nova's metadata has at most 255 characters, so keys of RSA do not fit.
TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256")
PAUSE_S = 3.0
_BLOCK = re.compile(r"BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS", re.DOTALL)
_KEY = re.compile(rf"({'|'.join(TYPES)}) (AAAA[0-9A-Za-z+/]+={{0,2}})(?=\s)")


class Servers(Protocol):
    """The project's servers in Nova."""

    def metadata(self) -> Mapping[str, Mapping[str, str]]:
        """Return the metadata of all servers by their ids."""

    def console(self, server: str) -> str:
        """Return what is on a server's console."""

    def record(self, server: str, key: str, value: str) -> None:
        """Write one item of a server's metadata."""


@dataclass(frozen=True)
class KeyChange(Change):
    """The key of a host is recorded."""

    host: str = ""


def key_on(console: str) -> str:
    """Return the host key that a console shows, empty if it shows none yet.

    Of several blocks the last counts: cloud-init prints one when it has made new keys.
    """
    blocks = _BLOCK.findall(console)
    found = dict(_KEY.findall(blocks[-1])) if blocks else {}
    return next((f"{kind} {found[kind]}" for kind in TYPES if kind in found), "")


def unknown(hosts: Collection[Host], metadata: Mapping[str, Mapping[str, str]]) -> list[Host]:
    """Return the hosts whose key is not recorded."""
    return [host for host in hosts if not metadata.get(host.id, {}).get(METADATA)]


def record_keys(
    servers: Servers, hosts: Collection[Host], *, check: bool, timeout: float, clock: Clock
) -> Plan[KeyChange]:
    """Record the keys of all hosts that have none recorded.

    Args:
        timeout: seconds that all of them have to print their keys.

    Raises:
        ProblemsError: some did not.
    """
    missing = unknown(hosts, servers.metadata())
    if check:
        return Plan(tuple(_change(host, "") for host in missing))
    deadline = clock.now() + timeout

    def find(host: Host) -> KeyChange:
        key = key_on(servers.console(host.id))
        while not key and clock.now() < deadline:
            clock.sleep(PAUSE_S)
            key = key_on(servers.console(host.id))
        if not key:
            raise _silent(host, timeout)
        servers.record(host.id, METADATA, key)
        return _change(host, key)

    return Plan(tuple(each("host keys are not known", find, missing)))


def _change(host: Host, key: str) -> KeyChange:
    return KeyChange(f"host key of {host.name}", "record", after=f"{key}\n", host=host.name)


def _silent(host: Host, timeout: float) -> LandfallError:
    return NotReadyError(
        "the console shows no SSH host key",
        on=f"{host.name} ({host.id})",
        expected=f"a key of {' or '.join(TYPES)} within {timeout:.0f} s, printed by cloud-init",
        found="none",
        remedy=f"if you know it from elsewhere: openstack server set {host.id} --property "
        f"'{METADATA}=ssh-ed25519 AAAA…'",
    )
