# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do so that every entry that a site needs is in the store or already in the depot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum

from .._core.plan import Change, Plan
from .catalogue import Catalogue, Entry
from .recipe import ContainerfileRecipe, GoFilesRecipe, GoRecipe, PypiRecipe, TakeRecipe


class Source(str, Enum):
    """Where artifacts come from: upstream, a build, or upstream where it can be reached."""

    AUTO = "auto"
    UPSTREAM = "upstream"
    BUILD = "build"


@dataclass(frozen=True)
class Step(Change):
    """One entry that has to be made; ``entry`` is always set.

    ``action`` is ``fetch`` (from upstream) or ``build``.
    """

    entry: Entry | None = None
    reason: str = ""

    @property
    def made(self) -> Entry:
        """Return the entry that the step makes."""
        if self.entry is None:  # pragma: no cover
            raise AssertionError("only from_entry makes steps")
        return self.entry

    @classmethod
    def from_entry(cls, entry: Entry, action: str) -> Step:
        """Make the step for an entry."""
        text = origin(entry) if action == "build" else f"from {location(entry)}"
        return cls(entry.title, action, entry=entry, reason=text)


@dataclass(frozen=True)
class Needs:
    """What is wanted and what is there.

    Attributes:
        entries: the entries that the site needs.
        stored: keys of the entries that the store has, from exactly their present recipe.
        remote: keys of the entries that the depot has.
        source: where the others come from.
    """

    entries: tuple[Entry, ...]
    stored: AbstractSet[str]
    remote: AbstractSet[str]
    source: Source


def plan(catalogue: Catalogue, needs: Needs, reachable: Callable[[Entry], bool]) -> Plan[Step]:
    """Return the steps in an order in which every step's inputs come before it.

    Args:
        catalogue: all entries, for the inputs of builds.
        needs: what is wanted and what is there.
        reachable: whether an entry's upstream answers; asked only with ``Source.AUTO`` and only
            for entries that are missing.
    """
    steps: dict[str, Step] = {}

    def add(entry: Entry) -> None:
        if entry.key in steps or entry.key in needs.stored:
            return
        if fetches(entry, needs.source, reachable):
            steps[entry.key] = Step.from_entry(entry, "fetch")
            return
        for needed in catalogue.inputs(entry):
            add(needed)
        steps[entry.key] = Step.from_entry(entry, "build")

    for entry in needs.entries:
        if entry.key not in needs.remote:
            add(entry)
    return Plan(tuple(sorted(steps.values(), key=lambda step: _depth(catalogue, step.made))))


def fetches(entry: Entry, source: Source, reachable: Callable[[Entry], bool]) -> bool:
    """Tell whether an entry is fetched from upstream rather than built."""
    if source is Source.BUILD or not has_upstream(entry):
        return False
    return source is Source.UPSTREAM or reachable(entry)


def has_upstream(entry: Entry) -> bool:
    """Tell whether upstream publishes an entry at all; what is our own can only be built."""
    return entry.pull if entry.kind == "image" else entry.upstream is not None


def location(entry: Entry) -> str:
    """Return the upstream location to ask and to show: a URL template or an image reference."""
    return entry.upstream.url if entry.upstream else entry.reference


def origin(entry: Entry) -> str:
    """Return what an entry is built from, for people."""
    recipe = entry.build
    if isinstance(recipe, (GoRecipe, GoFilesRecipe)):
        return f"from {recipe.module}"
    if isinstance(recipe, PypiRecipe):
        return f"from the wheel {recipe.project}"
    if isinstance(recipe, TakeRecipe):
        return f"from {recipe.source}"
    if isinstance(recipe, ContainerfileRecipe):
        return f"from {recipe.context}"
    return "from Debian packages"


def is_heavy(entry: Entry) -> bool:
    """Tell whether a build uses all cores, so that only one such build runs at a time."""
    return isinstance(entry.build, GoRecipe)


def ready(steps: Iterable[Step], catalogue: Catalogue, undone: AbstractSet[str]) -> list[Step]:
    """Return the steps none of whose inputs are still to be made."""
    return [
        step
        for step in steps
        if not any(needed.key in undone for needed in catalogue.inputs(step.made))
    ]


def _depth(catalogue: Catalogue, entry: Entry) -> int:
    """Return the length of the longest chain of inputs, 0 for none."""
    return max((1 + _depth(catalogue, needed) for needed in catalogue.inputs(entry)), default=0)
