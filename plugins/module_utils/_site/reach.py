# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a host could not be reached, in the words of this project; from what ssh said."""

from __future__ import annotations

import re
from typing import NamedTuple

from .._core.errors import UnreachableError

_CHECK_KEY = (
    "on the host, 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' shows its key; if it is the "
    "right host, "
)


class _Kind(NamedTuple):
    """A reason, and how ssh words it."""

    pattern: str
    what: str
    expected: str
    remedy: str


# OpenSSH's messages, sshconnect.c; the first that fits counts.
_KINDS = (
    _Kind(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed",
        "the host has another SSH key than the known one",
        "the key in known_hosts",
        _CHECK_KEY + "forget the old key ('ssh-keygen{file} -R {address}') and add the new one",
    ),
    _Kind(
        r"Host key verification failed|No \S+ host key is known",
        "the host's SSH key is not known",
        "a key in known_hosts",
        _CHECK_KEY + "add it to known_hosts ('ssh-keyscan {address}')",
    ),
    _Kind(
        r"Permission denied",
        "the host refuses the login",
        "a login without a question",
        "check ansible_user and its key (ansible_ssh_private_key_file)",
    ),
    _Kind(
        r"Could not resolve hostname",
        "the host's name is not known",
        "an address",
        "correct ansible_host",
    ),
)
_SILENT = _Kind(
    "",
    "the host does not answer",
    "an SSH server",
    "start it or correct ansible_host, and run again",
)
_NOISE = re.compile(r"^(@+|@.*@|Task failed.*|\s*)$")


def explain(message: str, host: str, address: str) -> UnreachableError:
    """Return the error for a host that could not be reached.

    Args:
        message: what ssh, or Ansible in its place, said.
        host: the host's name in the inventory.
        address: where ssh looked for it.
    """
    kind = next((one for one in _KINDS if re.search(one.pattern, message)), _SILENT)
    place = re.search(r"key in (\S+):\d+", message)
    file = f" -f {place.group(1)}" if place else ""
    return UnreachableError(
        kind.what,
        on=f"host {host} ({address})",
        expected=kind.expected,
        found=_telling(message),
        remedy=kind.remedy.format(address=address, file=file),
    )


def _telling(message: str) -> str:
    """Return the line that says most: which known key does not fit, or else the last one."""
    lines = [line.strip() for line in message.splitlines() if not _NOISE.match(line)]
    offending = [line for line in lines if line.startswith("Offending")]
    return (offending or lines or [""])[-1]
