# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who initialises the cluster, who joins it through whom, and what is refused.

There is no special first node: whoever serves the API is the sponsor of the others. A cluster is
made only where every control plane answered and none has a trace of an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional

from .._core.errors import InvalidInputError, RefusedError
from .observation import Api, Kind, Observation
from .version import require_version

RESET = "playbooks/reset.yml"


class Role(str, Enum):
    """What a node is for."""

    CONTROL_PLANE = "control_plane"
    WORKER = "worker"


class Action(str, Enum):
    """What is to be done to a node."""

    NONE = "none"
    INITIALISE = "initialise"
    JOIN = "join"


@dataclass(frozen=True)
class Node:
    """A node of the inventory.

    Attributes:
        name: its name in the inventory, which is its name in the cluster.
        address: the address that the other nodes reach it at.
        role: control plane or worker.
        selected: it takes part in this run (``--limit``, not lost earlier).
    """

    name: str
    address: str
    role: Role
    selected: bool = True


@dataclass(frozen=True)
class Desired:
    """The cluster that the inventory describes.

    Attributes:
        nodes: in the inventory's order.
        version: of Kubernetes.
        cluster_ca: SHA-256 of the certificate of the CA that the site keeps for its cluster.
    """

    nodes: tuple[Node, ...]
    version: str
    cluster_ca: str

    @property
    def control_planes(self) -> tuple[Node, ...]:
        """The control planes, in the inventory's order."""
        return tuple(node for node in self.nodes if node.role is Role.CONTROL_PLANE)


@dataclass(frozen=True)
class Step:
    """What is to be done to one node.

    Attributes:
        reset: remove what a run that was cut off left there, first.
        problem: why nothing can be done; this node fails, the others go on.
        cgroup_version: of the node, 1 or 2.
    """

    name: str
    address: str
    role: Role
    action: Action = Action.NONE
    reset: bool = False
    problem: str = ""
    cgroup_version: int = 2

    def to_result(self) -> dict[str, Any]:
        """Return it in the form of a module's result."""
        return {
            "name": self.name,
            "address": self.address,
            "role": self.role.value,
            "action": self.action.value,
            "reset": self.reset,
            "problem": self.problem,
            "cgroup_version": self.cgroup_version,
        }

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Step:
        """Build it from what ``to_result`` returned."""
        return cls(**{**params, "role": Role(params["role"]), "action": Action(params["action"])})


@dataclass(frozen=True)
class ClusterPlan:
    """The steps for the selected nodes, and the control plane that admits them.

    Attributes:
        sponsor: name of the control plane that initialises, or that serves the API and admits.
        sponsor_address: its address.
        cluster_id: of the cluster that exists; empty for a new one.
    """

    sponsor: str
    sponsor_address: str
    steps: tuple[Step, ...]
    cluster_id: str = ""

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def deeds(self) -> tuple[Step, ...]:
        """The steps that do something or say what is wrong."""
        return tuple(step for step in self.steps if step.action is not Action.NONE or step.problem)


def plan(desired: Desired, observations: Mapping[str, Observation]) -> ClusterPlan:
    """Decide what is to be done to each selected node.

    Args:
        desired: the inventory's nodes.
        observations: the facts of the nodes that answered, by name.

    Raises:
        InvalidInputError: the inventory has no control plane.
        RefusedError: going on could lose a cluster or make a second one.
    """
    if not desired.control_planes:
        raise InvalidInputError(
            "the site has no control plane",
            on="group control_planes",
            expected="1, 3 or 5 hosts",
            remedy="add hosts to the group control_planes",
        )
    _one_cluster(desired, observations)
    serving = [node for node in desired.control_planes if _serves(observations.get(node.name))]
    if serving:
        return _extend(desired, observations, serving)
    return _initialise(desired, observations)


def _serves(observation: Optional[Observation]) -> bool:
    return observation is not None and observation.serves


def _one_cluster(desired: Desired, observations: Mapping[str, Observation]) -> None:
    """Refuse control planes of different clusters: which one is the site's is not ours to guess."""
    found: dict[str, list[str]] = {}
    for node in desired.control_planes:
        seen = observations.get(node.name)
        if not seen or seen.kind is Kind.HALF_INITIALISED:
            continue
        if seen.cluster_ca not in ("", desired.cluster_ca):
            raise RefusedError(
                "a control plane has another CA than the site keeps for its cluster",
                on=node.name,
                expected=f"SHA-256 {desired.cluster_ca[:16]}…",
                found=f"{seen.cluster_ca[:16]}…",
                remedy=f"if it is not this site's: {RESET} --limit {node.name}; if it is, supply "
                "its CA as the site's (site_supplied)",
            )
        if seen.cluster_id:
            found.setdefault(seen.cluster_id, []).append(node.name)
    if len(found) > 1:
        raise RefusedError(
            "the control planes belong to different clusters",
            on=", ".join(name for names in found.values() for name in names),
            expected="one cluster",
            found="; ".join(f"{one[:8]} on {', '.join(names)}" for one, names in found.items()),
            remedy=f"remove the wrong cluster: {RESET} --limit <its hosts>",
        )


def _extend(
    desired: Desired, observations: Mapping[str, Observation], serving: list[Node]
) -> ClusterPlan:
    """Let the selected nodes that are not in the cluster join it."""
    for node in serving:
        require_version(node.name, observations[node.name].api_version, desired.version)
    sponsor = next((node for node in serving if node.selected), serving[0])
    cluster_id = observations[sponsor.name].cluster_id
    steps = tuple(
        _join_step(node, observations[node.name], desired, cluster_id)
        for node in desired.nodes
        if node.selected and node.name in observations
    )
    return ClusterPlan(sponsor.name, sponsor.address, steps, cluster_id)


def _join_step(node: Node, seen: Observation, desired: Desired, cluster_id: str) -> Step:
    if seen.kind in (Kind.VIRGIN, Kind.HALF_INITIALISED, Kind.HALF_JOINED):
        return _step(node, seen, Action.JOIN)
    return _step(node, seen, Action.NONE, _problem(node, seen, desired, cluster_id))


def _step(node: Node, seen: Observation, action: Action, problem: str = "") -> Step:
    half = seen.kind in (Kind.HALF_INITIALISED, Kind.HALF_JOINED)
    return Step(node.name, node.address, node.role, action, half, problem, seen.cgroup_version)


def _problem(node: Node, seen: Observation, desired: Desired, cluster_id: str) -> str:
    """Say what is wrong with a node that has a cluster's files; empty when nothing is."""
    error = _stranger(node, seen, desired, cluster_id) or _unfit(node, seen, desired)
    return str(error) if error else ""


def _stranger(
    node: Node, seen: Observation, desired: Desired, cluster_id: str
) -> Optional[RefusedError]:
    """Return why a node is no member of this cluster, or none in its role."""
    other_ca = seen.cluster_ca not in ("", desired.cluster_ca)
    if other_ca or (seen.cluster_id and cluster_id and seen.cluster_id != cluster_id):
        return RefusedError(
            "the node belongs to another cluster",
            on=node.name,
            expected=f"CA {desired.cluster_ca[:16]}…, cluster {cluster_id[:8]}",
            found=f"CA {seen.cluster_ca[:16]}…, cluster {seen.cluster_id[:8]}",
            remedy=f"{RESET} --limit {node.name}, then run again",
        )
    if seen.kind is Kind.TRACES:
        return RefusedError(
            "the node has traces of a cluster but is no member",
            on=node.name,
            expected="a member or a clean node",
            found=", ".join(seen.traces),
            remedy=f"{RESET} --limit {node.name}, then run again",
        )
    if (node.role is Role.CONTROL_PLANE) != seen.ca_key:
        return RefusedError(
            "the node is a member with another role",
            on=node.name,
            expected=node.role.value,
            found=(Role.CONTROL_PLANE if seen.ca_key else Role.WORKER).value,
            remedy=f"move it in the inventory, or {RESET} --limit {node.name} and run again",
        )
    return None


def _unfit(node: Node, seen: Observation, desired: Desired) -> Optional[RefusedError]:
    """Return what is wrong with a member."""
    if node.role is Role.CONTROL_PLANE and seen.api is not Api.HEALTHY:
        return RefusedError(
            "the control plane's own API server is not healthy",
            on=node.name,
            expected="/readyz answers ok",
            found=seen.api_detail or seen.api.value,
            remedy="look at 'journalctl -u kubelet' and 'crictl ps -a' there; to make the node "
            f"anew: {RESET} --limit {node.name}, then run again",
        )
    if seen.kubelet_version not in ("", desired.version):
        return RefusedError(
            "the node runs another version of Kubernetes",
            on=node.name,
            expected=desired.version,
            found=seen.kubelet_version,
            remedy=f"set kubernetes_version to {seen.kubelet_version}, or make the node anew: "
            f"{RESET} --limit {node.name}, then run again",
        )
    return None


def _initialise(desired: Desired, observations: Mapping[str, Observation]) -> ClusterPlan:
    """Make a new cluster where that is certain to be the first one."""
    silent = [node.name for node in desired.control_planes if node.name not in observations]
    traces = {
        node.name: f"{seen.kind.value}: {', '.join(seen.traces) or 'marker'}"
        for node in desired.nodes
        for seen in [observations.get(node.name)]
        if seen and seen.kind not in (Kind.VIRGIN, Kind.HALF_INITIALISED)
    }
    if traces:
        raise _no_server(desired, observations, silent, traces)
    if silent:
        raise RefusedError(
            "a new cluster is made only when every control plane answered",
            on=", ".join(silent),
            expected="an answer that shows no trace of a cluster",
            found="no answer: a cluster may live there",
            remedy="start these hosts, or take them out of the inventory",
        )
    first = next((node for node in desired.control_planes if node.selected), None)
    if first is None:
        raise RefusedError(
            "there is no cluster yet, and no control plane takes part in this run",
            on=", ".join(node.name for node in desired.nodes if node.selected),
            expected="at least one of " + ", ".join(node.name for node in desired.control_planes),
            remedy="run without --limit first",
        )
    return ClusterPlan(
        first.name,
        first.address,
        tuple(
            _step(
                node,
                observations[node.name],
                Action.INITIALISE if node is first else Action.JOIN,
            )
            for node in desired.nodes
            if node.selected and node.name in observations
        ),
    )


def _no_server(
    desired: Desired,
    observations: Mapping[str, Observation],
    silent: list[str],
    traces: Mapping[str, str],
) -> RefusedError:
    """Say how to get the cluster back whose traces are there but whose API is not."""
    sick = [
        f"{node.name}: {observations[node.name].api_detail or observations[node.name].api.value}"
        for node in desired.control_planes
        if node.name in observations
    ]
    start = f"start the hosts that do not answer ({', '.join(silent)}); " if silent else ""
    return RefusedError(
        "traces of a cluster exist, but no control plane serves its API",
        on=", ".join(traces),
        expected="a healthy API server on one control plane",
        found="; ".join([f"{name} ({text})" for name, text in traces.items()] + sick),
        remedy=f"{start}look at 'journalctl -u kubelet' and 'crictl ps -a' on the control planes; "
        f"or give the cluster up with {RESET}",
    )
