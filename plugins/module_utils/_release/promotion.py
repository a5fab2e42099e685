# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promotion: the very digests that ran in one environment are what another one deploys.

They stand in the target's inventory, and in the record of each release that used them. A run
without the inventory's entry (a checkout that was thrown away) keeps them, as long as stack and
inventory say the same about the image as when it was promoted.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional

import yaml

from .._core.errors import InvalidInputError, RefusedError
from .model import Pin, Release

VARIABLE = "stack_promoted"
_HEADER = """---
# Images that other environments have run, by digest. Written by playbooks/promote.yml; commit it.
# A stack's entry is removed by setting its images to {}, or replaced by promoting again.
"""


@dataclass(frozen=True)
class Promotion:
    """What was promoted for a stack.

    Attributes:
        images: component, or component/container, to the reference with its digest.
        source: the environment and revision that ran them.
    """

    images: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @classmethod
    def from_params(cls, params: Any, on: str) -> Promotion:
        """Build it from the inventory.

        Raises:
            InvalidInputError: it has not the form in which promote.yml writes it.
        """
        images = params.get("images") if isinstance(params, Mapping) else None
        if not isinstance(images, Mapping) or any(
            "@sha256:" not in str(image) for image in images.values()
        ):
            raise InvalidInputError(
                "a promotion is not valid",
                on=f"{VARIABLE}.{on}",
                expected="images: component to reference@sha256:digest",
                remedy="write it with playbooks/promote.yml",
            )
        return cls(dict(images), str(params.get("source", "")))


def promoted_by(release: Release) -> Promotion:
    """Return what promoting a release gives the target.

    Raises:
        RefusedError: the digest of an image is not known.
    """
    lacking = [name for name, image in release.images.items() if "@sha256:" not in image]
    if lacking or not release.images:
        raise RefusedError(
            "a release cannot be promoted: digests of its images are not known",
            on=f"{release.stack} in {release.namespace}, revision {release.revision}",
            found=", ".join(lacking) or "it has no images",
            remedy="a pod that ran for each of them is needed: run a job that has not run yet "
            "(playbooks/run_job.yml)",
        )
    return Promotion(dict(release.images), f"{release.environment}, revision {release.revision}")


@dataclass(frozen=True)
class Merged:
    """An entry of ``stack_list`` with promoted images in it.

    Attributes:
        entry: the entry.
        pins: what holds, for the record.
        source: where it comes from.
        kept: it comes from the cluster's record and not from the inventory.
    """

    entry: Mapping[str, Any]
    pins: Mapping[str, Pin] = field(default_factory=dict)
    source: str = ""
    kept: bool = False

    def settled(self, unnamed: Mapping[str, str], on: str) -> Merged:
        """Return it with what the stack's own objects say, where stack and inventory say nothing.

        Args:
            unnamed: the images that neither of them names, by their places in a release.
            on: the stack, for errors.

        Raises:
            InvalidInputError: the inventory names a container that the stack does not have.
        """
        pins = dict(self.pins)
        for name, pin in self.pins.items():
            if _is_said(pin.instead_of):
                continue
            if not self.kept and name not in unnamed:
                raise InvalidInputError(
                    "a promoted image belongs to no container of the stack",
                    on=f"{VARIABLE} of {on}: {name}",
                    expected=" or ".join(sorted(unnamed)),
                    remedy="promote again what the other environment runs now",
                )
            if not self.kept:
                pins[name] = Pin(pin.image, unnamed[name])
            elif unnamed.get(name) != pin.instead_of:
                del pins[name]
        source = self.source if pins or not self.kept else ""
        return replace(self, pins=pins, source=source, kept=self.kept and bool(pins))


def merged(
    raw: Mapping[str, Any],
    entry: Mapping[str, Any],
    promotion: Optional[Promotion],
    current: Optional[Release],
) -> Merged:
    """Return a stack's entry with the images that were promoted.

    Images that neither the stack nor the inventory names (of proxies, charts, manifests) do not
    belong into an entry; :meth:`Merged.settled` looks at those.

    Args:
        raw: the stack's definition, as its file has it.
        entry: its settings in the inventory.
        promotion: what the inventory says was promoted, None when it says nothing.
        current: the release that runs.

    Raises:
        InvalidInputError: the inventory also says a version or an image itself.
    """
    if promotion is None:
        kept = _still_valid(raw, entry, current.pins if current else {})
        source = current.source if current and kept else ""
        return Merged(_with_images(entry, kept), kept, source, bool(kept))
    pins = {}
    for name, image in promotion.images.items():
        _check_once(raw, entry, name, image)
        pins[name] = Pin(image, said(raw, entry, name) if _is_named(raw, name) else "")
    return Merged(_with_images(entry, pins), pins, promotion.source)


def _check_once(raw: Mapping[str, Any], entry: Mapping[str, Any], name: str, image: str) -> None:
    own = _settings(entry, name)
    if _is_named(raw, name) and (own.get("version") or own.get("image")):
        component, slash, container = name.partition("/")
        raise InvalidInputError(
            "an image is both promoted and set",
            on=f"components.{component}{'.containers.' if slash else ''}{container} of stack "
            f"{raw.get('name')}",
            found=f"{image}, and {own.get('image') or own.get('version')}",
            remedy=f"remove version and image there, or its entry in {VARIABLE}",
        )


def said(raw: Mapping[str, Any], entry: Mapping[str, Any], name: str) -> str:
    """Return what stack and inventory say themselves about the image of a container."""
    own = _settings(entry, name)
    return json.dumps([_declared(raw, name).get("image"), own.get("image"), own.get("version")])


def _is_said(text: str) -> bool:
    """Tell whether :func:`said` made a text; anything else is a reference from an object."""
    return text.startswith("[")


def _is_named(raw: Mapping[str, Any], name: str) -> bool:
    """Tell whether the stack itself names the image; a component that is gone has named it."""
    component = name.partition("/")[0]
    gone = component not in _mapping(raw.get("components"))
    return gone or "image" in _declared(raw, name)


def _declared(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a container as the stack's file describes it."""
    component, slash, container = name.partition("/")
    there = _mapping(_mapping(raw.get("components")).get(component))
    if not slash:
        return there
    parts = {**_mapping(there.get("init")), **_mapping(there.get("sidecars"))}
    return _mapping(parts.get(container))


def _still_valid(
    raw: Mapping[str, Any], entry: Mapping[str, Any], pins: Mapping[str, Pin]
) -> dict[str, Pin]:
    return {
        name: pin
        for name, pin in pins.items()
        if not _is_said(pin.instead_of) or said(raw, entry, name) == pin.instead_of
    }


def _with_images(entry: Mapping[str, Any], pins: Mapping[str, Pin]) -> Mapping[str, Any]:
    found: dict[str, Any] = copy.deepcopy(dict(entry))
    components = dict(_mapping(found.get("components")))
    for name, pin in pins.items():
        if not _is_said(pin.instead_of):
            continue
        component, slash, container = name.partition("/")
        own = dict(_mapping(components.get(component)))
        if slash:
            inner = dict(_mapping(own.get("containers")))
            inner[container] = _with_image(_mapping(inner.get(container)), pin)
            own["containers"] = inner
        else:
            own = _with_image(own, pin)
        components[component] = own
    if components:
        found["components"] = components
    return found


def _with_image(own: Mapping[str, Any], pin: Pin) -> dict[str, Any]:
    return {**{name: value for name, value in own.items() if name != "version"}, "image": pin.image}


def _settings(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what the inventory says of a container."""
    component, slash, container = name.partition("/")
    own = _mapping(_mapping(entry.get("components")).get(component))
    return _mapping(_mapping(own.get("containers")).get(container)) if slash else own


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


# the target's inventory --------------------------------------------------------------------------


def file_of(inventory: Path) -> Path:
    """Return the file in an inventory that promotions are written to."""
    return inventory / "group_vars" / "all" / f"{VARIABLE}.yml"


def with_promotion(text: str, key: str, promotion: Promotion, on: str) -> str:
    """Return the file's text with one stack's promotion in it.

    Args:
        text: what the file holds, empty when there is none.
        key: the stack's name, or its namespace where only that one is meant.
        promotion: what was promoted.
        on: the file's name, for errors.

    Raises:
        InvalidInputError: the file holds something else.
    """
    try:
        content = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        raise InvalidInputError("a file is not YAML", on=on) from error
    present = _mapping(content).get(VARIABLE, {} if not content else None)
    if not isinstance(present, Mapping) or set(_mapping(content)) - {VARIABLE}:
        raise InvalidInputError(
            "the file holds other variables than promotions", on=on, expected=VARIABLE
        )
    entry = {"source": promotion.source, "images": dict(sorted(promotion.images.items()))}
    document = {VARIABLE: {**present, key: entry}}
    body: str = yaml.safe_dump(document, sort_keys=True, width=200)
    return _HEADER + body
