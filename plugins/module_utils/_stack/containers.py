# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that components are made of: containers, probes, directories, files, rights."""

# ruff: noqa: RUF009 (take() declares a field, and its defaults are frozen)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from .kinds import (
    ADDRESS,
    API_GROUP,
    API_RESOURCE,
    ARGUMENTS,
    CPU,
    DIGEST,
    ENVIRONMENT,
    FILE_MODE,
    FILE_PATH,
    IMAGE,
    LABEL_KEY,
    LABEL_VALUE,
    MEMORY,
    NAME,
    OBJECT_NAME,
    PORT_NAME,
    PORT_NUMBER,
    REQUEST_PATH,
    URL,
)
from .schema import Choice, Flag, ListOf, MapOf, Nested, Scalar, Whole, take


@dataclass(frozen=True)
class Port:
    """A port that a container listens on."""

    number: int = take(PORT_NUMBER)
    protocol: str = take(Choice(("TCP", "UDP")), "TCP")


PORTS = MapOf(PORT_NAME, Nested(Port, short="number"), most=100)


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
class Source:
    """All keys of a shared ``config``, or of a declared ``secret``, as variables."""

    config: Optional[str] = take(NAME, None)
    secret: Optional[str] = take(NAME, None)


@dataclass(frozen=True)
class File:
    """A file in a container: a text with references, or a secret as its whole content."""

    content: str = take(Scalar())
    mode: str = take(FILE_MODE, "0444")


@dataclass(frozen=True)
class Mount:
    """A directory or file of the component that another of its containers sees.

    Attributes:
        path: as the component has it (of scratch, volumes, content or files).
        at: where this container has it; the same path unless set.
        read_only: it can not be written there.
    """

    path: str = take(FILE_PATH)
    at: Optional[str] = take(FILE_PATH, None)
    read_only: bool = take(Flag(), False)


@dataclass(frozen=True)
class Init:
    """A container that runs to its end before the component's own starts; in the stack's order.

    Attributes:
        image: with its version, or ``${catalogue.<name>}``.
        command: replaces the image's program; ``arguments`` replace its arguments.
        environment: variables; values may hold references.
        environment_from: shared configs and secrets whose keys are all variables.
        mounts: directories and files of the component that it sees.
    """

    image: str = take(IMAGE)
    command: tuple[str, ...] = take(ARGUMENTS, ())
    arguments: tuple[str, ...] = take(ARGUMENTS, ())
    environment: Mapping[str, str] = take(ENVIRONMENT, {})
    environment_from: tuple[Source, ...] = take(ListOf(Nested(Source)), ())
    resources: Resources = take(Nested(Resources), Resources())
    security: Security = take(Nested(Security), Security())
    mounts: tuple[Mount, ...] = take(ListOf(Nested(Mount, short="path")), ())


@dataclass(frozen=True)
class Sidecar(Init):
    """A container beside the component's own, from before its start until after its end.

    Attributes:
        ports: name to number; the component's Service has them, too.
    """

    ports: Mapping[str, Port] = take(PORTS, {})
    probes: Probes = take(Nested(Probes), Probes())


@dataclass(frozen=True)
class Content:
    """A tarball that is unpacked to local disk before the container starts.

    Attributes:
        url: where it is.
        digest: of the tarball; may be left out only in development.
        path: directory that it is unpacked to.
        strip: leading steps that are dropped from the paths in the tarball.
        writable: the container may write there.
        size: the most that the directory may take.
    """

    url: str = take(URL)
    path: str = take(FILE_PATH)
    digest: Optional[str] = take(DIGEST, None)
    strip: int = take(Whole(0, 20), 0)
    writable: bool = take(Flag(), False)
    size: str = take(MEMORY, "1Gi")


CONTENT = ListOf(Nested(Content), most=16)

VERBS = (
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
)


@dataclass(frozen=True)
class Access:
    """What a component may do with the Kubernetes API in the stack's namespace.

    Attributes:
        groups: API groups; the empty text is the core group.
        names: objects that it is limited to.
    """

    resources: tuple[str, ...] = take(ListOf(API_RESOURCE, least=1))
    verbs: tuple[str, ...] = take(ListOf(Choice(VERBS), least=1))
    groups: tuple[str, ...] = take(ListOf(API_GROUP, least=1), ("",))
    names: tuple[str, ...] = take(ListOf(OBJECT_NAME), ())


@dataclass(frozen=True)
class Nodes:
    """Where pods may run: on nodes with labels, ``everywhere`` = on control planes, too."""

    selector: Mapping[str, str] = take(MapOf(LABEL_KEY, LABEL_VALUE), {})
    everywhere: bool = take(Flag(), False)


@dataclass(frozen=True)
class Publish:
    """A Service of type LoadBalancer.

    Attributes:
        address: ``own``, or ``shared`` with the site's gateway and all Services that share it.
        ports: the component's port to the external number; all with their own when empty.
    """

    address: str = take(Choice(("own", "shared")), "own")
    ports: Mapping[str, int] = take(MapOf(PORT_NAME, PORT_NUMBER), {})


@dataclass(frozen=True)
class Scale:
    """As many replicas as the load asks for, between two limits.

    Attributes:
        cpu: percent of the requested CPU that is aimed at.
    """

    least: int = take(Whole(1, 1000), name="from")
    most: int = take(Whole(1, 1000), name="to")
    cpu: int = take(Whole(1, 1000), 70)


@dataclass(frozen=True)
class Target:
    """Where something outside the cluster is.

    Attributes:
        host: host name or IP address.
        port: its port, when the component has one; the same number unless set.
        ports: the component's ports to those of the target, where they differ.
    """

    host: str = take(ADDRESS)
    port: Optional[int] = take(PORT_NUMBER, None)
    ports: Mapping[str, int] = take(MapOf(PORT_NAME, PORT_NUMBER), {})
