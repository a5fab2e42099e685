# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which containers, networks and volumes must be made or removed; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .._core.errors import ProblemsError, RefusedError
from .._core.plan import Change, Plan
from .model import Host, Lab, Seen

INOTIFY_INSTANCES = 8192
"""Five kubelets, containerds and systemds on one kernel need more than its usual 128."""


@dataclass(frozen=True)
class RaiseInotify(Change):
    """Allow all the hosts' inotify instances on this machine's kernel."""


@dataclass(frozen=True)
class CreateNetwork(Change):
    """Make the lab's network."""


@dataclass(frozen=True)
class CreateAccess(Change):
    """Make the volume that keeps the lab's SSH key pair, and the pair."""


@dataclass(frozen=True)
class CreateHost(Change):
    """Make a host's container and start it."""

    host: Optional[Host] = None


@dataclass(frozen=True)
class StartHost(Change):
    """Start a host's container that exists."""

    name: str = ""


@dataclass(frozen=True)
class RemoveHost(Change):
    """Remove a host's container with its volumes."""

    name: str = ""


@dataclass(frozen=True)
class RemoveNetwork(Change):
    """Remove the lab's network."""


@dataclass(frozen=True)
class RemoveAccess(Change):
    """Remove the volume with the lab's SSH key pair."""


def plan_present(lab: Lab, seen: Seen) -> Plan[Change]:
    """Plan the way from what is there to all hosts running.

    Raises:
        ProblemsError: something exists with other properties; making it anew would lose its data.
    """
    problems = _conflicts(lab, seen)
    if problems:
        raise ProblemsError(f"lab {lab.name} exists with other properties", problems)
    changes: list[Change] = []
    if seen.inotify_instances < INOTIFY_INSTANCES:
        changes.append(
            RaiseInotify(
                "sysctl fs.inotify.max_user_instances",
                "raise",
                f"{seen.inotify_instances}\n",
                f"{INOTIFY_INSTANCES}\n",
            )
        )
    if seen.network is None:
        changes.append(CreateNetwork(f"network {lab.prefix}", "create", "", f"{lab.network}\n"))
    if not seen.access:
        changes.append(CreateAccess(f"volume {lab.prefix}-access", "create", "", "SSH key pair\n"))
    for host in lab.hosts:
        there = seen.hosts.get(host.name)
        if there is None:
            text = f"{host.address} {host.suite}\n"
            changes.append(
                CreateHost(target=f"host {host.name}", action="create", after=text, host=host)
            )
        elif not there.running:
            changes.append(StartHost(target=f"host {host.name}", action="start", name=host.name))
    return Plan(tuple(changes))


def plan_absent(lab: Lab, seen: Seen) -> Plan[Change]:
    """Plan the removal of everything that carries the lab's label."""
    changes: list[Change] = [
        RemoveHost(target=f"host {name}", action="remove", name=name) for name in sorted(seen.hosts)
    ]
    if seen.network is not None:
        changes.append(RemoveNetwork(f"network {lab.prefix}", "remove"))
    if seen.access:
        changes.append(RemoveAccess(f"volume {lab.prefix}-access", "remove"))
    return Plan(tuple(changes))


def _conflicts(lab: Lab, seen: Seen) -> list[RefusedError]:
    remedy = "remove the lab (make destroy) and run again, or change the inventory back"
    problems = []
    if seen.network not in (None, lab.network):
        problems.append(
            RefusedError(
                "the network has another range",
                on=lab.prefix,
                expected=lab.network,
                found=str(seen.network),
                remedy=remedy,
            )
        )
    for host in lab.hosts:
        there = seen.hosts.get(host.name)
        if there and (there.address, there.suite) != (host.address, host.suite):
            problems.append(
                RefusedError(
                    "the host was made differently",
                    on=host.name,
                    expected=f"{host.address} {host.suite}",
                    found=f"{there.address} {there.suite}",
                    remedy=remedy,
                )
            )
    return problems
