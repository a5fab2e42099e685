# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and nodes, as the API has them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._balancer.settings import Settings


@pytest.fixture
def settings() -> Settings:
    """A gateway of the lab."""
    return Settings.from_params(
        {
            "name": "gateway1",
            "shared": "10.77.0.5",
            "reserved": {"80": "HTTP", "443": "HTTPS"},
            "api_host": "10.77.0.20",
        }
    )


def service(name: str = "web", **changes: Any) -> dict[str, Any]:
    """Return a Service; a change is a field of spec, or of metadata or status when so named."""
    spec: dict[str, Any] = {
        "type": "LoadBalancer",
        "ipFamilies": ["IPv4"],
        "ports": [{"port": 8080, "protocol": "TCP", "nodePort": 30001}],
    }
    metadata = {
        "uid": f"uid-{name}",
        "namespace": "default",
        "name": name,
        "resourceVersion": "7",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        **changes.pop("metadata", {}),
    }
    return {"metadata": metadata, "status": changes.pop("status", {}), "spec": {**spec, **changes}}


def node(name: str = "worker1", last: int = 41, **changes: Any) -> dict[str, Any]:
    """Return a Node that is ready."""
    return {
        "metadata": {"name": name, "uid": name, **changes.pop("metadata", {})},
        "spec": changes.pop("spec", {}),
        "status": {
            "addresses": [
                {"type": "Hostname", "address": name},
                {"type": "InternalIP", "address": f"10.77.0.{last}"},
            ],
            "conditions": [{"type": "Ready", "status": changes.pop("ready", "True")}],
            **changes,
        },
    }
