# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``kubeadm_info`` registered, as action plugins that plan for a whole cluster read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observation import (
    Observation,
)


def observations(
    args: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]]
) -> dict[str, Observation]:
    """Return what was seen, by host: on the run's hosts, and on control planes outside of it.

    Args:
        args: the action's arguments: ``selected`` hosts, the name of the variable that holds their
            ``observations``, and the results of a loop over ``others``.
        hostvars: the variables of all hosts.
    """
    seen = {}
    for name in args["selected"]:
        registered = hostvars[name].get(args["observations"])
        if registered and "observation" in registered:
            seen[name] = Observation.from_params(registered["observation"])
    for registered in args["others"]:
        if "observation" in registered:
            seen[str(registered["item"])] = Observation.from_params(registered["observation"])
    return seen
