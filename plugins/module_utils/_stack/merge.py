# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack and an environment's settings become an instance."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Optional, TypeVar

from .._core.errors import ProblemsError
from .._core.names import hint
from .containers import Amount, Init, Resources, Target, Volume
from .kinds import NAMESPACE
from .model import Component, External, Helm, Pods, Running, Schedule, Service, Stack, Stateful
from .references import whole
from .schema import Problems
from .settings import (
    ComponentSettings,
    ContainerSettings,
    Instance,
    Settings,
    VolumeSettings,
)
from .validate import check_stack

# Images of the project's catalogue that components need without naming them.
PROXY_IMAGE, CONTENT_IMAGE = "haproxy", "content-fetcher"
# Which settings which components take, beside those that all with pods take.
_TAKEN: Mapping[str, tuple[type[Component], ...]] = {
    "image": (Pods,),
    "version": (Pods, Helm),
    "resources": (Pods, External),
    "environment": (Pods,),
    "containers": (Pods,),
    "content": (Pods,),
    "replicas": (Service, Stateful, External),
    "scale": (Service,),
    "storage": (Stateful,),
    "volumes": (Stateful,),
    "target": (External,),
    "schedule": (Schedule,),
    "suspended": (Schedule,),
    "publish": (Running,),
    "values": (Helm,),
}
C = TypeVar("C", bound=Init)


def needs_catalogue(stack: Stack, settings: Settings) -> bool:
    """Tell whether a stack needs images of the catalogue that it does not name."""
    return any(
        isinstance(component, External) or (isinstance(component, Pods) and component.content)
        for component in stack.components.values()
    ) or any(own.content for own in settings.components.values())


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
    merger = Merger(catalogue, settings.development)
    merged = _merged(stack, settings, merger, at)
    if not at.found:
        check_stack(merged, at)
    if at.found:
        raise ProblemsError("the settings do not fit the stack", at.found)
    return Instance(
        merged,
        settings.environment,
        namespace,
        settings.hosts,
        settings.secrets,
        rollback=settings.rollback,
        quota=settings.quota,
        cluster_objects=settings.cluster_objects,
        tools=merger.tools,
    )


def _merged(stack: Stack, settings: Settings, merger: Merger, at: Problems) -> Stack:
    none, there = ComponentSettings(), at.at("components")
    components = {
        name: merger.component(one, settings.components.get(name, none), there.at(name))
        for name, one in stack.components.items()
    }
    configs = {
        name: {**config, **settings.configs.get(name, {})} for name, config in stack.configs.items()
    }
    return replace(stack, components=components, configs=configs)


def _check_names(stack: Stack, settings: Settings, at: Problems) -> None:
    for name in settings.components.keys() - stack.components.keys():
        remedy = hint(name, stack.components)
        at.at("components").at(name).add("the stack has no such component", remedy=remedy)
    for name in sorted(settings.hosts.keys() | stack.expose.keys()):
        there = at.at("hosts").at(name)
        if name not in stack.expose:
            there.add("the stack has no such exposure", remedy=hint(name, stack.expose))
        elif not settings.hosts.get(name):
            there.add("an exposure has no host name", expected="at least one host name")
    for name in settings.configs.keys() - stack.configs.keys():
        remedy = hint(name, stack.configs)
        at.at("configs").at(name).add("the stack has no such config", remedy=remedy)
    _check_secrets(stack, settings, at.at("secrets"))


def _check_secrets(stack: Stack, settings: Settings, at: Problems) -> None:
    for name, keys in settings.secrets.items():
        known = stack.secrets.get(name)
        if known is None:
            at.at(name).add("the stack has no such secret", remedy=hint(name, stack.secrets))
            continue
        for key in keys.keys() - known.keys():
            at.at(name).at(key).add("the secret has no such key", remedy=hint(key, known))
    for name, keys_ in stack.secrets.items():
        for key, declared in keys_.items():
            given = settings.secrets.get(name, {}).get(key)
            needed = declared.source == "environment" and not declared.vault
            if given == "" or (needed and given is None):
                at.at(name).at(key).add("a secret has no value", expected="a text from the vault")


class Merger:
    """Puts settings into components; what is wrong is noted where it is.

    Args:
        catalogue: the project's images, name to full reference.
        development: images without a version and content without a digest are allowed.

    Attributes:
        tools: images of the catalogue that components turned out to need.
    """

    def __init__(self, catalogue: Mapping[str, str], development: bool) -> None:
        self._catalogue = catalogue
        self._development = development
        self.tools: dict[str, str] = {}

    def component(self, component: Component, own: ComponentSettings, at: Problems) -> Component:
        """Return a component with its settings."""
        _check_taken(component, own, at)
        if isinstance(component, Pods):
            component = self._pods(component, own, at)
        if isinstance(component, Stateful):
            component = _stateful(component, own, at)
        elif isinstance(component, Service):
            component = _service(component, own)
        elif isinstance(component, Schedule):
            component = replace(component, **_given(own, "schedule", "suspended"))
        elif isinstance(component, Helm):
            values = _overlaid(component.values, own.values)
            component = replace(component, values=values, **_given(own, "version"))
        elif isinstance(component, External):
            component = self._external(component, own, at)
        if isinstance(component, Running):
            component = replace(component, **_given(own, "publish"))
        return component

    def _pods(self, component: Pods, own: ComponentSettings, at: Problems) -> Pods:
        inner = {**component.init, **component.sidecars}
        for name in own.containers.keys() - inner.keys():
            remedy = hint(name, inner)
            at.at("containers").at(name).add("the component has no such container", remedy=remedy)
        component = replace(
            component,
            image=self._image(component.image, own, at),
            resources=_resources(component.resources, own.resources),
            environment={**component.environment, **own.environment},
            init={n: self._container(c, own, n, at) for n, c in component.init.items()},
            sidecars={n: self._container(c, own, n, at) for n, c in component.sidecars.items()},
            **_given(own, "content"),
        )
        if component.content:
            self._tool(CONTENT_IMAGE, at)
        for number, content in enumerate(component.content):
            if not content.digest and not self._development:
                at.at("content").at(number).add(
                    "content has no digest",
                    expected="digest: sha256:…",
                    found=content.url,
                    remedy="set content in the environment (development: true allows it)",
                )
        return component

    def _container(self, container: C, owner: ComponentSettings, name: str, at: Problems) -> C:
        own = owner.containers.get(name, ContainerSettings())
        return replace(
            container,
            image=self._image(container.image, own, at.at("containers").at(name)),
            resources=_resources(container.resources, own.resources),
            environment={**container.environment, **own.environment},
        )

    def _external(self, component: External, own: ComponentSettings, at: Problems) -> External:
        component = replace(
            component,
            resources=_resources(component.resources, own.resources),
            **_given(own, "target", "replicas"),
        )
        target = component.target
        if target is None:
            at.at("target").add("an external component has no target", expected="target: {host: …}")
        elif not component.proxy:
            _check_straight(target, at.at("target").at("host"))
        if component.proxy:
            self._tool(PROXY_IMAGE, at)
        return component

    def _tool(self, name: str, at: Problems) -> None:
        found = self._of_catalogue(name, at)
        if found:
            self.tools[name] = found

    def _of_catalogue(self, name: str, at: Problems) -> Optional[str]:
        if name not in self._catalogue:
            remedy = hint(name, self._catalogue)
            at.add("the catalogue has no such image", found=name, remedy=remedy)
        return self._catalogue.get(name)

    def _image(self, base: str, own: ContainerSettings, at: Problems) -> str:
        """Return the full reference of an image; notes when it has no version."""
        text = own.image or base
        reference = whole(text)
        if reference:
            found = self._of_catalogue(reference.words[1], at.at("image"))
            if found is None:
                return text
            text = found
        if own.version:
            text = f"{_without_tag(text)}:{own.version}"
        tag = text[len(_without_tag(text)) :]
        if tag in {"", ":latest"} and not self._development:
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


def _given(own: ComponentSettings, *names: str) -> dict[str, Any]:
    """Return those settings that say something."""
    values = {name: getattr(own, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _check_taken(component: Component, own: ComponentSettings, at: Problems) -> None:
    unset = ComponentSettings()
    for name, takers in _TAKEN.items():
        if getattr(own, name) != getattr(unset, name) and not isinstance(component, takers):
            at.at(name).add(f"a component of type {component.type} takes no {name}")


def _overlaid(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with others laid over them, as Helm does it with several files."""
    found = dict(base)
    for name, value in own.items():
        below = found.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        found[name] = _overlaid(below, value) if both else value  # type: ignore[arg-type]
    return found


def _amount(base: Amount, own: Amount) -> Amount:
    return Amount(own.cpu or base.cpu, own.memory or base.memory)


def _resources(base: Resources, own: Resources) -> Resources:
    return Resources(_amount(base.requests, own.requests), _amount(base.limits, own.limits))


def _service(component: Service, own: ComponentSettings) -> Service:
    if own.replicas is not None:
        component = replace(component, replicas=own.replicas, scale=None)
    return replace(component, **_given(own, "scale"))


def _stateful(component: Stateful, own: ComponentSettings, at: Problems) -> Stateful:
    for name in own.volumes.keys() - component.volumes.keys():
        remedy = hint(name, component.volumes)
        at.at("volumes").at(name).add("the component has no such volume", remedy=remedy)
    volumes = {
        name: _volume(volume, own.volumes.get(name, VolumeSettings()), own.storage)
        for name, volume in component.volumes.items()
    }
    return replace(component, volumes=volumes, **_given(own, "replicas"))


def _volume(volume: Volume, own: VolumeSettings, storage: Optional[str]) -> Volume:
    return replace(
        volume,
        size=own.size or volume.size,
        storage_class=own.storage_class or storage or volume.storage_class,
    )


def _check_straight(target: Target, at: Problems) -> None:
    """A Service without a proxy needs an address that EndpointSlices take."""
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        at.add("a target without a proxy is no IP address", found=target.host)
        return
    if (
        address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
    ):
        at.add("a target is no address of another host", found=target.host)
