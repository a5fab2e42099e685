# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases as objects in the stack's namespace: Secrets of a type of their own.

The head is an annotation, so that a LIST of metadata is enough for a history; the objects are in
``data``. They belong to no set of applied objects and are never pruned with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Optional

from .._core.errors import InvalidInputError
from .._kube.api import Api, Resource
from .._kube.concurrent import each
from .._kube.objects import Gvk, Key, Object
from .._kube.prune import PART_OF, set_id
from .content import packed, unpacked
from .model import History, Pin, Release, Scaled, surplus

TYPE = "landfall.dev/release"
HEAD, STATUS = "landfall.dev/release", "landfall.dev/status"
NUMBER = HEAD
STACK, ENVIRONMENT = "landfall.dev/stack", "landfall.dev/environment"
# One manager writes a record, the other what changes about it later; the content stays the first's.
WRITER, UPDATER = "landfall-release", "landfall-release-status"
# On every object of a stack: its namespace.
INSTANCE = "app.kubernetes.io/instance"
_OBJECTS = "objects"
SECRET = Gvk("", "v1", "Secret")


def name_of(revision: int) -> str:
    """Return the name of a release's record; no Secret of a stack can have it."""
    return f"landfall.release.{revision}"


def _metadata(release: Release) -> Object:
    head = asdict(replace(release, objects=()))
    del head["objects"]
    return {
        "name": name_of(release.revision),
        "namespace": release.namespace,
        "labels": {
            "app.kubernetes.io/managed-by": "landfall",
            NUMBER: str(release.revision),
            STACK: release.stack,
            ENVIRONMENT: release.environment,
            STATUS: release.status,
        },
        "annotations": {HEAD: json.dumps(head, sort_keys=True)},
    }


def as_object(release: Release) -> Object:
    """Return the record of a release with its objects."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(release),
        "type": TYPE,
        "immutable": True,
        "data": {_OBJECTS: packed(release.objects)},
    }


def as_head(release: Release) -> Object:
    """Return the part of the record that changes after it was written."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata(release)}


def from_object(obj: Mapping[str, Any]) -> Optional[Release]:
    """Return the release that a record holds, with what of it was read; None if it is damaged."""
    meta = obj["metadata"]
    try:
        head = json.loads((meta.get("annotations") or {})[HEAD])
        head["scaled"] = {name: Scaled(**one) for name, one in head["scaled"].items()}
        head["pins"] = {name: Pin(**one) for name, one in head["pins"].items()}
        release = Release(**head)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    text = (obj.get("data") or {}).get(_OBJECTS)
    return replace(release, objects=unpacked(text, meta["name"])) if text else release


class ReleaseStore:
    """The releases in a cluster."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def _resource(self) -> Resource:
        resource = self._api.resource(SECRET)
        if resource is None:
            raise InvalidInputError("the cluster does not serve Secrets", on="releases")
        return resource

    def histories(self, namespace: str = "") -> dict[str, History]:
        """Return the heads of all releases by namespace, of one namespace or of all."""
        found: dict[str, list[Release]] = {}
        heads = self._api.list(
            self._resource(), selector=NUMBER, namespace=namespace, metadata_only=True
        )
        for obj in heads:
            release = from_object(obj)
            if release:
                found.setdefault(release.namespace, []).append(release)
        return {name: History.of(releases) for name, releases in found.items()}

    def history(self, namespace: str) -> History:
        """Return the heads of the releases of one namespace."""
        return self.histories(namespace).get(namespace, History())

    def full(self, release: Release) -> Release:
        """Return a release with its objects.

        Raises:
            InvalidInputError: the record is gone or damaged, or was too large to keep them.
        """
        key = Key("", "Secret", release.namespace, name_of(release.revision))
        obj = self._api.get(self._resource(), key)
        found = from_object(obj) if obj else None
        if found is None or not found.objects:
            raise InvalidInputError(
                "the release cannot be applied again",
                on=str(key),
                expected="the objects that it consisted of",
                found="its record was too large for them" if found else "no readable record",
                remedy="deploy from the inventory instead",
            )
        return found

    def write(self, release: Release) -> None:
        """Write a new release with its objects."""
        self._api.apply(self._resource(), as_object(release), manager=WRITER, force=True)

    def update(self, releases: Iterable[Release]) -> None:
        """Write the heads of releases that exist."""
        resource = self._resource()
        each(
            "releases cannot be recorded",
            lambda one: self._api.apply(resource, as_head(one), manager=UPDATER, force=True),
            releases,
        )

    def prune(self, history: History) -> None:
        """Forget the oldest releases."""
        resource = self._resource()

        def forget(release: Release) -> None:
            key = Key("", "Secret", release.namespace, name_of(release.revision))
            obj = self._api.get(resource, key)
            if obj:
                self._api.delete(resource, obj)

        each("old releases cannot be removed", forget, surplus(history))


def secrets_of(api: Api, owner: str, namespace: str) -> dict[str, Object]:
    """Return the Secrets that a stack declared (a chart may have declared some), by name."""
    resource = api.resource(SECRET)
    selector = f"{PART_OF}={set_id(owner)}"
    found = api.list(resource, selector=selector, namespace=namespace) if resource else []
    return {obj["metadata"]["name"]: obj for obj in found}
