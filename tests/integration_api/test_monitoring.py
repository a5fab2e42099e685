# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of monitoring against a real API server: accepted as they are, then unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from tests.support.monitoring import EVERYTHING, NOTHING, objects


@pytest.mark.parametrize("monitoring", [NOTHING, {**EVERYTHING, "class": "", "storage": "10Gi"}])
def test_it_is_accepted_and_stable(api: KubeClient, monitoring: dict[str, Any]) -> None:
    found = objects(monitoring)
    done = apply_objects(api, "monitoring", found, wait=False, force=True)
    assert done.plan.changes
    assert not apply_objects(api, "monitoring", found, check=True).plan
