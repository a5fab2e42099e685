# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform roles' objects against a real API server: accepted as they are, then unchanged."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.manifest import (
    Source,
    read_all,
)
from tests.support.manifests import ROLES, rendered
from tests.support.store import store_file


def definitions() -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = []
    for name in ("gateway-api-crds", "envoy-gateway-crds"):
        path = store_file(name, f"{name}.yaml")
        if not path:
            pytest.skip(f"the bundle's store has no {name}: run playbooks/bundle.yml")
        source = Source(name, functools.partial(path.read_text, encoding="utf-8"), own=False)
        objects += [obj for obj, _ in read_all([source])]
    return objects


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_accepted_and_stable(api: KubeClient, role: str) -> None:
    objects = [*(definitions() if role == "ingress" else []), *rendered(role)]
    # Other tests may have applied the definitions before; they are taken over from them.
    predicted = apply_objects(api, role, objects, check=True, force=True)
    done = apply_objects(api, role, objects, wait=False, force=True)
    assert done.plan.summary() == predicted.plan.summary()
    assert len(done.plan.changes) == len(objects)
    assert not apply_objects(api, role, objects, check=True).plan
    assert not apply_objects(api, role, objects, wait=False).plan
