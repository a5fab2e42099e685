# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a unit depends on, as a digest; the crash-safe restart rule rests on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Optional

from .desired import Desired, Unit
from .observed import Leaf, Observed, Record, UnitFact

Overlay = Mapping[str, Optional[str]]
"""Paths whose content a plan changes → the digest afterwards; None when it is removed."""

MISSING = "missing"


def restart_paths(unit: Unit, desired: Desired, fact: UnitFact) -> tuple[str, ...]:
    """Return the paths a unit is restarted for: ``restart_on`` and all of its unit files."""
    declared = [file.path for file in desired.files if unit.owns(file.path) and not file.absent]
    links = [link.path for link in desired.links if unit.owns(link.path)]
    return tuple(dict.fromkeys([*unit.restart_on, *fact.unit_files, *declared, *links]))


def record_for(unit: Unit, desired: Desired, observed: Observed, overlay: Overlay) -> Record:
    """Return the digests that describe what a unit would be started with after the overlay."""
    fact = observed.units.get(unit.name, UnitFact())
    return Record(
        restart=digest(restart_paths(unit, desired, fact), observed, overlay),
        reload=digest(unit.reload_on, observed, overlay) if unit.reload_on else "",
    )


def digest(paths: Sequence[str], observed: Observed, overlay: Overlay) -> str:
    """Return one digest of the contents of the paths; a missing path counts as such."""
    entries: dict[str, str] = {}
    for path in paths:
        found = _contents(path, observed, overlay)
        entries.update(found or {path: MISSING})
    return hashlib.sha256(json.dumps(sorted(entries.items())).encode()).hexdigest()


def touched(paths: Sequence[str], observed: Observed, overlay: Overlay) -> bool:
    """Tell whether the overlay changes the content of any of the paths."""
    reals = {leaf.real for path in paths for leaf in observed.leaves.get(path, ())}
    return any(
        changed in reals or any(_within(changed, path) for path in paths) for changed in overlay
    )


def newest(paths: Sequence[str], observed: Observed) -> float:
    """Return the time of the last change of what the paths consist of, 0 without any."""
    return max((leaf.changed_at for leaf in _leaves(paths, observed)), default=0.0)


def _leaves(paths: Sequence[str], observed: Observed) -> Iterator[Leaf]:
    for path in paths:
        yield from observed.leaves.get(path, ())


def _contents(path: str, observed: Observed, overlay: Overlay) -> dict[str, str]:
    contents: dict[str, Optional[str]] = {
        leaf.path: overlay.get(leaf.real, leaf.sha256) for leaf in observed.leaves.get(path, ())
    }
    contents.update({p: sha256 for p, sha256 in overlay.items() if _within(p, path)})
    return {p: sha256 for p, sha256 in contents.items() if sha256 is not None}


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
