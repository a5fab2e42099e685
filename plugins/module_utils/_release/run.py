# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job of a stack, run by hand: the same pods under another name."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .._kube.objects import Object

MANAGER = "landfall-run"
# Which run it is.
RUN = "landfall.dev/run"
# Long enough to look at it the next morning.
KEPT_S = 24 * 3600


def job_of(obj: Mapping[str, Any], component: str, at: str) -> Object:
    """Return the Job to create.

    Args:
        obj: the Job or CronJob of the release.
        component: whose it is.
        at: the time, UTC, as ``2026-01-31T12:00:00Z``; makes the name.
    """
    body = obj["spec"]["jobTemplate"] if obj["kind"] == "CronJob" else obj
    spec: Object = copy.deepcopy(dict(body["spec"]))
    spec.setdefault("ttlSecondsAfterFinished", KEPT_S)
    stamp = "".join(letter for letter in at if letter.isdigit())
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{component}-run-{stamp}",
            "namespace": obj["metadata"]["namespace"],
            "labels": {**(obj["metadata"].get("labels") or {}), RUN: stamp},
        },
        "spec": spec,
    }
