# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that a stack uses without naming them, and promoted images in its objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._release.content import component_of, is_foreign
from .._release.images import declared_images, pinned
from .._release.model import Pin
from .merge import CONTENT_IMAGE, PROXY_IMAGE
from .model import External, Foreign, Pods, fetcher_name
from .naming import Object
from .settings import Instance
from .workloads import job_name


def unnamed_images(instance: Instance) -> dict[str, str]:
    """Return the images that neither stack nor settings name, by their places in a release.

    Those of proxies and of what fetches content are the catalogue's; those of charts,
    kustomizations and manifests stand in their objects.
    """
    found = {}
    for name, component in instance.stack.components.items():
        if isinstance(component, External) and component.proxy:
            found[name] = instance.tools[PROXY_IMAGE]
        elif isinstance(component, Pods):
            for number, _ in enumerate(component.content):
                found[f"{name}/{fetcher_name(number)}"] = instance.tools[CONTENT_IMAGE]
        elif isinstance(component, Foreign):
            found |= declared_images(instance.rendered[name])
    return found


def promoted(objects: Sequence[Object], pins: Mapping[str, Pin]) -> list[Object]:
    """Return the objects with promoted images; a job with another image is another job."""
    return [_renamed(obj) for obj in pinned(objects, pins)]


def _renamed(obj: Object) -> Object:
    if obj["kind"] != "Job" or is_foreign(obj):
        return obj
    name = job_name(component_of(obj), obj["spec"]["template"])
    return {**obj, "metadata": {**obj["metadata"], "name": name}}
