# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router's objects against a real API server: accepted as they are, then unchanged."""

from __future__ import annotations

from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from tests.support.manifests import rendered

VARIABLES: dict[str, Any] = {
    "landfall_logging": {},
    "log_router_addresses": ["192.0.2.11"],
    "log_router_certificate": {"certificate": "WRITER\n", "key": "KEY\n"},
    "log_router_environment": "lab",
}


def test_the_router_is_accepted_and_stable(api: KubeClient) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "logging"}}
    objects = [namespace, *rendered("log_router", **VARIABLES)]
    done = apply_objects(api, "log-router", objects, wait=False, force=True)
    assert len(done.plan.changes) == len(objects)
    assert not apply_objects(api, "log-router", objects, check=True).plan
