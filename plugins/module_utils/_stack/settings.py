# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one environment adds to a stack, and the two together: a stack's instance."""

# ruff: noqa: RUF009 (take() declares a field, and its defaults are frozen)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Optional

from .._core.errors import ProblemsError
from .model import (
    IMAGE,
    LABEL,
    MEMORY,
    NAME,
    NAMESPACE,
    SECRET_KEY,
    SHORT_NAME,
    VARIABLE,
    Amount,
    Component,
    Resources,
    Stack,
    Stateful,
    Volume,
)
from .references import Reference, parse
from .schema import Flag, ListOf, MapOf, Nested, Problems, Scalar, Text, Whole, nearest, take
from .validate import check_stack

HOST_NAME = Text(
    "a host name such as www.example.org",
    r"(\*\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+",
    253,
)
TAG = Text("a version such as '1.4.2', in quotes", r"[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}")
OWNER_PREFIX = "stack-"


@dataclass(frozen=True)
class VolumeSettings:
    """Size and class of a component's claim."""

    size: Optional[str] = take(MEMORY, None)
    storage_class: Optional[str] = take(NAME, None)


@dataclass(frozen=True)
class ComponentSettings:
    """What an environment says of one component.

    Attributes:
        version: replaces the image's version; ``image`` replaces all of it.
        environment: variables that are added or replaced.
    """

    image: Optional[str] = take(IMAGE, None)
    version: Optional[str] = take(TAG, None)
    replicas: Optional[int] = take(Whole(0, 1000), None)
    resources: Resources = take(Nested(Resources), Resources())
    environment: Mapping[str, str] = take(MapOf(VARIABLE, Scalar()), {})
    volumes: Mapping[str, VolumeSettings] = take(MapOf(SHORT_NAME, Nested(VolumeSettings)), {})


@dataclass(frozen=True)
class Settings:
    """What an environment says of a stack.

    Attributes:
        environment: the environment's name, part of the namespace's.
        namespace: ``<stack>-<environment>`` unless set.
        development: images without a version, or with ``latest``, are allowed.
        hosts: exposure to its host names.
        components: component to its settings.
        secrets: secret to key to value.
    """

    environment: str = take(Text("a name of a-z, 0-9 and -", LABEL, 24))
    namespace: Optional[str] = take(NAMESPACE, None)
    development: bool = take(Flag(), False)
    hosts: Mapping[str, tuple[str, ...]] = take(
        MapOf(NAME, ListOf(HOST_NAME, single=True, most=16)), {}
    )
    components: Mapping[str, ComponentSettings] = take(MapOf(NAME, Nested(ComponentSettings)), {})
    secrets: Mapping[str, Mapping[str, str]] = take(
        MapOf(NAME, MapOf(SECRET_KEY, Scalar(), secret=True), secret=True), {}
    )


@dataclass(frozen=True)
class Instance:
    """A stack in an environment: everything that its objects are computed from.

    Attributes:
        stack: with the environment's settings in it, and full image references.
        hosts: exposure to its host names, at least one each.
        secrets: the values that the environment gives.
    """

    stack: Stack
    environment: str
    namespace: str
    hosts: Mapping[str, tuple[str, ...]]
    secrets: Mapping[str, Mapping[str, str]]

    @property
    def owner(self) -> str:
        """The owner of the instance's objects."""
        return OWNER_PREFIX + self.namespace

    @property
    def images(self) -> dict[str, str]:
        """Component to its full image reference."""
        return {name: component.image for name, component in self.stack.components.items()}


def instance(
    stack: Stack, settings: Settings, catalogue: Mapping[str, str], where: str
) -> Instance:
    """Return a stack with an environment's settings.

    Args:
        stack: a valid stack.
        settings: the environment's settings.
        catalogue: the project's images, name to full reference, for ``${catalogue.<name>}``.
        where: names the settings in errors.

    Raises:
        ProblemsError: with everything that does not fit together.
    """
    at = Problems(where)
    _check_names(stack, settings, at)
    namespace = settings.namespace or f"{stack.name}-{settings.environment}"
    if len(namespace) > NAMESPACE.most:
        at.at("namespace").add("a name is too long", expected=NAMESPACE.what, found=namespace)
    components = {}
    for name, component in stack.components.items():
        own = settings.components.get(name, ComponentSettings())
        there = at.at("components").at(name)
        merged = _merged(component, own, there)
        components[name] = replace(
            merged, image=_image(merged, own, catalogue, settings.development, there)
        )
    whole = replace(stack, components=components)
    if not at.found:
        check_stack(whole, at)
    if at.found:
        raise ProblemsError("the settings do not fit the stack", at.found)
    return Instance(whole, settings.environment, namespace, settings.hosts, settings.secrets)


def _check_names(stack: Stack, settings: Settings, at: Problems) -> None:
    for name in settings.components.keys() - stack.components.keys():
        remedy = nearest(name, stack.components)
        at.at("components").at(name).add("the stack has no such component", remedy=remedy)
    for name in sorted(settings.hosts.keys() | stack.expose.keys()):
        there = at.at("hosts").at(name)
        if name not in stack.expose:
            there.add("the stack has no such exposure", remedy=nearest(name, stack.expose))
        elif not settings.hosts.get(name):
            there.add("an exposure has no host name", expected="at least one host name")
    _check_secrets(stack, settings, at.at("secrets"))


def _check_secrets(stack: Stack, settings: Settings, at: Problems) -> None:
    for name, keys in settings.secrets.items():
        known = stack.secrets.get(name)
        if known is None:
            at.at(name).add("the stack has no such secret", remedy=nearest(name, stack.secrets))
            continue
        for key in keys.keys() - known.keys():
            at.at(name).at(key).add("the secret has no such key", remedy=nearest(key, known))
    for name, keys_ in stack.secrets.items():
        for key, declared in keys_.items():
            given = settings.secrets.get(name, {}).get(key)
            if given == "" or (declared.source == "environment" and given is None):
                at.at(name).at(key).add("a secret has no value", expected="a text from the vault")


def _amount(base: Amount, own: Amount) -> Amount:
    return Amount(own.cpu or base.cpu, own.memory or base.memory)


def _merged(component: Component, own: ComponentSettings, at: Problems) -> Component:
    resources = Resources(
        _amount(component.resources.requests, own.resources.requests),
        _amount(component.resources.limits, own.resources.limits),
    )
    merged = replace(
        component,
        replicas=component.replicas if own.replicas is None else own.replicas,
        resources=resources,
        environment={**component.environment, **own.environment},
    )
    volumes = component.volumes if isinstance(component, Stateful) else {}
    for name in own.volumes.keys() - volumes.keys():
        remedy = nearest(name, volumes)
        at.at("volumes").at(name).add("the component has no such volume", remedy=remedy)
    if isinstance(merged, Stateful):
        changed = {
            name: _volume(volume, own.volumes.get(name, VolumeSettings()))
            for name, volume in volumes.items()
        }
        return replace(merged, volumes=changed)
    return merged


def _volume(volume: Volume, own: VolumeSettings) -> Volume:
    return replace(
        volume,
        size=own.size or volume.size,
        storage_class=own.storage_class or volume.storage_class,
    )


def _image(
    component: Component,
    own: ComponentSettings,
    catalogue: Mapping[str, str],
    development: bool,
    at: Problems,
) -> str:
    """Return the full reference of a component's image; notes when it has no version."""
    text = own.image or component.image
    (part, *_) = parse(text)
    if isinstance(part, Reference):
        name = part.words[1]
        if name not in catalogue:
            at.at("image").add(
                "the catalogue has no such image", found=name, remedy=nearest(name, catalogue)
            )
            return text
        text = catalogue[name]
    if own.version:
        text = f"{_without_tag(text)}:{own.version}"
    tag = text[len(_without_tag(text)) :]
    if tag in {"", ":latest"} and not development:
        at.at("version").add(
            "an image has no version",
            expected="a version other than latest",
            found=text,
            remedy="set version in the environment (development: true allows it)",
        )
    return text


def _without_tag(reference: str) -> str:
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]
