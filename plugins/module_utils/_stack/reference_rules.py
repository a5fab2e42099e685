# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does each reference in a stack mean something?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .._core.errors import InvalidInputError
from .._core.names import hint
from .model import Helm, Stack, ports_of, published
from .references import (
    ADDRESSES,
    CATALOGUE,
    CONFIG,
    EXPOSE,
    RESERVED,
    SECRET,
    STACK,
    Reference,
    parse,
)
from .schema import Problems
from .uses import Path, sources, texts

STACK_ATTRIBUTES = ("name", "namespace", "environment")
EXPOSE_ATTRIBUTES = ("host", "url")
SECRETS_OF_CHARTS = "create the Secret in the stack and name it in the values"


def check_references(stack: Stack, at: Problems) -> None:
    """Note every reference that means nothing, or may not stand where it stands."""
    for name, component in stack.components.items():
        there = at.at("components").at(name)
        refused = {}
        if isinstance(component, Helm):
            refused = {SECRET: SECRETS_OF_CHARTS, **dict.fromkeys(ADDRESSES, "write the address")}
        for place, text in texts(component):
            _check_text(stack, text, below(there, place), refused)
        for place, source in sources(component):
            inner = below(there, place)
            if (source.config is None) == (source.secret is None):
                inner.add("a source must be one thing", expected="config or secret")
            if source.config:
                known(source.config, stack.configs, "a config", inner.at("config"))
            if source.secret:
                known(source.secret, stack.secrets, "a secret", inner.at("secret"))
    for name, config in stack.configs.items():
        # Configs are no secrets, and one that needs another would need an order of its own.
        refused = {SECRET: "refer to the secret where it is used", CONFIG: "write the value"}
        for key, text in config.items():
            _check_text(stack, text, at.at("configs").at(name).at(key), refused)


def below(at: Problems, place: Path) -> Problems:
    """Return a place below another one."""
    for step in place:
        at = at.at(step)
    return at


def known(word: str, words: Collection[str], what: str, at: Problems) -> bool:
    """Tell whether a word is declared, and note it when not."""
    if word not in words:
        at.add(f"{what} is not declared", found=word, remedy=hint(word, words))
    return word in words


def _check_text(stack: Stack, text: str, at: Problems, refused: Mapping[str, str]) -> None:
    try:
        parts = parse(text)
    except InvalidInputError as error:
        at.add(error.what, expected=error.expected, found=error.found, remedy=error.remedy)
        return
    for part in parts:
        if not isinstance(part, Reference):
            continue
        word = part.target if part.target in RESERVED else part.attribute
        if word in refused:
            at.add("a reference may not stand here", found=str(part), remedy=refused[word])
            continue
        _check_reference(stack, part, at)
        if part.target == SECRET and len(parts) > 1:
            at.add("a secret must be the whole value", found=str(part))


def _check_reference(stack: Stack, reference: Reference, at: Problems) -> None:
    attribute = reference.attribute
    if reference.target == SECRET:
        _check_key(stack.secrets, reference, at)
    elif reference.target == CONFIG:
        _check_key(stack.configs, reference, at)
    elif reference.target == STACK:
        if attribute not in STACK_ATTRIBUTES:
            remedy = hint(attribute, STACK_ATTRIBUTES)
            at.add("a stack has no such attribute", found=str(reference), remedy=remedy)
    elif reference.target == EXPOSE:
        _check_exposure(stack, reference, at)
    elif reference.target == CATALOGUE:
        at.add("only an image may refer to the catalogue", found=str(reference))
    else:
        _check_attribute(stack, reference, at)


def _check_key(declared: Mapping[str, Mapping[str, object]], ref: Reference, at: Problems) -> None:
    if len(ref.words) != 3:
        expected = "${%s.<name>.<key>}" % ref.target  # noqa: UP031 (braces)
        at.add("a reference cannot be read", expected=expected, found=str(ref))
        return
    what, name, key = ref.words
    if known(name, declared, f"a {what}", at):
        known(key, declared[name], f"a key of {what} {name}", at)


def _check_exposure(stack: Stack, reference: Reference, at: Problems) -> None:
    if len(reference.words) != 3:
        at.add("a reference cannot be read", expected="${expose.<name>.url}", found=str(reference))
    elif known(reference.words[1], stack.expose, "an exposure", at):
        known(reference.words[2], EXPOSE_ATTRIBUTES, "an attribute of an exposure", at)


def _check_attribute(stack: Stack, reference: Reference, at: Problems) -> None:
    targets = [*stack.components, *RESERVED - {CATALOGUE}]
    if not known(reference.target, targets, "a component", at):
        return
    component = stack.components[reference.target]
    ports, external = ports_of(component), published(component)
    attributes = {"host", "port", *(f"port.{name}" for name in ports)} if ports else set()
    if external:
        attributes.add("address")
        if any(ports[name].protocol == "TCP" for name in external if name in ports):
            attributes.add("url")
    if reference.attribute not in attributes:
        what = "a component has no such attribute" if ports else "a component has no ports"
        if ports and reference.attribute in ADDRESSES:
            what = "a component is not published"
        remedy = hint(reference.attribute, attributes)
        at.add(what, found=str(reference), remedy=remedy)
