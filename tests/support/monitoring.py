# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role monitoring applies, for tests without a site."""

from __future__ import annotations

from typing import Any

from tests.support.manifests import rendered

CERTIFICATE = {"certificate": "CERTIFICATE\n", "key": "KEY\n"}
VARIABLES: dict[str, Any] = {
    "site_name": "lab",
    "monitoring_gateways": {"gateway1": "192.0.2.20", "gateway2": "192.0.2.21"},
    "monitoring_gateway_port": 8404,
    "monitoring_certificate": CERTIFICATE,
    "monitoring_node_certificate": CERTIFICATE,
    "monitoring_state_certificate": CERTIFICATE,
}
NOTHING: dict[str, Any] = {}
EVERYTHING: dict[str, Any] = {
    "replicas": 2,
    "storage": "100Gi",
    "class": "fast",
    "retention": {"days": 90},
    "resources": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "8Gi"}},
    "alertmanagers": [
        {
            "url": "https://alerts.example.com/prefix",
            "basic_auth": {"username": "u", "password": "p"},
        }
    ],
    "remote_write": [{"url": "https://metrics.example.com/api/v1/write"}],
    "rules": [{"name": "shop", "rules": [{"alert": "Shop", "expr": "vector(1)"}]}],
}


def objects(monitoring: dict[str, Any], **variables: Any) -> list[dict[str, Any]]:
    """Return the role's objects for a value of ``landfall_monitoring``."""
    return rendered("monitoring", landfall_monitoring=monitoring, **{**VARIABLES, **variables})
