# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects did the same owner apply before and no longer declares?

The record follows KEP-3659 (ApplySet): a parent object with an identifier, members with the
label ``applyset.kubernetes.io/part-of``, and on the parent the kinds and namespaces to look in.
https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .objects import Key, Object, key_of, wave_of

PART_OF = "applyset.kubernetes.io/part-of"
ID = "applyset.kubernetes.io/id"
TOOLING = "applyset.kubernetes.io/tooling"
GROUP_KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"
PARENT_NAMESPACE = "kube-system"
KEEP = "landfall.dev/keep"

# Removing one of these removes data or other owners' objects; it takes an explicit word.
DATA_KINDS = frozenset(
    {"PersistentVolumeClaim", "PersistentVolume", "Namespace", "CustomResourceDefinition"}
)


def manager_of(owner: str) -> str:
    """Return the field manager of an owner."""
    return f"landfall-{owner}"


def set_id(owner: str) -> str:
    """Return the identifier of the owner's set, as the KEP computes it from the parent."""
    parent = f"{manager_of(owner)}.{PARENT_NAMESPACE}.ConfigMap."
    digest = base64.urlsafe_b64encode(hashlib.sha256(parent.encode()).digest())
    return f"applyset-{digest.decode().rstrip('=')}-v1"


def group_kind(key: Key) -> str:
    """Return ``Kind.group`` of an object, ``Kind`` alone in the core group."""
    return f"{key.kind}.{key.group}" if key.group else key.kind


@dataclass(frozen=True)
class Record:
    """Where the members of a set can be: their kinds and namespaces."""

    group_kinds: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    @classmethod
    def of(cls, objects: Iterable[Mapping[str, Any]]) -> Record:
        """Return the record of these members."""
        keys = [key_of(obj) for obj in objects]
        return cls(
            frozenset(map(group_kind, keys)), frozenset(k.namespace for k in keys if k.namespace)
        )

    @classmethod
    def from_parent(cls, parent: Mapping[str, Any]) -> Record:
        """Return what the parent object in the cluster says."""
        notes = (parent.get("metadata") or {}).get("annotations") or {}
        return cls(_split(notes.get(GROUP_KINDS, "")), _split(notes.get(NAMESPACES, "")))

    def __or__(self, other: Record) -> Record:
        return Record(self.group_kinds | other.group_kinds, self.namespaces | other.namespaces)

    def parent(self, owner: str) -> Object:
        """Return the parent object that says this."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": manager_of(owner),
                "namespace": PARENT_NAMESPACE,
                "labels": {ID: set_id(owner), "app.kubernetes.io/managed-by": "landfall"},
                "annotations": {
                    TOOLING: "landfall/v1",
                    GROUP_KINDS: ",".join(sorted(self.group_kinds)),
                    NAMESPACES: ",".join(sorted(self.namespaces)),
                },
            },
        }


def _split(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


@dataclass(frozen=True)
class Pruning:
    """The members to remove, in their order, and those that are kept although undeclared."""

    remove: tuple[Object, ...] = ()
    kept: tuple[Object, ...] = ()


def _kept(obj: Mapping[str, Any], data: bool) -> bool:
    notes = obj["metadata"].get("annotations") or {}
    return notes.get(KEEP) == "true" or (obj["kind"] in DATA_KINDS and not data)


def pruning(
    desired: Iterable[Mapping[str, Any]], members: Iterable[Object], *, data: bool = False
) -> Pruning:
    """Return which ``members`` of a set are no longer desired.

    Objects that a controller made of a member (they have an owner reference) are left to it;
    the label can be inherited from a template. ``data`` allows kinds that hold data to go too.
    """
    wanted = {key_of(obj) for obj in desired}
    extra = [
        obj
        for obj in members
        if key_of(obj) not in wanted
        and not obj["metadata"].get("ownerReferences")
        and not obj["metadata"].get("deletionTimestamp")
    ]
    extra.sort(key=lambda obj: (-wave_of(obj), key_of(obj)))
    return Pruning(
        tuple(obj for obj in extra if not _kept(obj, data)),
        tuple(obj for obj in extra if _kept(obj, data)),
    )
