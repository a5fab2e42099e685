# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one environment adds to a stack, and the two together: a stack's instance."""

# ruff: noqa: RUF009 (take() declares a field, and its defaults are frozen)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from .containers import CONTENT, Content, Publish, Resources, Scale, Target
from .kinds import (
    CONFIGS,
    CPU,
    ENVIRONMENT,
    HOST_NAME,
    IMAGE,
    LABEL,
    MEMORY,
    NAME,
    NAMESPACE,
    REPLICAS,
    SCHEDULE,
    SECRET_KEY,
    SHORT_NAME,
    TAG,
)
from .model import Pods, Stack
from .schema import Flag, Free, ListOf, MapOf, Nested, Scalar, Text, Whole, take

OWNER_PREFIX = "stack-"


@dataclass(frozen=True)
class VolumeSettings:
    """Size and class of a component's claim."""

    size: Optional[str] = take(MEMORY, None)
    storage_class: Optional[str] = take(NAME, None)


@dataclass(frozen=True)
class ContainerSettings:
    """What an environment says of a sidecar or init container.

    Attributes:
        version: replaces the image's version; ``image`` replaces all of it.
        environment: variables that are added or replaced.
    """

    image: Optional[str] = take(IMAGE, None)
    version: Optional[str] = take(TAG, None)
    resources: Resources = take(Nested(Resources), Resources())
    environment: Mapping[str, str] = take(ENVIRONMENT, {})


@dataclass(frozen=True)
class ComponentSettings(ContainerSettings):
    """What an environment says of one component.

    Attributes:
        version: replaces the image's or chart's version; ``image`` replaces all of it.
        environment: variables that are added or replaced.
        containers: sidecar or init container to its settings.
        replicas: number of pods; turns off a ``scale`` that the stack declares.
        scale: the load decides the number of pods.
        storage: class of all claims that have none in ``volumes``.
        volumes: claim to its size and class.
        target: where something external is.
        schedule: when it runs.
        suspended: it is not run for now.
        content: replaces the list of tarballs.
        publish: an external address.
        values: values of a chart that are added or replaced, also inside of mappings.
    """

    containers: Mapping[str, ContainerSettings] = take(
        MapOf(SHORT_NAME, Nested(ContainerSettings)), {}
    )
    replicas: Optional[int] = take(REPLICAS, None)
    scale: Optional[Scale] = take(Nested(Scale), None)
    storage: Optional[str] = take(NAME, None)
    volumes: Mapping[str, VolumeSettings] = take(MapOf(SHORT_NAME, Nested(VolumeSettings)), {})
    target: Optional[Target] = take(Nested(Target), None)
    schedule: Optional[str] = take(SCHEDULE, None)
    suspended: Optional[bool] = take(Flag(), None)
    content: Optional[tuple[Content, ...]] = take(CONTENT, None)
    publish: Optional[Publish] = take(Nested(Publish), None)
    values: Mapping[str, Any] = take(Free(), {})


@dataclass(frozen=True)
class Quota:
    """The most that everything in the stack's namespace may ask for together."""

    cpu: Optional[str] = take(CPU, None)
    memory: Optional[str] = take(MEMORY, None)
    pods: Optional[int] = take(Whole(1, 100000), None)
    storage: Optional[str] = take(MEMORY, None)


@dataclass(frozen=True)
class Settings:
    """What an environment says of a stack.

    Attributes:
        environment: the environment's name, part of the namespace's.
        namespace: ``<stack>-<environment>`` unless set.
        development: images without a version, or with ``latest``, and content without a digest
            are allowed.
        hosts: exposure to its host names.
        components: component to its settings.
        configs: shared configuration that is added or replaced, key by key.
        secrets: secret to key to value.
        rollback: a roll-out that fails is undone.
        quota: limits of the namespace.
        cluster_objects: charts and manifests may bring objects that belong to no namespace.
    """

    environment: str = take(Text("a name of a-z, 0-9 and -", LABEL, 24))
    namespace: Optional[str] = take(NAMESPACE, None)
    development: bool = take(Flag(), False)
    hosts: Mapping[str, tuple[str, ...]] = take(
        MapOf(NAME, ListOf(HOST_NAME, single=True, most=16)), {}
    )
    components: Mapping[str, ComponentSettings] = take(MapOf(NAME, Nested(ComponentSettings)), {})
    configs: Mapping[str, Mapping[str, str]] = take(CONFIGS, {})
    secrets: Mapping[str, Mapping[str, str]] = take(
        MapOf(NAME, MapOf(SECRET_KEY, Scalar(), secret=True), secret=True), {}
    )
    rollback: bool = take(Flag(), False)
    quota: Optional[Quota] = take(Nested(Quota), None)
    cluster_objects: bool = take(Flag(), False)


@dataclass(frozen=True)
class Instance:
    """A stack in an environment: everything that its objects are computed from.

    Attributes:
        stack: with the environment's settings in it, and full image references.
        hosts: exposure to its host names, at least one each.
        secrets: the values that the environment gives.
        rollback: a roll-out that fails is undone.
        quota: limits of the namespace.
        cluster_objects: charts and manifests may bring objects that belong to no namespace.
        tools: full references of the project's images that some components need.
        rendered: component to the objects of its chart or files, as objects of the stack.
    """

    stack: Stack
    environment: str
    namespace: str
    hosts: Mapping[str, tuple[str, ...]]
    secrets: Mapping[str, Mapping[str, str]]
    rollback: bool = False
    quota: Optional[Quota] = None
    cluster_objects: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    rendered: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The owner of the instance's objects."""
        return OWNER_PREFIX + self.namespace

    @property
    def images(self) -> dict[str, str]:
        """Full image references: ``component``, and ``component/container`` of the others."""
        found = {}
        for name, component in self.stack.components.items():
            if not isinstance(component, Pods):
                continue
            found[name] = component.image
            for inner, container in {**component.init, **component.sidecars}.items():
                found[f"{name}/{inner}"] = container.image
        return found
