# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's servers in Nova, through openstacksdk."""

from __future__ import annotations

from collections.abc import Mapping

from openstack.connection import Connection

from .session import explained


class NovaServers:
    """The servers of a connection's project."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look(self) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, str]]:
        """Return the metadata of all servers, and what went wrong with broken ones, by id."""
        with explained("Nova cannot be asked for the servers"):
            found = list(self._connection.compute.servers(details=True))
        faults = {
            str(each.id): str((each.fault or {}).get("message") or "no reason is given")
            for each in found
            if each.status == "ERROR"
        }
        return {str(each.id): dict(each.metadata or {}) for each in found}, faults

    def metadata(self) -> Mapping[str, Mapping[str, str]]:
        """Return the metadata of all servers by their ids."""
        return self.look()[0]

    def console(self, server: str) -> str:
        """Return what is on a server's console."""
        with explained("Nova does not show the console", server):
            found = self._connection.compute.get_server_console_output(server)
        return str(found.get("output") or "")

    def record(self, server: str, key: str, value: str) -> None:
        """Write one item of a server's metadata."""
        with explained("Nova does not take metadata", server):
            self._connection.compute.set_server_metadata(server, **{key: value})
