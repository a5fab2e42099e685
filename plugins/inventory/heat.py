# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin heat: the hosts of a site from the outputs of its Heat stack."""

from __future__ import annotations

DOCUMENTATION = r"""
name: heat
short_description: Hosts of a site from the outputs of its Heat stack
version_added: 0.1.0
description:
  - Hosts, groups, addresses, volumes and the jump host come from the stack that
    M(landfall.platform.heat_stack) made of P(landfall.platform.heat_template#filter).
  - SSH goes through the jump host and accepts each server's own host key alone, as
    M(landfall.platform.heat_host_keys) recorded it; nothing has to be configured for that.
  - The file's name ends in C(heat.yml) or C(heat.yaml).
author:
  - Landfall contributors (@landfall)
extends_documentation_fragment:
  - inventory_cache
options:
  plugin:
    description: The plugin's name.
    required: true
    choices: [landfall.platform.heat]
  stack:
    description: Name of the stack.
    type: str
    required: true
  cloud:
    description:
      - Name of the cloud in C(clouds.yaml); without one, the C(OS_) variables of the environment
        count.
    type: str
    default: ""
  region:
    description: Region, where it is not the one of C(clouds.yaml).
    type: str
    default: ""
  user:
    description: User that SSH logs in as, that of the image.
    type: str
    default: debian
  private_key:
    description: File with the private key, where it is neither the agent's nor the user's own.
    type: path
"""

EXAMPLES = r"""
# inventories/qa/stack.heat.yml
plugin: landfall.platform.heat
cloud: qa
stack: qa
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: state/qa/inventory
"""

from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.client import HeatClient
from ansible_collections.landfall.platform.plugins.module_utils._heat.hostkeys import METADATA
from ansible_collections.landfall.platform.plugins.module_utils._heat.hosts import Host, Hosts
from ansible_collections.landfall.platform.plugins.module_utils._heat.servers import NovaServers
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect
from ansible_collections.landfall.platform.plugins.module_utils._heat.ssh import Login, variables


class InventoryModule(BaseInventoryPlugin, Cacheable):
    """Reads one stack."""

    NAME = "landfall.platform.heat"

    def verify_file(self, path: str) -> bool:
        """Tell whether a file is meant for this plugin."""
        readable = super().verify_file(path)  # type: ignore[no-untyped-call]
        return bool(readable) and path.endswith(("heat.yml", "heat.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)  # type: ignore[no-untyped-call]
        self.load_cache_plugin()
        key = self.get_cache_key(path)
        remembered = self._option("cache")
        found = self._cache.get(key) if cache and remembered else None
        if found is None:
            try:
                found = self._ask()
            except LandfallError as error:
                raise AnsibleParserError(str(error)) from None
            if remembered and found:
                self._cache[key] = found
        self._fill(found)

    def _ask(self) -> dict[str, Any]:
        """Return the hosts with their groups and variables, as the cache keeps them.

        A stack that does not exist yet is no error: the run that makes it begins like this.
        """
        connection = connect(self._option("cloud"), self._option("region"))
        heat, name = HeatClient(connection), self._option("stack")
        stack = heat.find(name)
        if stack is None:
            missing = InvalidInputError(
                "the stack does not exist yet, so there are no hosts",
                on=f"stack {name}",
                remedy="playbooks/site.yml makes it, and goes on with its hosts",
            )
            self.display.warning(str(missing))
            return {}
        hosts = Hosts.from_outputs(name, heat.outputs(stack))
        metadata, faults = NovaServers(connection).look()
        for host in hosts.hosts:
            if host.id in faults:
                self.display.warning(str(_broken(host, faults[host.id])))
        keys = {server: str(each.get(METADATA, "")) for server, each in metadata.items()}
        login = Login(self._option("user"), self._option("private_key") or "")
        found = variables(hosts, keys, login)
        return {
            host.name: {"groups": list(host.groups), "variables": found[host.name]}
            for host in hosts.hosts
        }

    def _option(self, name: str) -> Any:
        return self.get_option(name)  # type: ignore[no-untyped-call]

    def _fill(self, found: dict[str, Any]) -> None:
        inventory: Any = self.inventory
        for name, host in found.items():
            for group in host["groups"]:
                inventory.add_group(group)
                inventory.add_host(name, group=group)
            for variable, value in host["variables"].items():
                inventory.set_variable(name, variable, value)


def _broken(host: Host, fault: str) -> LandfallError:
    return LandfallError(
        "Nova has given up a server",
        on=f"{host.name} ({host.id})",
        expected="ACTIVE",
        found=f"ERROR: {fault}",
        remedy=f"openstack server delete {host.id}, for Nova does not let go of its port otherwise;"
        f" then playbooks/site.yml -e openstack_replace={host.name}",
    )
