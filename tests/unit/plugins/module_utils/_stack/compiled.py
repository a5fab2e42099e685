# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of compiled stacks, as tests look at them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import check_objects
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance

from .samples import ADDRESSES

Objects = dict[tuple[str, str], dict[str, Any]]
HOSTS = {"hosts": {"web": "shop.test", "api": "*.api.test"}, "secrets": {"keys": {"web": "w"}}}


def compiled(instance: Instance, live: Mapping[str, Any] | None = None) -> Objects:
    """Return the objects of an instance by kind and name; ``live`` are Secrets that there are."""
    objects = compile_stack(instance, settle(instance, live or {}), ADDRESSES)
    assert json.loads(json.dumps(objects)) == objects
    check_objects([(obj, "") for obj in objects])
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}


def template(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    """Return the pod template of a workload."""
    found: dict[str, Any] = objects[kind, name]["spec"]["template"]
    return found


def container(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    """Return the first container of a workload."""
    found: dict[str, Any] = template(objects, kind, name)["spec"]["containers"][0]
    return found
