# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of a stack: what an application consists of, without any environment in it."""

# ruff: noqa: RUF009 (take() declares a field, and its defaults are frozen)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Optional

from .containers import (
    CONTENT,
    PORTS,
    Access,
    Content,
    File,
    Init,
    Nodes,
    Port,
    Probes,
    Publish,
    Resources,
    Scale,
    Scratch,
    Security,
    Sidecar,
    Source,
    Stop,
    Target,
    Volume,
)
from .kinds import (
    ARGUMENTS,
    CHART,
    CONFIGS,
    ENVIRONMENT,
    FILE_PATH,
    IMAGE,
    NAME,
    PORT_NAME,
    RELATIVE_PATH,
    REPLICAS,
    REPOSITORY,
    REQUEST_PATH,
    SCHEDULE,
    SECRET_FIELD,
    SECRET_KEY,
    SECRET_PATH,
    SHORT_NAME,
    TAG,
    TIME_ZONE,
    URL_PATH,
)
from .schema import Choice, Flag, Free, Kind, ListOf, MapOf, Nested, Tagged, Text, Whole, take


@dataclass(frozen=True, kw_only=True)
class Component:
    """A part of a stack.

    Attributes:
        uses: components that are used without being referred to.
    """

    type: ClassVar[str] = ""

    uses: tuple[str, ...] = take(ListOf(NAME), ())


@dataclass(frozen=True, kw_only=True)
class Pods(Component):
    """A part that runs in pods of its own.

    Attributes:
        image: with its version, ``${catalogue.<name>}``, or without a version when every
            environment sets it.
        command: replaces the image's program; ``arguments`` replace its arguments.
        environment: variables; values may hold references.
        environment_from: shared configs and secrets whose keys are all variables.
        files: path in the container to its content.
        sidecars: containers beside the component's own.
        init: containers that run before, one after another.
        content: tarballs that are unpacked to local disk before.
        access: rights with the Kubernetes API; none unless declared.
        nodes: where pods may run.
        outbound: ``used`` lets it reach only what it uses (where the network enforces that).
    """

    image: str = take(IMAGE)
    command: tuple[str, ...] = take(ARGUMENTS, ())
    arguments: tuple[str, ...] = take(ARGUMENTS, ())
    environment: Mapping[str, str] = take(ENVIRONMENT, {})
    environment_from: tuple[Source, ...] = take(ListOf(Nested(Source)), ())
    files: Mapping[str, File] = take(MapOf(FILE_PATH, Nested(File, short="content")), {})
    sidecars: Mapping[str, Sidecar] = take(MapOf(SHORT_NAME, Nested(Sidecar), most=16), {})
    init: Mapping[str, Init] = take(MapOf(SHORT_NAME, Nested(Init), most=16), {})
    content: tuple[Content, ...] = take(CONTENT, ())
    resources: Resources = take(Nested(Resources), Resources())
    scratch: tuple[Scratch, ...] = take(ListOf(Nested(Scratch, short="path")), ())
    stop: Stop = take(Nested(Stop), Stop())
    security: Security = take(Nested(Security), Security())
    access: tuple[Access, ...] = take(ListOf(Nested(Access)), ())
    nodes: Nodes = take(Nested(Nodes), Nodes())
    outbound: str = take(Choice(("anywhere", "used")), "anywhere")


@dataclass(frozen=True, kw_only=True)
class Running(Pods):
    """A part whose pods stay, and may be asked.

    Attributes:
        ports: name to number; the first is the default one. Without ports there is no Service.
        probes: when a pod takes requests, and when it is started anew.
        publish: an external address.
    """

    ports: Mapping[str, Port] = take(PORTS, {})
    probes: Probes = take(Nested(Probes), Probes())
    publish: Optional[Publish] = take(Nested(Publish), None)


@dataclass(frozen=True, kw_only=True)
class Service(Running):
    """A stateless part: any number of equal pods.

    Attributes:
        scale: the load decides the number of pods; ``replicas`` is then not applied.
    """

    type: ClassVar[str] = "service"

    replicas: int = take(REPLICAS, 2)
    scale: Optional[Scale] = take(Nested(Scale), None)


@dataclass(frozen=True, kw_only=True)
class Stateful(Running):
    """A part whose pods have names and claims of their own.

    Attributes:
        start: ``ordered`` one after another, or ``parallel``.
    """

    type: ClassVar[str] = "stateful"

    replicas: int = take(REPLICAS, 1)
    volumes: Mapping[str, Volume] = take(MapOf(SHORT_NAME, Nested(Volume)), {})
    start: str = take(Choice(("ordered", "parallel")), "ordered")


@dataclass(frozen=True, kw_only=True)
class Daemon(Running):
    """A part with one pod on each node."""

    type: ClassVar[str] = "daemon"


@dataclass(frozen=True, kw_only=True)
class Task(Pods):
    """A part whose pods run to their end.

    Attributes:
        retries: how often it is tried again.
        limit: seconds that it may take, with all retries.
    """

    retries: int = take(Whole(0, 1000), 4)
    limit: int = take(Whole(1, 10**7), 3600)


@dataclass(frozen=True, kw_only=True)
class Job(Task):
    """A part that runs once, and again when its image or configuration changes."""

    type: ClassVar[str] = "job"


@dataclass(frozen=True, kw_only=True)
class Schedule(Task):
    """A part that runs again and again.

    Attributes:
        schedule: when, as cron writes it.
        overlap: what happens when the run before still goes on.
        suspended: it is not run for now.
    """

    type: ClassVar[str] = "schedule"

    schedule: str = take(SCHEDULE)
    time_zone: str = take(TIME_ZONE, "Etc/UTC")
    overlap: str = take(Choice(("forbid", "allow", "replace")), "forbid")
    suspended: bool = take(Flag(), False)


@dataclass(frozen=True, kw_only=True)
class External(Component):
    """Something outside the cluster, by a name inside.

    Attributes:
        ports: name to number inside; the first is the default one.
        target: where it is; an environment's settings may say it.
        proxy: through pods that know whether it answers; false: straight, needs an IP address.
        replicas: pods of the proxy.
        wait: the proxy is ready only when the target accepts connections.
    """

    type: ClassVar[str] = "external"

    ports: Mapping[str, Port] = take(MapOf(PORT_NAME, Nested(Port, short="number"), least=1))
    target: Optional[Target] = take(Nested(Target), None)
    proxy: bool = take(Flag(), True)
    replicas: int = take(REPLICAS, 2)
    wait: bool = take(Flag(), True)
    resources: Resources = take(Nested(Resources), Resources())


@dataclass(frozen=True, kw_only=True)
class Helm(Component):
    """A Helm chart; what it renders is applied like everything else of the stack.

    Attributes:
        chart: name in the repository, ``oci://…``, or a directory below the stack's file.
        values: mapping of the chart's values; texts may hold references.
        hooks: ``refuse`` a chart with hooks, ``skip`` them, or ``apply`` them as ordinary objects.
    """

    type: ClassVar[str] = "helm"

    chart: str = take(CHART)
    repository: Optional[str] = take(REPOSITORY, None)
    version: Optional[str] = take(TAG, None)
    values: Mapping[str, Any] = take(Free(), {})
    hooks: str = take(Choice(("refuse", "skip", "apply")), "refuse")


@dataclass(frozen=True, kw_only=True)
class Manifests(Component):
    """Files with Kubernetes objects."""

    type: ClassVar[str] = "manifests"

    files: tuple[str, ...] = take(ListOf(RELATIVE_PATH, least=1))


@dataclass(frozen=True, kw_only=True)
class Kustomize(Component):
    """A directory that ``kubectl kustomize`` renders."""

    type: ClassVar[str] = "kustomize"

    directory: str = take(RELATIVE_PATH)


Foreign = (Helm, Manifests, Kustomize)

TYPES: Mapping[str, type[Component]] = {
    model.type: model
    for model in (Service, Stateful, Job, Schedule, Daemon, External, Helm, Manifests, Kustomize)
}


def ports_of(component: Component) -> dict[str, Port]:
    """Return all ports of a component, those of its sidecars after its own."""
    if isinstance(component, External):
        return dict(component.ports)
    if not isinstance(component, Running):
        return {}
    found = dict(component.ports)
    for sidecar in component.sidecars.values():
        found |= sidecar.ports
    return found


def published(component: Component) -> dict[str, int]:
    """Return the ports that a component publishes: name to external number."""
    publish = component.publish if isinstance(component, Running) else None
    if publish is None:
        return {}
    return dict(publish.ports) or {n: port.number for n, port in ports_of(component).items()}


def members_name(component: str) -> str:
    """Return the name of the headless Service of a stateful component."""
    return f"{component}-members"


def public_name(component: str) -> str:
    """Return the name of the Service that gives a component an external address."""
    return f"{component}-public"


def redirect_name(exposure: str) -> str:
    """Return the name of the route that sends users of HTTP to HTTPS."""
    return f"{exposure}-redirect"


def files_name(component: str) -> str:
    """Return the name of the ConfigMap that holds a component's files."""
    return f"{component}-files"


def fetcher_name(number: int) -> str:
    """Return the name of the container that fetches one of a component's tarballs."""
    return f"content-{number}"


@dataclass(frozen=True)
class Route:
    """Where requests go: a component's port, its first one by default."""

    component: str = take(NAME)
    port: Optional[str] = take(PORT_NAME, None)


@dataclass(frozen=True)
class Exposure:
    """Paths on host names that the environment sets; the longest path that fits counts.

    Attributes:
        https: ``both`` HTTP and HTTPS, ``only`` HTTPS, or ``redirect`` from HTTP to HTTPS.
    """

    paths: Mapping[str, Route] = take(
        MapOf(URL_PATH, Nested(Route, short="component"), least=1, most=16)
    )
    https: str = take(Choice(("both", "only", "redirect")), "both")


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
    """Where a secret value comes from: generated once in the cluster, the environment, or Vault.

    Attributes:
        source: what makes it; of no meaning with ``vault``.
        length: of a generated value.
        vault: path of a secret in HashiCorp Vault.
        key: field of that secret; the same as here unless set.
    """

    source: str = take(Choice(("generate", "environment")), "generate")
    length: int = take(Whole(16, 256), 32)
    vault: Optional[str] = take(SECRET_PATH, None)
    key: Optional[str] = take(SECRET_FIELD, None)


SECRETS: Kind = MapOf(NAME, MapOf(SECRET_KEY, Nested(SecretKey, short="source"), least=1))


@dataclass(frozen=True)
class Stack:
    """An application: its components, what is public, its secrets, and how to tell it serves.

    Attributes:
        configs: shared configuration: name to keys and their texts, which may hold references.
        expose: paths on the shared gateway.
        secrets: secret to key to where its value comes from.
        checks: requests that show that the stack serves.
    """

    name: str = take(SHORT_NAME)
    components: Mapping[str, Component] = take(MapOf(NAME, Tagged(TYPES), least=1))
    description: str = take(Text(), "")
    configs: Mapping[str, Mapping[str, str]] = take(CONFIGS, {})
    expose: Mapping[str, Exposure] = take(MapOf(NAME, Nested(Exposure)), {})
    secrets: Mapping[str, Mapping[str, SecretKey]] = take(SECRETS, {})
    checks: tuple[Check, ...] = take(ListOf(Nested(Check)), ())
