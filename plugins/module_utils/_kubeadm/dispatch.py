# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a cluster's plan into the parameters of one node's order; on the controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from .cluster import Action, ClusterPlan, Role, Step
from .config import (
    ClusterConfig,
    NodeConfig,
    discovery_kubeconfig,
    fingerprint,
    init_documents,
    join_documents,
)
from .credentials import Credentials


@dataclass(frozen=True)
class Brief:
    """A plan as it travels from task to task: without the nodes that nothing is done to.

    Attributes:
        sponsor, sponsor_address: who makes the cluster or admits.
        nonce: what the credentials of this run are derived with; empty when nobody joins.
        cluster_id: of the cluster, also of the one to be made.
        steps: by name of the node.
    """

    sponsor: str
    sponsor_address: str
    nonce: str
    cluster_id: str
    steps: Mapping[str, Step]

    @classmethod
    def of(cls, plan: ClusterPlan, nonce: str) -> Brief:
        """Keep of a plan what later tasks need."""
        steps = {step.name: step for step in plan.deeds}
        used = nonce if any(step.action is not Action.NONE for step in plan) else ""
        return cls(plan.sponsor, plan.sponsor_address, used, plan.cluster_id or used, steps)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Brief:
        """Build it from what ``to_result`` returned."""
        steps = {name: Step.from_params(step) for name, step in params["steps"].items()}
        keys = ("sponsor", "sponsor_address", "nonce", "cluster_id")
        return cls(**{key: params[key] for key in keys}, steps=steps)

    def to_result(self) -> dict[str, Any]:
        """Return it in the form of a module's result."""
        return {
            "sponsor": self.sponsor,
            "sponsor_address": self.sponsor_address,
            "nonce": self.nonce,
            "cluster_id": self.cluster_id,
            "steps": {name: step.to_result() for name, step in self.steps.items()},
        }


@dataclass(frozen=True)
class Secrets:
    """What the site keeps for its cluster: the CA (PEM), the key that credentials derive from."""

    ca_certificate: str
    ca_key: str
    key: bytes


def lead_order(brief: Brief, cluster: ClusterConfig, secrets: Secrets) -> Optional[dict[str, Any]]:
    """Return the sponsor's order; None when nobody needs it."""
    acting = [step for step in brief.steps.values() if step.action is not Action.NONE]
    if not acting:
        return None
    own = brief.steps.get(brief.sponsor)
    initialises = own is not None and own.action is Action.INITIALISE
    node = NodeConfig(
        brief.sponsor,
        brief.sponsor_address,
        Role.CONTROL_PLANE,
        own.cgroup_version if own else 2,
    )
    return {
        **_common(brief.sponsor, brief, cluster, secrets),
        "step": "initialise" if initialises else "admit",
        "documents": init_documents(cluster, node),
        "candidates": _candidates(acting),
        "reset": initialises and own is not None and own.reset,
        "ca_certificate": secrets.ca_certificate if initialises else "",
        "ca_key": secrets.ca_key if initialises else "",
    }


def join_order(
    name: str, brief: Brief, cluster: ClusterConfig, secrets: Secrets
) -> Optional[dict[str, Any]]:
    """Return a node's order to join; None when it has nothing to do."""
    step = brief.steps.get(name)
    if step is None or step.action is not Action.JOIN:
        return None
    node = NodeConfig(step.name, step.address, step.role, step.cgroup_version)
    return {
        **_common(name, brief, cluster, secrets),
        "step": "join",
        "documents": join_documents(cluster, node),
        "discovery": discovery_kubeconfig(cluster, secrets.ca_certificate),
        "reset": step.reset,
    }


def _common(name: str, brief: Brief, cluster: ClusterConfig, secrets: Secrets) -> dict[str, Any]:
    credentials = Credentials.derive(secrets.key, brief.nonce)
    return {
        "name": name,
        "cluster_id": brief.cluster_id,
        "configuration": fingerprint(cluster),
        "token": credentials.token,
        "certificate_key": credentials.certificate_key,
    }


def _candidates(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {
            "name": step.name,
            "address": step.address,
            "control_plane": step.role is Role.CONTROL_PLANE,
        }
        for step in steps
    ]
