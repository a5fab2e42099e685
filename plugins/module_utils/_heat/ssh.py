# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How SSH gets to a host: its key is the only one accepted, and the jump host the way."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from .._core.errors import InvalidInputError
from .hosts import Host, Hosts

_HOST_KEY = re.compile(r"[a-z0-9-]+ [A-Za-z0-9+/]+={0,2}")
# Of the default directory of Ansible's own control sockets, which it makes.
_SOCKET = "~/.ansible/cp/jump-%C"


@dataclass(frozen=True)
class Login:
    """Who logs in; ``private_key`` is a file, empty for the agent's and the user's own keys."""

    user: str
    private_key: str = ""


def variables(hosts: Hosts, keys: Mapping[str, str], login: Login) -> dict[str, dict[str, object]]:
    """Return the variables of all hosts, by name.

    Args:
        keys: host keys by the server's id; a host without one cannot be connected to.
    """
    jump = hosts.jump_host
    found: dict[str, dict[str, object]] = {}
    for host in hosts.hosts:
        through = None if jump is None or jump.name == host.name else jump
        found[host.name] = {
            "ansible_host": host.address if through or not host.floating else host.floating,
            "node_address": host.address,
            "ansible_user": login.user,
            "ansible_ssh_common_args": shlex.join(
                [*_known(keys.get(host.id, "")), *_through(through, keys, login)]
            ),
            "landfall_server": host.id,
            "landfall_host_key": keys.get(host.id, ""),
            "landfall_volumes": {
                name: {"id": volume, "device": _device(volume)}
                for name, volume in host.volumes.items()
            },
        }
        if host.mounts:
            found[host.name]["node_volumes"] = [
                {"path": path, "device": _device(host.volumes[name])}
                for name, path in host.mounts.items()
                if name in host.volumes
            ]
        if login.private_key:
            found[host.name]["ansible_ssh_private_key_file"] = login.private_key
    return found


def _device(volume: str) -> str:
    """Return how udev names the disk of a volume: libvirt gives it 20 characters of its id."""
    return f"/dev/disk/by-id/virtio-{volume[:20]}"


def _known(key: str) -> list[str]:
    """Return the options that accept this key and no other; without a key, none at all."""
    if key and not _HOST_KEY.fullmatch(key):
        raise InvalidInputError("not an SSH host key", on="metadata of a server", found=key[:40])
    options = ["StrictHostKeyChecking=yes", "UserKnownHostsFile=/dev/null"]
    options.append("GlobalKnownHostsFile=/dev/null")
    if key:
        # %H is the name under which SSH looks for the key; no file has to be kept.
        options.append(f"KnownHostsCommand=/bin/echo %H {key}")
    return [word for option in options for word in ("-o", option)]


def _through(jump: Optional[Host], keys: Mapping[str, str], login: Login) -> list[str]:
    if jump is None:
        return []
    identity = ["-i", login.private_key] if login.private_key else []
    command = [
        "ssh",
        *_known(keys.get(jump.id, "")),
        *identity,
        *("-o", "ControlMaster=auto", "-o", "ControlPersist=300s", "-o", f"ControlPath={_SOCKET}"),
        *("-o", "BatchMode=yes", "-l", login.user),
    ]
    # SSH replaces what follows a % before the shell sees it; what is for the inner one is doubled.
    inner = shlex.join(command).replace("%", "%%")
    return ["-o", f"ProxyCommand={inner} -W '[%h]:%p' {shlex.quote(jump.floating)}"]
