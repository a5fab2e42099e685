# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the objects of a stack are computed from, and what its references mean."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from .._core.errors import NotReadyError
from .model import Component, Pods, Running, Stack, ports_of, published
from .references import CONFIG, EXPOSE, SECRET, STACK, Reference, resolve, whole
from .secrets import Settled
from .settings import Instance
from .uses import needed_addresses, sources, texts, used_by


@dataclass(frozen=True)
class Context:
    """An instance, its secrets, and the external addresses of its components."""

    instance: Instance
    secrets: Mapping[str, Settled] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def uses(self) -> dict[str, tuple[str, ...]]:
        """Component to those that it uses."""
        return {name: used_by(self.stack, name) for name in self.stack.components}

    @functools.cached_property
    def users(self) -> dict[str, list[str]]:
        """Component to those that use it."""
        found: dict[str, list[str]] = {name: [] for name in self.stack.components}
        for user, used in self.uses.items():
            for name in used:
                found[name].append(user)
        return found

    @property
    def stack(self) -> Stack:
        """The stack with the environment's settings in it."""
        return self.instance.stack

    def component(self, name: str) -> Component:
        """Return a component."""
        return self.stack.components[name]

    @functools.cached_property
    def configs(self) -> dict[str, dict[str, str]]:
        """The shared configuration with its references resolved."""
        return {
            name: {key: self.text(text) for key, text in config.items()}
            for name, config in self.stack.configs.items()
        }

    def text(self, text: str) -> str:
        """Return a text that is no secret with its references resolved."""
        return resolve(text, self._meaning)

    def plain(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that are no secrets, with their references resolved."""
        return {name: self.text(text) for name, text in environment.items() if not secret(text)}

    def _meaning(self, reference: Reference) -> str:
        target, attribute = reference.target, reference.attribute
        if target == STACK:
            return {
                "name": self.stack.name,
                "namespace": self.instance.namespace,
                "environment": self.instance.environment,
            }[attribute]
        if target == CONFIG:
            return self.configs[reference.words[1]][reference.words[2]]
        if target == EXPOSE:
            return self._exposure(reference.words[1], reference.words[2])
        if attribute == "host":
            return target
        if attribute == "address":
            return self._address(target)
        if attribute == "url":
            return self._url(target)
        ports = ports_of(self.component(target))
        return str(ports[attribute.partition(".")[2] or next(iter(ports))].number)

    def _exposure(self, name: str, attribute: str) -> str:
        hosts = self.instance.hosts[name]
        # Nobody can be sent to a wildcard.
        host = next((one for one in hosts if not one.startswith("*")), hosts[0])
        scheme = "http" if self.stack.expose[name].https == "both" else "https"
        return host if attribute == "host" else f"{scheme}://{host}"

    def _address(self, name: str) -> str:
        if not self.addresses.get(name):
            raise NotReadyError(
                "a component has no external address yet",
                on=f"{name} in {self.instance.namespace}",
                expected="an address of its Service of type LoadBalancer",
                remedy="see that the site gives Services of type LoadBalancer addresses",
            )
        return self.addresses[name]

    def _url(self, name: str) -> str:
        component = self.component(name)
        ports = ports_of(component)
        number = next(
            number for port, number in published(component).items() if ports[port].protocol == "TCP"
        )
        address = self._address(name)
        host = f"[{address}]" if ":" in address else address
        return f"http://{host}" + ("" if number == 80 else f":{number}")

    # configuration that replaces pods when it changes -------------------------------------------

    def used_secrets(self, component: Pods) -> list[str]:
        """Return the names of the secrets that a component's pods use."""
        found = {place[0] for _, text in texts(component) if (place := secret(text))}
        found |= {source.secret for _, source in sources(component) if source.secret}
        return sorted(found)

    def used_configs(self, component: Pods) -> list[str]:
        """Return the names of the shared configs that a component's pods take all keys of."""
        return sorted({source.config for _, source in sources(component) if source.config})


def secret(text: str) -> Optional[tuple[str, str]]:
    """Return the name of the Secret and its key when a text is one, None otherwise."""
    reference = whole(text)
    if reference and reference.target == SECRET:
        return reference.words[1], reference.words[2]
    return None


def predicted_addresses(stack: Stack, known: Mapping[str, str]) -> dict[str, str]:
    """Return the known addresses, and placeholders for those that only a real run will know."""
    needed = {name: f"address-of-{name}.invalid" for name in needed_addresses(stack)}
    return {**needed, **known}


def has_traffic(component: Component) -> bool:
    """Tell whether somebody may send requests to a component's pods."""
    return isinstance(component, Running) and bool(ports_of(component))
