# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of a stack: what an application consists of, without any environment in it."""

# ruff: noqa: RUF009 (take() declares a field, and its defaults are frozen)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Optional

from .schema import (
    Choice,
    Flag,
    Kind,
    ListOf,
    MapOf,
    Nested,
    Scalar,
    Tagged,
    Text,
    Whole,
    take,
)

# Lengths leave room for what Kubernetes adds: a pod of a StatefulSet carries a label with the
# name and a hash (63 characters), an owner's name has at most 40 with its prefix "stack-".
LABEL = r"[a-z]([-a-z0-9]*[a-z0-9])?"
SHORT_NAME = Text("a name of a-z, 0-9 and -, beginning with a letter, at most 24 long", LABEL, 24)
NAME = Text("a name of a-z, 0-9 and -, beginning with a letter, at most 40 long", LABEL, 40)
NAMESPACE = Text("a name of a-z, 0-9 and -, beginning with a letter, at most 34 long", LABEL, 34)
PORT_NAME = Text(
    "a port's name: a-z, 0-9 and single -, beginning with a letter, at most 15 long",
    r"[a-z](-?[a-z0-9])*",
    15,
)
SECRET_KEY = Text(
    "a key of A-Z, a-z, 0-9, - and _", r"[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?", 100
)
VARIABLE = Text("a variable's name: letters, digits and _", r"[A-Za-z_][A-Za-z0-9_]*", 200)
CPU = Text(
    "CPU such as 250m or 1.5",
    r"[1-9][0-9]{0,6}m|(?!0+(\.0+)?$)[0-9]{1,4}(\.[0-9]{1,3})?",
    numbers=True,
)
MEMORY = Text("a size such as 64Mi or 2Gi", r"[1-9][0-9]{0,9}([kMGT]|[KMGT]i)?", numbers=True)
IMAGE = Text(
    "an image such as registry.example/team/app:1.4.2, or ${catalogue.name}",
    r"\$\{catalogue\.[-a-z0-9]+\}"
    r"|([A-Za-z0-9][-A-Za-z0-9.]*(:[0-9]{1,5})?/)?"
    r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?",
    300,
)
FILE_PATH = Text(
    "an absolute path without . and .. steps",
    r"(/(?!\.\.?(/|$))[-A-Za-z0-9_.+@]+)+",
    200,
)
URL_PATH = Text(
    "a path that begins with /, without // and . or .. steps",
    r"/|(/(?!\.{1,2}(/|$))([-A-Za-z0-9._~!$&'()*+,;=:@]|%(?!2[fF])[0-9a-fA-F]{2})+)+/?",
    500,
)
REQUEST_PATH = Text("a path that begins with /", r"/[\x21-\x7e]*", 500)
ARGUMENTS = ListOf(Text("a text"))


@dataclass(frozen=True)
class Amount:
    """An amount of CPU and memory, as Kubernetes writes it."""

    cpu: Optional[str] = take(CPU, None)
    memory: Optional[str] = take(MEMORY, None)


@dataclass(frozen=True)
class Resources:
    """What a container is given at least (requests) and at most (limits)."""

    requests: Amount = take(Nested(Amount), Amount())
    limits: Amount = take(Nested(Amount), Amount())


@dataclass(frozen=True)
class Probe:
    """How to ask a container: a GET of ``http``, a ``command``, or by default a TCP connection.

    Attributes:
        port: name of the port; the component's first one by default.
        period: seconds from one question to the next.
        timeout: seconds to answer in.
        failures: how many failures in a row count; 3 for ready, 6 for live unless set.
    """

    http: Optional[str] = take(REQUEST_PATH, None)
    command: tuple[str, ...] = take(ARGUMENTS, ())
    port: Optional[str] = take(PORT_NAME, None)
    period: int = take(Whole(1, 300), 5)
    timeout: int = take(Whole(1, 300), 3)
    failures: Optional[int] = take(Whole(1, 100), None)


@dataclass(frozen=True)
class Probes:
    """When a pod takes requests (ready), when it is started anew (live), how long it may start."""

    ready: Optional[Probe] = take(Nested(Probe, short="http"), None)
    live: Optional[Probe] = take(Nested(Probe, short="http"), None)
    start_within: int = take(Whole(1, 3600), 120)


@dataclass(frozen=True)
class Stop:
    """How a pod ends: ``delay`` seconds until nobody sends to it any more, then ``grace``."""

    delay: int = take(Whole(0, 300), 5)
    grace: int = take(Whole(1, 3600), 30)


@dataclass(frozen=True)
class Security:
    """What a container may; by default what the Pod Security level ``restricted`` allows.

    Attributes:
        user: numeric user to run as; the image's own by default, which must not be root.
        group: numeric group, also of the volumes; the user's number by default.
        root: the image runs as root.
        writable: the root file system can be written.
        capabilities: kept of the container runtime's default set; all others are dropped.
    """

    user: Optional[int] = take(Whole(1, 2**31 - 1), None)
    group: Optional[int] = take(Whole(1, 2**31 - 1), None)
    root: bool = take(Flag(), False)
    writable: bool = take(Flag(), False)
    capabilities: tuple[str, ...] = take(
        ListOf(
            Choice(
                (
                    "AUDIT_WRITE",
                    "CHOWN",
                    "DAC_OVERRIDE",
                    "FOWNER",
                    "FSETID",
                    "KILL",
                    "MKNOD",
                    "NET_BIND_SERVICE",
                    "SETFCAP",
                    "SETGID",
                    "SETPCAP",
                    "SETUID",
                    "SYS_CHROOT",
                )
            )
        ),
        (),
    )


@dataclass(frozen=True)
class Scratch:
    """A directory that is empty when a pod starts and gone when it ends."""

    path: str = take(FILE_PATH)
    size: str = take(MEMORY, "256Mi")
    memory: bool = take(Flag(), False)


@dataclass(frozen=True)
class Volume:
    """A claim that outlives its pod."""

    path: str = take(FILE_PATH)
    size: str = take(MEMORY)
    storage_class: Optional[str] = take(NAME, None)


@dataclass(frozen=True)
class Component:
    """A part of a stack that runs in pods of its own.

    Attributes:
        image: with its version, ``${catalogue.<name>}``, or without a version when every
            environment sets it.
        command: replaces the image's program; ``arguments`` replace its arguments.
        ports: name to number; the first is the default one. Without ports there is no Service.
        environment: variables; values may hold references.
        uses: components that are used without being referred to in ``environment``.
        outbound: ``used`` lets it reach only what it uses (where the network enforces that).
    """

    type: ClassVar[str] = ""

    image: str = take(IMAGE)
    command: tuple[str, ...] = take(ARGUMENTS, ())
    arguments: tuple[str, ...] = take(ARGUMENTS, ())
    ports: Mapping[str, int] = take(MapOf(PORT_NAME, Whole(1, 65535)), {})
    environment: Mapping[str, str] = take(MapOf(VARIABLE, Scalar()), {})
    uses: tuple[str, ...] = take(ListOf(NAME), ())
    replicas: int = take(Whole(0, 1000), 1)
    probes: Probes = take(Nested(Probes), Probes())
    resources: Resources = take(Nested(Resources), Resources())
    scratch: tuple[Scratch, ...] = take(ListOf(Nested(Scratch, short="path")), ())
    stop: Stop = take(Nested(Stop), Stop())
    security: Security = take(Nested(Security), Security())
    outbound: str = take(Choice(("anywhere", "used")), "anywhere")


@dataclass(frozen=True)
class Service(Component):
    """A stateless part: any number of equal pods."""

    type: ClassVar[str] = "service"

    replicas: int = take(Whole(0, 1000), 2)


@dataclass(frozen=True)
class Stateful(Component):
    """A part whose pods have names and claims of their own."""

    type: ClassVar[str] = "stateful"

    volumes: Mapping[str, Volume] = take(MapOf(SHORT_NAME, Nested(Volume)), {})


TYPES: Mapping[str, type[Component]] = {model.type: model for model in (Service, Stateful)}


def members_name(component: str) -> str:
    """Return the name of the headless Service of a stateful component."""
    return f"{component}-members"


@dataclass(frozen=True)
class Route:
    """Where requests go: a component's port, its first one by default."""

    component: str = take(NAME)
    port: Optional[str] = take(PORT_NAME, None)


@dataclass(frozen=True)
class Exposure:
    """Paths on host names that the environment sets; the longest path that fits counts."""

    paths: Mapping[str, Route] = take(
        MapOf(URL_PATH, Nested(Route, short="component"), least=1, most=16)
    )


@dataclass(frozen=True)
class Check:
    """A request through the gateway that shows that the stack serves.

    Attributes:
        expose: the exposure whose first host name is asked; needed when there are several.
        contains: a text that the answer holds.
        within: seconds until it must succeed after the roll-out.
    """

    path: str = take(REQUEST_PATH, "/")
    expose: Optional[str] = take(NAME, None)
    scheme: str = take(Choice(("http", "https")), "http")
    status: int = take(Whole(100, 599), 200)
    contains: str = take(Text(), "")
    within: int = take(Whole(1, 3600), 60)


@dataclass(frozen=True)
class SecretKey:
    """Where a secret value comes from: generated once in the cluster, or the environment."""

    source: str = take(Choice(("generate", "environment")), "generate")
    length: int = take(Whole(16, 256), 32)


SECRETS: Kind = MapOf(NAME, MapOf(SECRET_KEY, Nested(SecretKey, short="source"), least=1))


@dataclass(frozen=True)
class Stack:
    """An application: its components, what is public, its secrets, and how to tell it serves."""

    name: str = take(SHORT_NAME)
    components: Mapping[str, Component] = take(MapOf(NAME, Tagged(TYPES), least=1))
    description: str = take(Text(), "")
    expose: Mapping[str, Exposure] = take(MapOf(NAME, Nested(Exposure)), {})
    secrets: Mapping[str, Mapping[str, SecretKey]] = take(SECRETS, {})
    checks: tuple[Check, ...] = take(ListOf(Nested(Check)), ())
