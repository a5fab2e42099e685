# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests: YAML text with one or more objects, read with the place of each object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from .._core.errors import InvalidInputError, LandfallError, ProblemsError

Placed = tuple[Any, str]
_DEEPEST = 500
_LEAD = re.compile(r"^[ \-?]+", re.MULTILINE)
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """YAML as Kubernetes reads it: a date is text."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for letter, rules in _BASE.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Source:
    """A manifest that is still to be read.

    Attributes:
        name: its file name, for errors.
        read: returns its text, or raises a LandfallError.
        own: written by hand, so that double keys are worth looking for.
    """

    name: str
    read: Callable[[], str]
    own: bool = True


def _double_keys(node: Any) -> Iterator[tuple[str, int]]:
    """Yield each key that a mapping has twice, with its line; YAML takes the last silently."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _double_keys(item)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen and key.value != "<<":
                yield str(key.value), key.start_mark.line + 1
            seen.add(str(key.value))
            yield from _double_keys(value)


def _too_deep(text: str) -> int:
    """Return the line on which text is nested deeper than any object is, 0 when none is.

    libyaml builds what it reads by calling itself; from some ten thousand levels on that ends the
    whole process. Its events come one by one. Most texts cannot be that deep: every level takes an
    opening bracket, or two columns at the beginning of a line.
    """
    lead = max((len(one) for one in _LEAD.findall(text)), default=0)
    if text.count("[") + text.count("{") + 2 * lead < _DEEPEST:
        return 0
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST and event.start_mark:
            return int(event.start_mark.line) + 1
    return 0


def _yaml_error(error: yaml.YAMLError, name: str, text: str) -> InvalidInputError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 0
    lines = text.splitlines()
    content = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return InvalidInputError(
        "a manifest is not YAML",
        on=f"{name}, line {line} as rendered",
        found=f"{getattr(error, 'problem', None) or error}"
        + (f": {content[:120]}" if content else ""),
    )


def _flat(obj: Any, where: str) -> list[Placed]:
    """Return the objects of a ``List``, or the one object."""
    if isinstance(obj, dict) and obj.get("kind") == "List" and isinstance(obj.get("items"), list):
        return [(item, f"{where}, items[{index}]") for index, item in enumerate(obj["items"])]
    return [(obj, where)]


def parse(text: str, name: str, *, own: bool = True) -> tuple[list[Placed], list[LandfallError]]:
    """Return the objects in ``text`` with their places, and what is wrong with it."""
    loader = _Loader(text)
    placed: list[Placed] = []
    problems: list[LandfallError] = []
    try:
        if line := _too_deep(text):
            error = InvalidInputError(
                "a manifest is nested too deep",
                on=f"{name}, line {line} as rendered",
                expected=f"at most {_DEEPEST} levels",
            )
            return [], [error]
        while loader.check_node():
            node = loader.get_node()
            where = f"{name}, line {node.start_mark.line + 1} as rendered"
            if own:
                problems += [
                    InvalidInputError(
                        "a manifest has a key twice",
                        on=f"{name}, line {line} as rendered",
                        found=key,
                    )
                    for key, line in _double_keys(node)
                ]
            obj = loader.construct_document(node)
            placed += _flat(obj, where) if obj is not None else []
    except yaml.YAMLError as error:
        problems.append(_yaml_error(error, name, text))
    finally:
        loader.dispose()
    return placed, problems


def read_all(sources: Iterable[Source]) -> list[Placed]:
    """Return the objects of all manifests.

    Raises:
        ProblemsError: with everything that could not be read or is not YAML.
    """
    placed: list[Placed] = []
    problems: list[LandfallError] = []
    for source in sources:
        try:
            text = source.read()
        except LandfallError as error:
            problems.append(error)
            continue
        found, wrong = parse(text, source.name, own=source.own)
        placed += found
        problems += wrong
    if problems:
        raise ProblemsError("the manifests cannot be read, nothing was applied", problems)
    return placed
