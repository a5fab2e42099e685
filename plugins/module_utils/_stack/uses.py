# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which component uses which, by reference or by word, and the order that follows."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping
from typing import Any, Union

from .._core.errors import InvalidInputError
from .containers import Init, Source
from .model import Component, Helm, Pods, Stack
from .references import ADDRESSES, CONFIG, references

Path = tuple[Union[str, int], ...]


def containers(component: Pods) -> Iterator[tuple[Path, Init]]:
    """Yield the containers beside and before a component's own, with their places."""
    for group in ("init", "sidecars"):
        for name, container in getattr(component, group).items():
            yield (group, name), container


def texts(component: Component) -> Iterator[tuple[Path, str]]:
    """Yield every text of a component that may hold references, with its place."""
    if isinstance(component, Helm):
        yield from _leaves(component.values, ("values",))
    if not isinstance(component, Pods):
        return
    for name, text in component.environment.items():
        yield ("environment", name), text
    for path, file in component.files.items():
        yield ("files", path), file.content
    for place, container in containers(component):
        for name, text in container.environment.items():
            yield (*place, "environment", name), text


def _leaves(value: Any, place: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, entry in value.items():
            yield from _leaves(entry, (*place, name))
    elif isinstance(value, (list, tuple)):
        for number, entry in enumerate(value):
            yield from _leaves(entry, (*place, number))


def sources(component: Component) -> Iterator[tuple[Path, Source]]:
    """Yield where a component takes all keys from as variables, with the places."""
    if not isinstance(component, Pods):
        return
    owners: list[tuple[Path, Union[Pods, Init]]] = [((), component), *containers(component)]
    for place, owner in owners:
        for number, source in enumerate(owner.environment_from):
            yield (*place, "environment_from", number), source


def _targets(stack: Stack, text: str) -> Iterator[str]:
    """Yield the components that a text needs: the address of one does not need it to run."""
    for reference in references(text):
        if reference.target == CONFIG:
            _, name, key = reference.words
            yield from _targets(stack, stack.configs[name][key])
        elif reference.attribute not in ADDRESSES:
            yield reference.target


def used_by(stack: Stack, name: str) -> tuple[str, ...]:
    """Return the components that component ``name`` uses, in the order of the stack."""
    component = stack.components[name]
    found = set(component.uses)
    for _, text in texts(component):
        found.update(_targets(stack, text))
    for _, source in sources(component):
        for text in stack.configs[source.config].values() if source.config else ():
            found.update(_targets(stack, text))
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


def needed_addresses(stack: Stack) -> tuple[str, ...]:
    """Return the components whose external address the stack's configuration needs."""
    every = [text for component in stack.components.values() for _, text in texts(component)]
    every += [text for config in stack.configs.values() for text in config.values()]
    found = {
        reference.target
        for text in every
        for reference in references(text)
        if reference.target in stack.components and reference.attribute in ADDRESSES
    }
    return tuple(name for name in stack.components if name in found)
