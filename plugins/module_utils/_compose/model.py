# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A compose project after everything is read: typed, in one form, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class Port:
    """A port of a container, and where it is published.

    Attributes:
        published: the port outside; None when it is any, or not published.
        address: the host's address that it is published on; empty for all.
        place: where it stands in the compose file.
    """

    target: int
    published: Optional[int]
    address: str
    protocol: str
    name: str
    place: str


@dataclass(frozen=True)
class Mount:
    """Something mounted at ``target``; ``kind`` is volume, bind, tmpfs, npipe, cluster or image."""

    kind: str
    source: str
    target: str
    read_only: bool
    size: str
    place: str


@dataclass(frozen=True)
class FileUse:
    """A config or secret that a service has as a file."""

    source: str
    target: str
    mode: str
    place: str


@dataclass(frozen=True)
class FileSource:
    """Where the content of a config or secret is: one of file, variable, text, or outside."""

    file: str = ""
    variable: str = ""
    content: Optional[str] = None
    external: bool = False


@dataclass(frozen=True)
class Volume:
    """A named volume."""

    external: bool = False
    driver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Health:
    """How a container is asked whether it is healthy; times in seconds.

    Attributes:
        test: the command's words; empty when asking is switched off.
        shell: ``test`` is one text for the shell.
    """

    test: tuple[str, ...]
    shell: bool
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True)
class Build:
    """How an image is built."""

    context: str
    dockerfile: str = ""
    target: str = ""
    arguments: tuple[str, ...] = ()
    inline: bool = False


@dataclass(frozen=True)
class Deploy:
    """How many there are, where, and what they get; amounts as Kubernetes writes them."""

    mode: str = "replicated"
    replicas: Optional[int] = None
    limits: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    restart: str = ""
    attempts: Optional[int] = None
    constraints: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A service of a compose project.

    Attributes:
        needs: service to the condition that it has to meet.
        links: alias to service.
        networks: network to the names that the service has there.
        raw: all fields in their long form, for what the model has no place for.
    """

    name: str
    image: str
    build: Optional[Build]
    entrypoint: Optional[tuple[str, ...]]
    command: Optional[tuple[str, ...]]
    environment: Mapping[str, str]
    ports: tuple[Port, ...]
    exposed: tuple[tuple[int, str], ...]
    mounts: tuple[Mount, ...]
    configs: tuple[FileUse, ...]
    secrets: tuple[FileUse, ...]
    needs: Mapping[str, str]
    links: Mapping[str, str]
    networks: Mapping[str, tuple[str, ...]]
    health: Optional[Health]
    deploy: Deploy
    restart: str
    user: str
    read_only: bool
    cap_add: tuple[str, ...]
    cap_drop: tuple[str, ...]
    stop_grace: Optional[int]
    labels: Mapping[str, str]
    raw: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where it stands in the compose file."""
        return f"services.{self.name}"


@dataclass(frozen=True)
class Project:
    """A whole compose project: what is started with the profiles that were asked for.

    Attributes:
        internal: networks that do not lead outside.
        credentials: values that came from variables with a secret's name.
    """

    services: Mapping[str, Service]
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    configs: Mapping[str, FileSource] = field(default_factory=dict)
    secrets: Mapping[str, FileSource] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()
