# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of replicas that were set by hand: how long they hold, and setting them."""

from __future__ import annotations

from collections.abc import Mapping

from .._core.plan import Change, Plan
from .._kube.objects import Key
from .model import Scaled


def held(scaled: Mapping[str, Scaled], declared: Mapping[str, int]) -> dict[str, Scaled]:
    """Return the numbers that still hold.

    One holds as long as the inventory says the same as when it was set; then whoever spoke last,
    the operator or the inventory, has said the number.

    Args:
        scaled: what was set by hand.
        declared: what the inventory says now; components that it leaves to the load are missing.
    """
    return {name: one for name, one in scaled.items() if declared.get(name) == one.declared}


def set_by_hand(
    scaled: Mapping[str, Scaled], component: str, replicas: int, present: int
) -> dict[str, Scaled]:
    """Return what is set by hand after a component was given another number.

    Args:
        scaled: what was set before.
        component: which one.
        replicas: the wanted number.
        present: what the release says, which is the inventory's number if nothing was set before.
    """
    declared = scaled[component].declared if component in scaled else present
    others = {name: one for name, one in scaled.items() if name != component}
    if replicas == declared:
        return others
    return {**others, component: Scaled(replicas, declared)}


def scaled_change(key: Key, present: int, wanted: int, remembered: bool) -> Plan[Change]:
    """Return the change of a workload's number.

    Args:
        key: the workload.
        present: what it has.
        wanted: what it shall have.
        remembered: what later deployments keep is another number than before.
    """
    if present == wanted and not remembered:
        return Plan()
    before, after = (f"replicas: {number}\n" for number in (present, wanted))
    return Plan((Change(str(key), "scale", before, after),))
