# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of a site's ``stack_list`` with what was promoted to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._release.model import History
from ansible_collections.landfall.platform.plugins.module_utils._release.promotion import (
    Merged,
    Promotion,
    merged,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.images import (
    unnamed_images,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance


@dataclass(frozen=True)
class Loaded:
    """The instances of all entries, or why there are none."""

    merged: Sequence[Merged]
    instances: Sequence[Instance] = ()
    problem: Optional[LandfallError] = None

    def check(self) -> Sequence[Instance]:
        """Return the instances.

        Raises:
            LandfallError: they are not valid.
        """
        if self.problem:
            raise self.problem
        return self.instances


class Entries:
    """The entries of one site.

    Args:
        loader: makes instances of them.
        directory: where the stacks' files are.
        entries: as the inventory has them.
        environment: of entries that name none.
        promotions: what was promoted, by stack or by namespace.
    """

    def __init__(
        self,
        loader: Loader,
        directory: Path,
        entries: Sequence[Mapping[str, Any]],
        environment: str,
        promotions: Mapping[str, Any],
    ) -> None:
        self._loader = loader
        self._entries = entries
        self._environment = environment
        self._raw = [_raw(entry, directory, loader) for entry in entries]
        self._promotions = {
            name: Promotion.from_params(one, name) for name, one in promotions.items()
        }

    def load(self, histories: Optional[Mapping[str, History]] = None) -> Loaded:
        """Return the instances with what was promoted.

        Args:
            histories: releases by namespace; what is promoted there is kept when the inventory
                says nothing about it.
        """
        found: list[Merged] = []
        try:
            for raw, entry in zip(self._raw, self._entries):
                current = (histories or {}).get(self._namespace(raw, entry), History()).current
                found.append(merged(raw, entry, self._promotion(raw, entry), current))
            instances = self._loader.all([one.entry for one in found])
            found = [
                one.settled(unnamed_images(instance), instance.namespace)
                for one, instance in zip(found, instances)
            ]
            return Loaded(found, instances)
        except LandfallError as error:
            return Loaded(found, problem=error)

    def keep_anything(self, histories: Mapping[str, History]) -> bool:
        """Tell whether an entry runs promoted images that the inventory does not name."""
        for raw, entry in zip(self._raw, self._entries):
            current = histories.get(self._namespace(raw, entry), History()).current
            if current and current.pins and self._promotion(raw, entry) is None:
                return True
        return False

    def _namespace(self, raw: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
        environment = entry.get("environment") or self._environment
        return str(entry.get("namespace") or f"{raw.get('name')}-{environment}")

    def _promotion(self, raw: Mapping[str, Any], entry: Mapping[str, Any]) -> Optional[Promotion]:
        own = self._promotions.get(self._namespace(raw, entry))
        return own or self._promotions.get(str(raw.get("name")))


def _raw(entry: Mapping[str, Any], directory: Path, loader: Loader) -> Mapping[str, Any]:
    """Return an entry's definition; nothing when it is wrong, which the loader reports."""
    definition = entry.get("definition")
    if isinstance(definition, Mapping):
        return definition
    path = Path(str(definition)) if definition else directory / f"{entry.get('name')}.yml"
    try:
        found = loader.file(path)
    except (LandfallError, ValueError):
        return {}
    return found if isinstance(found, Mapping) else {}
