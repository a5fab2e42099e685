# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether nodes may leave a cluster that goes on without them, and what is done for each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from .._core.errors import LandfallError, ProblemsError, RefusedError
from .._core.plan import Change, Plan

PODS, VOLUMES = "pods", "volumes"
LOSABLE = (PODS, VOLUMES)
"""What a removal may lose, when it is said: pods that nothing makes again, and volumes' data."""


@dataclass(frozen=True)
class Present:
    """A node as the cluster knows it.

    Attributes:
        name: its name.
        address: its address in the cluster.
        ready: its kubelet says that it can run pods; one that says nothing is not ready.
        cordoned: it gets no new pods.
    """

    name: str
    address: str
    ready: bool
    cordoned: bool = False


@dataclass(frozen=True)
class Pod:
    """A pod that a drain would evict.

    Attributes:
        name: with its namespace, ``a/b``.
        node: where it is.
        managed: something makes it again elsewhere.
    """

    name: str
    node: str
    managed: bool = True


@dataclass(frozen=True)
class Volume:
    """A volume whose data is on nodes: its claim (``a/b``), and the nodes that have it."""

    claim: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Voter:
    """A member of etcd: the name of its node, and whether it answers."""

    name: str
    healthy: bool = True


@dataclass(frozen=True)
class Cluster:
    """What is asked of a cluster before nodes leave it; of pods, those on the leaving nodes."""

    nodes: tuple[Present, ...] = ()
    voters: tuple[Voter, ...] = ()
    pods: tuple[Pod, ...] = ()
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True)
class Leave(Change):
    """One step: its kind, which the adapter knows, the node's name and address."""

    kind: str = ""
    name: str = ""
    address: str = ""


def plan_removal(names: Sequence[str], cluster: Cluster, lose: Collection[str] = ()) -> Plan[Leave]:
    """Return what takes nodes out of a cluster, in an order that can be cut off and begun again.

    All are cordoned first, so that no pod goes from one to another of them. A node that is not
    ready cannot evict its pods: they go with its Node, and come up elsewhere.

    Args:
        names: of the nodes; those that the cluster does not know (any more) cost nothing.
        cluster: what is there.
        lose: of :data:`LOSABLE`.

    Raises:
        ProblemsError: something would be lost; nothing was changed.
    """
    problems = list(_problems(names, cluster, lose))
    if problems:
        raise ProblemsError("nodes cannot leave the cluster; nothing was changed", problems)
    known = {node.name: node for node in cluster.nodes}
    voters = {voter.name: voter.healthy for voter in cluster.voters}
    # Members of etcd that do not answer go first: see _quorum.
    ordered = sorted(names, key=lambda name: voters.get(name, False))
    leaving = [known[name] for name in ordered if name in known]
    steps = [_step("cordon", node) for node in leaving if node.ready and not node.cordoned]
    for name in ordered:
        node = known.get(name)
        if node and node.ready:
            steps.append(_step("drain", node))
        if name in voters:
            steps.append(_step("etcd member", node or Present(name, "", ready=False), "remove"))
        if node:
            steps.append(_step("node", node, "remove"))
    return Plan(tuple(steps))


def _step(kind: str, node: Present, action: str = "") -> Leave:
    target = f"{kind} {node.name}" if action else f"node {node.name}"
    return Leave(target, action or kind, kind=kind, name=node.name, address=node.address)


def _problems(
    names: Sequence[str], cluster: Cluster, lose: Collection[str]
) -> Iterator[LandfallError]:
    quorum = _quorum(names, cluster.voters)
    if quorum:
        yield quorum
    lost = [volume for volume in cluster.volumes if set(volume.nodes) <= set(names)]
    if lost and VOLUMES not in lose:
        yield RefusedError(
            "volumes have their data on these nodes alone",
            on=", ".join(sorted({name for volume in lost for name in volume.nodes})),
            expected="no claim whose data would be lost",
            found=", ".join(sorted(volume.claim for volume in lost)),
            remedy="move or back up the data and delete the claims; or say that it may be lost: "
            "-e removal_lose=volumes",
        )
    alone = [pod for pod in cluster.pods if not pod.managed and pod.node in names]
    if alone and PODS not in lose:
        yield RefusedError(
            "nothing would make these pods again",
            on=", ".join(sorted({pod.node for pod in alone})),
            expected="pods of Deployments, StatefulSets, DaemonSets or Jobs",
            found=", ".join(sorted(pod.name for pod in alone)),
            remedy="delete them; or say that they may be lost: -e removal_lose=pods",
        )


def _quorum(names: Sequence[str], voters: Sequence[Voter]) -> Optional[LandfallError]:
    """Return why control planes must stay.

    Members that do not answer are removed first, so that the cluster that has its quorum now and
    has it at the end has it all the time.
    """
    leaving = [voter for voter in voters if voter.name in names]
    staying = [voter for voter in voters if voter.name not in names]
    if not leaving:
        return None
    found = [voter.name for voter in staying if voter.healthy]
    needed = len(staying) // 2 + 1
    now, majority = sum(voter.healthy for voter in voters), len(voters) // 2 + 1
    if len(found) >= needed and now >= majority:
        return None
    short = len(found) < needed
    stay = f"{needed} of {len(staying)} members that stay and answer"
    return RefusedError(
        "etcd would lose its quorum" if short else "etcd has no quorum, so no member can leave it",
        on=", ".join(voter.name for voter in leaving),
        expected=(stay if staying else "a member that stays")
        if short
        else f"{majority} of {len(voters)} members that answer",
        found=", ".join(found) or "none",
        remedy="let fewer control planes leave at once, add others first, or repair those that do "
        "not answer; playbooks/reset.yml gives a whole cluster up",
    )
