# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Kubernetes: reading and comparing them."""

from __future__ import annotations

import re

from .._core.errors import InvalidInputError, RefusedError

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


def parse(version: str) -> tuple[int, int, int]:
    """Return the numbers of a version such as ``1.37.1`` or ``v1.37.1``.

    Raises:
        InvalidInputError: it is none.
    """
    found = _VERSION.fullmatch(version)
    if not found:
        raise InvalidInputError(
            "not a version of Kubernetes",
            on="kubernetes_version",
            expected="three numbers such as 1.37.1",
            found=repr(version),
            remedy="correct the variable in the inventory",
        )
    major, minor, patch = (int(number) for number in found.groups())
    return major, minor, patch


def require_version(node: str, running: str, wanted: str) -> None:
    """Refuse to go on when a control plane runs another version than is wanted.

    Args:
        node: name of the control plane.
        running: version of its API server.
        wanted: version of the inventory.

    Raises:
        RefusedError: the versions differ.
    """
    if parse(running) == parse(wanted):
        return
    newer = parse(wanted) > parse(running)
    raise RefusedError(
        "the cluster runs another version of Kubernetes" if newer else "downgrades do not exist",
        on=node,
        expected=wanted,
        found=running,
        remedy=f"set kubernetes_version to {running}"
        + ("; a cluster that runs cannot be upgraded yet" if newer else ""),
    )
