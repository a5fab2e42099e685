# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a release: kept without the values of Secrets, brought back with present ones."""

from __future__ import annotations

import base64
import binascii
import copy
import gzip
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Optional

from .._core.errors import InvalidInputError, RefusedError
from .._kube.objects import Object
from .model import Scaled

# On a Secret: another one each time that a value changes. On a pod template: ``name=revision,…``.
REVISION, REVISIONS = "landfall.dev/revision", "landfall.dev/secrets"
COMPONENT = "app.kubernetes.io/component"
# On pods of charts and manifests, whose other labels are their own.
FOREIGN_COMPONENT = "landfall.dev/component"
# A Secret holds at most 1 MiB; base64 makes three bytes four.
MOST_BYTES = 700_000
_COMPRESSION = 6


def is_secret(obj: Mapping[str, Any]) -> bool:
    """Tell whether an object is a Kubernetes Secret."""
    return (obj["kind"], obj["apiVersion"]) == ("Secret", "v1")


def without_values(objects: Iterable[Mapping[str, Any]]) -> tuple[Object, ...]:
    """Return the objects, which share their content; of Secrets only the names of keys are left."""
    kept = []
    for obj in objects:
        one: Object = dict(obj)
        if is_secret(one):
            names = {**(one.pop("data", None) or {}), **(one.pop("stringData", None) or {})}
            one["data"] = dict.fromkeys(sorted(names), "")
        kept.append(one)
    return tuple(kept)


def configuration_hash(objects: Sequence[Mapping[str, Any]]) -> str:
    """Return a hash of objects that :func:`without_values` returned."""
    return hashlib.sha256(_json(objects)).hexdigest()[:16]


def _json(objects: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps(objects, sort_keys=True, separators=(",", ":")).encode()


def packed(objects: Sequence[Mapping[str, Any]]) -> str:
    """Return objects as a value of a Secret's ``data``; empty when they are too large for one."""
    data = gzip.compress(_json(objects), _COMPRESSION, mtime=0)
    return base64.b64encode(data).decode() if len(data) <= MOST_BYTES else ""


def unpacked(text: str, on: str) -> tuple[Object, ...]:
    """Return the objects in a value that :func:`packed` returned.

    Raises:
        InvalidInputError: the value is damaged.
    """
    try:
        found = json.loads(gzip.decompress(base64.b64decode(text, validate=True)))
    except (binascii.Error, OSError, EOFError, ValueError) as error:
        raise InvalidInputError(
            "the record of a release is damaged", on=on, found=type(error).__name__
        ) from error
    return tuple(found)


def pod_template(obj: Mapping[str, Any]) -> Optional[Object]:
    """Return the pod template of a workload, None when it has none; a pod is its own."""
    if obj["kind"] == "Pod":
        return dict(obj) if "spec" in obj else None
    spec = obj.get("spec") or {}
    if obj["kind"] == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template = spec.get("template")
    return template if isinstance(template, dict) and "spec" in template else None


def component_of(obj: Mapping[str, Any]) -> str:
    """Return the component that an object or a pod belongs to, empty when it belongs to none."""
    labels = obj["metadata"].get("labels") or {}
    return _foreign(obj) or str(labels.get(COMPONENT, ""))


def is_foreign(obj: Mapping[str, Any]) -> bool:
    """Tell whether a workload or a pod is of a chart or of manifests."""
    return bool(_foreign(obj))


def _foreign(obj: Mapping[str, Any]) -> str:
    pods = ((pod_template(obj) or {}).get("metadata") or {}).get("labels") or {}
    labels = obj["metadata"].get("labels") or {}
    return str(pods.get(FOREIGN_COMPONENT) or labels.get(FOREIGN_COMPONENT, ""))


def _with_revisions(obj: Object, revisions: Mapping[str, str]) -> None:
    """Let a workload carry the revisions that the Secrets it uses have now."""
    template = pod_template(obj)
    notes = ((template or {}).get("metadata") or {}).get("annotations") or {}
    if REVISIONS not in notes:
        return
    pairs = [part.partition("=") for part in notes[REVISIONS].split(",")]
    notes[REVISIONS] = ",".join(f"{name}={revisions.get(name, old)}" for name, _, old in pairs)


def restored(
    objects: Sequence[Mapping[str, Any]],
    secrets: Mapping[str, Mapping[str, Any]],
    scaled: Mapping[str, Scaled],
    jobs: Collection[str],
    on: str,
) -> list[Object]:
    """Return the objects of a release as they can be applied.

    Values of Secrets do not go back: a Secret keeps what it holds, also keys that the release does
    not know, since data may be locked with them. Jobs are not run again; those that are there stay.

    Args:
        objects: of the release, without values.
        secrets: by name the stack's Secrets as they shall be; all of them stay.
        scaled: numbers of replicas that were set by hand.
        jobs: names of the stack's Jobs that the cluster has.
        on: the release, for errors.

    Raises:
        RefusedError: a Secret that the release needs, or a key of it, is gone.
    """
    lost = _lost(objects, secrets)
    if lost:
        raise RefusedError(
            "the release needs secrets that the cluster no longer has",
            on=on,
            found=", ".join(lost),
            remedy="deploy from the inventory instead; what it generates is new",
        )
    kept = [_kept_secret(obj) for obj in secrets.values()]
    revisions = {obj["metadata"]["name"]: _revision(obj) for obj in kept if _revision(obj)}
    found = [copy.deepcopy(dict(obj)) for obj in objects if _comes_back(obj, jobs)]
    for obj in found:
        _with_revisions(obj, revisions)
    # Secrets come right behind the namespace, as a compiled stack has them.
    first = [obj for obj in found if obj["kind"] == "Namespace"]
    rest = [obj for obj in found if obj["kind"] != "Namespace"]
    return with_replicas([*first, *kept, *rest], scaled)


def _lost(
    objects: Iterable[Mapping[str, Any]], secrets: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return the keys of Secrets that a release has and the cluster has not, as ``name.key``."""
    found = []
    for obj in filter(is_secret, objects):
        name = obj["metadata"]["name"]
        data = (secrets.get(name) or {}).get("data") or {}
        found += [f"{name}.{key}" for key in obj.get("data") or {} if key not in data]
    return found


def _comes_back(obj: Mapping[str, Any], jobs: Collection[str]) -> bool:
    """Tell whether an object is applied again as the release has it."""
    if obj["kind"] == "Job":
        return obj["metadata"]["name"] in jobs
    return not is_secret(obj)


def _revision(secret: Mapping[str, Any]) -> str:
    return str((secret["metadata"].get("annotations") or {}).get(REVISION, ""))


def _kept_secret(live: Mapping[str, Any]) -> Object:
    """Return a Secret of the cluster in the form in which it was declared."""
    meta = live["metadata"]
    labels = {
        key: value
        for key, value in (meta.get("labels") or {}).items()
        if not key.startswith("applyset.kubernetes.io/")
    }
    declared: Object = {
        "name": meta["name"],
        "namespace": meta["namespace"],
        "labels": labels,
    }
    if _revision(live):
        declared["annotations"] = {REVISION: _revision(live)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": declared,
        "type": live.get("type", "Opaque"),
        "data": dict(live.get("data") or {}),
    }


def before(
    earlier: Mapping[str, Optional[Mapping[str, Any]]], now: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the Secrets as they were before a roll-out, with the keys that are new since.

    Pods of the earlier release then find what they were started with, and what the failed one
    generated is there for the next attempt.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, live in now.items():
        old = earlier.get(name)
        if old is None:
            found[name] = live
            continue
        data = {**(live.get("data") or {}), **(old.get("data") or {})}
        found[name] = {**old, "data": data}
    return found


def with_replicas(objects: Iterable[Object], scaled: Mapping[str, Scaled]) -> list[Object]:
    """Return the objects with the numbers of replicas that were set by hand."""
    found = []
    for obj in objects:
        held = scaled.get(component_of(obj))
        if held and "replicas" in (obj.get("spec") or {}):
            obj = {**obj, "spec": {**obj["spec"], "replicas": held.replicas}}
        found.append(obj)
    return found
