# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a Job is waited for: it has a limit of its own, at which it fails by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Until its controller has said that a Job's time is over.
GRACE_S = 30.0


def own_limit(job: Mapping[str, Any]) -> float:
    """Return the seconds that a Job may take by its own word, 0 when it says nothing."""
    seconds = job["spec"].get("activeDeadlineSeconds")
    return float(seconds) + GRACE_S if seconds else 0.0


def has_tried(job: Mapping[str, Any]) -> bool:
    """Tell whether the status shows that a Job has begun: a pod of it is ready, or has ended."""
    status = job.get("status") or {}
    return any(status.get(count) for count in ("ready", "succeeded", "failed"))


def has_begun(pods: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a container of these pods, one that runs before the others too, has started."""
    statuses = [pod.get("status") or {} for pod in pods]
    containers = [
        container
        for status in statuses
        for field in ("initContainerStatuses", "containerStatuses")
        for container in status.get(field) or ()
    ]
    return any({"running", "terminated"} & set(one.get("state") or {}) for one in containers)


def is_unharmed(job: Mapping[str, Any]) -> bool:
    """Tell whether no pod of a Job has failed so far."""
    return not (job.get("status") or {}).get("failed")
