# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fields cannot tell alone: references, names that must exist, and the order of components."""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Iterator, Mapping

from .._core.errors import InvalidInputError
from .._kube.compare import quantity
from .model import (
    Check,
    Component,
    Exposure,
    Probe,
    Resources,
    Security,
    Stack,
    Stateful,
    members_name,
)
from .references import CATALOGUE, RESERVED, SECRET, STACK, Reference, parse, references
from .schema import Problems, nearest

STACK_ATTRIBUTES = ("name", "namespace", "environment")


def check_stack(stack: Stack, at: Problems) -> None:
    """Note at ``at`` everything in a stack that does not fit together."""
    before = len(at.found)
    for name, component in stack.components.items():
        there = at.at("components").at(name)
        if name in RESERVED:
            there.add("a name is reserved for references", remedy="give it another name")
        if isinstance(component, Stateful) and members_name(name) in stack.components:
            there.add("a name is taken by a component", found=members_name(name))
        _check_component(stack, component, there)
    for name, exposure in stack.expose.items():
        _check_exposure(stack, exposure, at.at("expose").at(name))
    for number, check in enumerate(stack.checks):
        _check_check(stack, check, at.at("checks").at(number))
    if len(at.found) == before:
        _check_cycles(stack, at)


def _known(word: str, known: Collection[str], what: str, at: Problems) -> bool:
    if word not in known:
        at.add(f"{what} is not declared", found=word, remedy=nearest(word, known))
    return word in known


def _check_component(stack: Stack, component: Component, at: Problems) -> None:
    for name, text in component.environment.items():
        _check_text(stack, text, at.at("environment").at(name))
    for number, name in enumerate(component.uses):
        _known(name, stack.components, "a component", at.at("uses").at(number))
    _check_ports(component, at.at("ports"))
    for name, probe in (("ready", component.probes.ready), ("live", component.probes.live)):
        if probe:
            _check_probe(component, probe, at.at("probes").at(name))
    _check_resources(component.resources, at.at("resources"))
    _check_security(component.security, at.at("security"))
    _check_paths(component, at)


def _check_ports(component: Component, at: Problems) -> None:
    seen: dict[int, str] = {}
    for name, number in component.ports.items():
        if number in seen:
            at.at(name).add("a port is there twice", found=number, remedy=f"see {seen[number]}")
        seen[number] = name


def _check_probe(component: Component, probe: Probe, at: Problems) -> None:
    if probe.http and probe.command:
        at.add("a probe has two ways to ask", expected="http or command")
    if probe.port:
        _known(probe.port, component.ports, "a port", at.at("port"))
    elif not probe.command and not component.ports:
        at.add("a probe has nothing to ask", expected="a command, or ports of the component")


def _check_resources(resources: Resources, at: Problems) -> None:
    for name in ("cpu", "memory"):
        request, limit = getattr(resources.requests, name), getattr(resources.limits, name)
        least, most = quantity(request or 0), quantity(limit or 0)
        if request and limit and least is not None and most is not None and least > most:
            there = at.at("requests").at(name)
            there.add("a request is above its limit", expected=f"at most {limit}", found=request)


def _check_security(security: Security, at: Problems) -> None:
    if security.root and security.user:
        at.add("a container is to be root and another user", expected="root or user")


def _mounts(component: Component) -> Iterator[tuple[str, str]]:
    for number, scratch in enumerate(component.scratch):
        yield f"scratch[{number}]", scratch.path
    if isinstance(component, Stateful):
        for name, volume in component.volumes.items():
            yield f"volumes.{name}", volume.path


def _check_paths(component: Component, at: Problems) -> None:
    seen: dict[str, str] = {}
    for where, path in _mounts(component):
        if path in seen:
            at.at(where).add("two directories have one path", found=path, remedy=seen[path])
        seen[path] = where


def _check_exposure(stack: Stack, exposure: Exposure, at: Problems) -> None:
    for path, route in exposure.paths.items():
        there = at.at("paths").at(path)
        if not _known(route.component, stack.components, "a component", there):
            continue
        ports = stack.components[route.component].ports
        if route.port:
            _known(route.port, ports, "a port", there)
        elif not ports:
            there.add("a component has no ports", found=route.component)


def _check_check(stack: Stack, check: Check, at: Problems) -> None:
    if check.expose:
        _known(check.expose, stack.expose, "an exposure", at.at("expose"))
    elif len(stack.expose) != 1:
        at.at("expose").add(
            "a check must say which host name it asks", remedy=nearest("", stack.expose)
        )


# references ------------------------------------------------------------------------------------


def _check_text(stack: Stack, text: str, at: Problems) -> None:
    try:
        parts = parse(text)
    except InvalidInputError as error:
        at.add(error.what, expected=error.expected, found=error.found, remedy=error.remedy)
        return
    for part in parts:
        if isinstance(part, Reference):
            _check_reference(stack, part, at)
            if part.target == SECRET and len(parts) > 1:
                at.add("a secret must be the whole value", found=str(part))


def _check_reference(stack: Stack, reference: Reference, at: Problems) -> None:
    if reference.target == SECRET:
        _check_secret(stack.secrets, reference, at)
    elif reference.target == STACK:
        attribute = ".".join(reference.words[1:])
        if attribute not in STACK_ATTRIBUTES:
            at.add(
                "a stack has no such attribute",
                found=str(reference),
                remedy=nearest(attribute, STACK_ATTRIBUTES),
            )
    elif reference.target == CATALOGUE:
        at.add("only an image may refer to the catalogue", found=str(reference))
    else:
        _check_attribute(stack, reference, at)


def _check_secret(
    secrets: Mapping[str, Mapping[str, object]], reference: Reference, at: Problems
) -> None:
    if len(reference.words) != 3:
        at.add(
            "a reference cannot be read",
            expected="${secret.<name>.<key>}",
            found=str(reference),
        )
        return
    _, name, key = reference.words
    if _known(name, secrets, "a secret", at):
        _known(key, secrets[name], f"a key of secret {name}", at)


def _check_attribute(stack: Stack, reference: Reference, at: Problems) -> None:
    known = [*stack.components, *RESERVED - {CATALOGUE}]
    if not _known(reference.target, known, "a component", at):
        return
    ports = stack.components[reference.target].ports
    attributes = {"host", "port", *(f"port.{name}" for name in ports)} if ports else set()
    attribute = ".".join(reference.words[1:])
    if attribute not in attributes:
        at.add(
            "a component has no such attribute" if ports else "a component has no ports",
            found=str(reference),
            remedy=nearest(attribute, attributes),
        )


def used_by(stack: Stack, name: str) -> tuple[str, ...]:
    """Return the components that component ``name`` uses, in the order of the stack."""
    component = stack.components[name]
    found = set(component.uses)
    for text in component.environment.values():
        found |= {reference.target for reference in references(text)}
    return tuple(other for other in stack.components if other in found)


def order(stack: Stack) -> tuple[str, ...]:
    """Return the components so that each comes after those that it uses.

    Raises:
        InvalidInputError: some use each other in a circle; ``found`` shows it.
    """
    uses = {name: set(used_by(stack, name)) - {name} for name in stack.components}
    try:
        return tuple(graphlib.TopologicalSorter(uses).static_order())
    except graphlib.CycleError as error:
        raise InvalidInputError(
            "components use each other", found=" → ".join(reversed(error.args[1]))
        ) from error


def _check_cycles(stack: Stack, at: Problems) -> None:
    try:
        order(stack)
    except InvalidInputError as error:
        at.at("components").add(
            error.what, expected="no circle", remedy=f"the circle: {error.found}"
        )
