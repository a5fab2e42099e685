# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables: names of other services become references, secrets are referred to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .._stack.kinds import VARIABLE
from .credentials import Credentials
from .model import Service
from .secretlike import words
from .world import World, addressed, in_url

_HOST_WORDS = frozenset(
    {"addr", "address", "backend", "broker", "brokers", "endpoint", "host", "hostname", "hosts"}
    | {"server", "servers", "upstream", "uri", "url"}
)


class Graph:
    """Who uses whom; never a circle."""

    def __init__(self) -> None:
        self._edges: dict[str, dict[str, None]] = {}

    def add(self, user: str, used: str) -> bool:
        """Take an edge, and tell whether it was possible."""
        if user == used:
            return True
        if self._reaches(used, user):
            return False
        self._edges.setdefault(user, {})[used] = None
        return True

    def _reaches(self, start: str, end: str) -> bool:
        seen, open_ = {start}, [start]
        while open_:
            for one in self._edges.get(open_.pop(), ()):
                if one not in seen:
                    seen.add(one)
                    open_.append(one)
        return end in seen

    def used_by(self, user: str) -> Iterable[str]:
        """Return whom a service uses, in the order in which it was said."""
        return list(self._edges.get(user, ()))


def escaped(text: str) -> str:
    """Return a text without references."""
    return text.replace("${", "$${")


class Writer:
    """Writes the variables of one service.

    Attributes:
        referred: services that the variables refer to.
    """

    def __init__(self, world: World, service: Service, found: Credentials, graph: Graph) -> None:
        self._world = world
        self._service = service
        self._found = found
        self._graph = graph
        self._hosts = world.hosts_for(service)
        self._addressed = addressed(self._hosts)
        self._in_url = in_url(self._hosts)
        self._values = service.environment
        self.referred: set[str] = set()

    def environment(self) -> dict[str, str]:
        """Return the variables as the stack has them."""
        found = {}
        for name, value in self._values.items():
            place = f"{self._service.place}.environment.{name}"
            if not re.fullmatch(VARIABLE.pattern, name) or len(name) > VARIABLE.most:
                self._world.notes.add(
                    place,
                    f"the variable {name}",
                    "a variable's name is of letters, digits, _, - and .",
                    "give the program this setting as an argument or in a file",
                )
                continue
            made = self._found.of(self._service.name, name)
            if made:
                self._used(value)
                found[name] = made.reference
            else:
                found[name] = self._text(name, value, place)
        return found

    def _used(self, value: str) -> None:
        """Say that a secret with other services' addresses in it uses them."""
        for pattern in (self._addressed, self._in_url):
            for match in pattern.finditer(value):
                self._edge(self._hosts[match["host"]], "")

    def _edge(self, target: str, place: str) -> bool:
        possible = self._graph.add(self._service.name, target)
        if not possible:
            self._world.notes.add(
                place or self._service.place,
                f"a reference to {target} would close a circle",
                "components must not use each other in a circle; the name stays as it is",
                f"see that {target} is reached where the network enforces policies",
            )
        return possible

    def _text(self, name: str, value: str, place: str) -> str:
        text = escaped(value)
        target = self._hosts.get(value)
        if target and words(name)[-1:] and words(name)[-1] in _HOST_WORDS:
            return self._reference(target, place)
        if re.fullmatch(r"[0-9]{1,5}", value) and words(name)[-1:] == ["port"]:
            return self._port(name, int(value), text, place)
        text = self._addressed.sub(lambda match: self._pair(match, place), text)
        return self._in_url.sub(
            lambda m: m["pre"] + self._reference(self._hosts[m["host"]], place),
            text,
        )

    def _pair(self, match: re.Match[str], place: str) -> str:
        target = self._hosts[match["host"]]
        number = int(match["port"])
        port = self._world.port_of(target, number)
        if port is None and match["pre"] not in {"//", "@"}:
            return match[0]
        host = self._reference(target, place)
        if port is None or not host.startswith("$"):
            return f"{match['pre']}{host}:{match['port']}"
        return f"{match['pre']}{host}:{self._port_reference(target, port)}"

    def _port(self, name: str, number: int, text: str, place: str) -> str:
        """Return the port of the component that the variable beside it names as host."""
        stem = name[: -len("PORT")]
        for end in ("HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS"):
            target = self._hosts.get(self._values.get(stem + end, ""))
            port = self._world.port_of(target, number) if target else None
            if target and port and self._edge(target, place):
                self.referred.add(target)
                return self._port_reference(target, port)
        return text

    def _port_reference(self, target: str, port: str) -> str:
        component = self._world.names[target]
        first = next(iter(self._world.ports[target]))
        return f"${{{component}.port}}" if port == first else f"${{{component}.port.{port}}}"

    def _reference(self, target: str, place: str) -> str:
        component = self._world.names[target]
        possible = self._edge(target, place)
        if not possible or not self._world.ports[target]:
            return component
        self.referred.add(target)
        return f"${{{component}.host}}"


def mentions(texts: Iterable[str], hosts: Mapping[str, str]) -> set[str]:
    """Return the services that texts name with a port or in a URL."""
    return {
        hosts[match["host"]]
        for text in texts
        for pattern in (addressed(hosts), in_url(hosts))
        for match in pattern.finditer(text)
    }
