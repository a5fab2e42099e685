# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's applications: a real API server accepts their objects, restricted pods included."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import read_file
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from tests.integration_api.test_stack import accept, place, routable
from tests.support.manifests import ROOT
from tests.unit.examples.test_stacks import ENTRIES

__all__ = ["routable"]


@pytest.mark.usefixtures("routable")
@pytest.mark.parametrize("name", ENTRIES)
def test_an_application_is_accepted(api: KubeClient, name: str) -> None:
    namespace: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": f"{name}-strict",
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
        },
    }
    apply_objects(api, f"{name}-strict", [namespace])
    definition = read_file(ROOT / "stacks" / f"{name}.yml")
    one = place(definition, **ENTRIES[name], namespace=f"{name}-strict")
    accept(api, compile_stack(one, settle(one, {}), {"backend": "192.0.2.7"}))
