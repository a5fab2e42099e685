# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New pods for what a workload's configuration does not show: new content, other credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._kube.objects import Object

# A manager of its own, so that a deployment neither undoes nor repeats it.
MANAGER = "landfall-refresh"
REFRESHED = "landfall.dev/refreshed"


def annotated(workload: Mapping[str, Any], at: str) -> Object:
    """Return what lets a workload replace its pods: a mark on their template.

    The workload's own strategy does the rest, which replaces them one by one.
    """
    meta = workload["metadata"]
    return {
        "apiVersion": workload["apiVersion"],
        "kind": workload["kind"],
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "spec": {"template": {"metadata": {"annotations": {REFRESHED: at}}}},
    }
