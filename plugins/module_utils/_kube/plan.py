# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes in the cluster, as a plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

import yaml

from .._core.errors import InvalidInputError, LandfallError, ProblemsError, RefusedError
from .._core.plan import Change
from .api import Resource
from .compare import shown
from .objects import Gvk, Key, Object, crd_defines, gvk_of, key_of
from .prune import PART_OF

CREATE, UPDATE, DELETE, NONE = "create", "update", "delete", "none"
CRD = "CustomResourceDefinition"


@dataclass(frozen=True)
class ObjectChange(Change):
    """One object that is created, updated or deleted; ``obj`` is what is sent."""

    obj: Object = field(default_factory=dict, repr=False)


def _readable(obj: Mapping[str, Any]) -> Object:
    """Return ``obj`` for a diff; a definition's schema of thousands of lines as its digest."""
    result = shown(obj)
    if obj["kind"] != CRD:
        return result
    versions = []
    for version in result["spec"].get("versions") or ():
        digest = hashlib.sha256(json.dumps(version.get("schema"), sort_keys=True).encode())
        versions.append({**version, "schema": f"sha256:{digest.hexdigest()}"})
    return {**result, "spec": {**result["spec"], "versions": versions}}


def as_text(obj: Optional[Mapping[str, Any]]) -> str:
    """Return an object as YAML for a diff, nothing when there is none."""
    if obj is None:
        return ""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(_readable(obj), Dumper=dumper, sort_keys=True, allow_unicode=True)
    return text


def change(
    action: str, obj: Object, before: Optional[Object], after: Optional[Object]
) -> ObjectChange:
    """Return the change of one object with its diff."""
    return ObjectChange(
        target=str(key_of(obj)),
        action=action,
        before=as_text(before),
        after=as_text(after),
        secret=obj["kind"] == "Secret",
        obj=obj,
    )


@dataclass(frozen=True)
class Promised:
    """The kinds that definitions among the desired objects will serve; True when namespaced."""

    kinds: Mapping[Gvk, bool]

    @classmethod
    def by(cls, objects: Iterable[Mapping[str, Any]]) -> Promised:
        """Return what the definitions among ``objects`` promise."""
        kinds: dict[Gvk, bool] = {}
        for obj in objects:
            if obj["kind"] == CRD:
                served, namespaced = crd_defines(obj)
                kinds.update(dict.fromkeys(served, namespaced))
        return cls(kinds)


def _scope_problem(obj: Object, namespaced: Optional[bool]) -> Optional[LandfallError]:
    key = key_of(obj)
    if namespaced is None:
        return InvalidInputError(
            "the cluster does not know a kind",
            on=str(key),
            found=gvk_of(obj).api_version,
            remedy="add its CustomResourceDefinition, or correct apiVersion and kind",
        )
    if namespaced and not key.namespace:
        return InvalidInputError("an object needs metadata.namespace", on=str(key))
    if not namespaced and key.namespace:
        return InvalidInputError(
            "an object that belongs to no namespace has metadata.namespace", on=str(key)
        )
    return None


def check_scopes(
    objects: Iterable[Object], resources: Mapping[Gvk, Optional[Resource]], promised: Promised
) -> None:
    """Check that every kind exists (or will) and that namespaces stand where they must.

    Raises:
        ProblemsError: with every object that is wrong.
    """
    problems = []
    for obj in objects:
        gvk = gvk_of(obj)
        resource = resources.get(gvk)
        namespaced = resource.namespaced if resource else promised.kinds.get(gvk)
        problem = _scope_problem(obj, namespaced)
        if problem:
            problems.append(problem)
    if problems:
        raise ProblemsError("the manifests do not fit the cluster, nothing was applied", problems)


def check_owners(live: Mapping[Key, Object], set_id: str) -> None:
    """Check that none of the objects belongs to another owner's set.

    Raises:
        ProblemsError: with every object that does.
    """
    problems = [
        RefusedError(
            "an object was applied by another owner",
            on=str(key),
            expected=f"label {PART_OF}={set_id}, or none",
            found=str(label),
            remedy="rename the object, remove it from the other owner, or use force: true",
        )
        for key, obj in live.items()
        for label in [(obj["metadata"].get("labels") or {}).get(PART_OF)]
        if label and label != set_id
    ]
    if problems:
        raise ProblemsError("objects belong to others, nothing was applied", problems)
