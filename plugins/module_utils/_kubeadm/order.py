# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One node's step as its module gets it: made on the controller, carried out on the node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.plan import Change, Plan
from .credentials import Credentials, fill
from .member import Belonging, Candidate, Member

ORDER_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "step": {"type": "str", "required": True, "choices": ["initialise", "admit", "join"]},
    "documents": {"type": "list", "elements": "dict", "default": []},
    "discovery": {"type": "dict", "default": {}},
    "cluster_id": {"type": "str", "default": ""},
    "configuration": {"type": "str", "default": ""},
    "ca_certificate": {"type": "str", "default": ""},
    "ca_key": {"type": "str", "no_log": True, "default": ""},
    "candidates": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "control_plane": {"type": "bool", "required": True},
        },
    },
    "reset": {"type": "bool", "default": False},
    "token": {"type": "str", "no_log": True, "default": ""},
    "certificate_key": {"type": "str", "no_log": True, "default": ""},
    "busy_timeout": {"type": "int", "default": 600},
}


@dataclass(frozen=True)
class Order:
    """What one node is told to do.

    Attributes:
        name: the node.
        step: initialise, admit or join.
        documents: kubeadm's configuration without credentials.
        discovery: the kubeconfig that a joining node finds the cluster with, without credentials.
        cluster_id: of the cluster.
        configuration: hash of the cluster's configuration.
        ca_certificate, ca_key: of the cluster to be made, PEM.
        candidates: the nodes that are admitted.
        reset: something that was cut off is removed first (for the report; the node decides).
        credentials: what admits a node.
        busy_timeout: seconds that an earlier run's kubeadm has to end.
    """

    name: str
    step: str
    documents: tuple[Mapping[str, Any], ...] = ()
    discovery: Mapping[str, Any] = field(default_factory=dict)
    cluster_id: str = ""
    configuration: str = ""
    ca_certificate: str = ""
    ca_key: str = ""
    candidates: tuple[Candidate, ...] = ()
    reset: bool = False
    credentials: Credentials = field(default_factory=lambda: Credentials("", ""))
    busy_timeout: float = 600.0

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Order:
        """Build it from the module's parameters."""
        return cls(
            name=params["name"],
            step=params["step"],
            documents=tuple(params["documents"]),
            discovery=params["discovery"],
            cluster_id=params["cluster_id"],
            configuration=params["configuration"],
            ca_certificate=params["ca_certificate"],
            ca_key=params["ca_key"],
            candidates=tuple(Candidate(**one) for one in params["candidates"]),
            reset=params["reset"],
            credentials=Credentials(params["token"], params["certificate_key"]),
            busy_timeout=params["busy_timeout"],
        )

    def plan(self) -> Plan[Change]:
        """Return what carrying it out changes, for the report and for check mode."""
        changes = []
        if self.reset:
            changes.append(Change(f"half-made node {self.name}", "reset"))
        if self.step == "initialise":
            changes.append(Change(f"cluster on {self.name}", "initialise"))
        elif self.step == "join":
            changes.append(Change(f"node {self.name}", "join"))
        else:
            changes += [Change(f"node {one.name}", "admit") for one in self.candidates]
        return Plan(tuple(changes))

    def carry_out(self, member: Member) -> None:
        """Do it on this node."""
        documents = fill(self.documents, self.credentials)
        belonging = Belonging(self.cluster_id, self.configuration)
        if self.step == "initialise":
            authority = (self.ca_certificate, self.ca_key)
            member.initialise(documents, belonging, authority, self.candidates)
        elif self.step == "admit":
            member.admit(documents, self.candidates, self.credentials.token)
        else:
            discovery = fill([self.discovery], self.credentials)[0]
            member.join(documents, discovery, belonging)
