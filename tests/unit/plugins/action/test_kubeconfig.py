# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cached kubeconfig: what is in it, and how it is put in place."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.action.kubeconfig import rewritten
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)

ADMIN = b"""
clusters:
- name: kubernetes
  cluster: {server: "https://c1:6443", certificate-authority-data: Q0E=}
users: [{name: kubernetes-admin, user: {client-key-data: S0VZ}}]
"""


def test_it_points_to_the_gateway() -> None:
    config = yaml.safe_load(rewritten(ADMIN, "lab", "https://10.0.0.9:6443"))
    assert config["current-context"] == "lab"
    assert config["clusters"] == [
        {
            "name": "lab",
            "cluster": {"server": "https://10.0.0.9:6443", "certificate-authority-data": "Q0E="},
        }
    ]
    assert config["users"] == [{"name": "lab-admin", "user": {"client-key-data": "S0VZ"}}]


@pytest.mark.parametrize("content", [b"", b"{", b"clusters: []"])
def test_no_kubeconfig(content: bytes) -> None:
    with pytest.raises(InvalidInputError, match="not a kubeconfig"):
        rewritten(content, "lab", "https://x")
