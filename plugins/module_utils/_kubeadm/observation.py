# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``kubeadm_info`` saw on one node, and what that makes the node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Api(str, Enum):
    """The state of a control plane's own API server."""

    ABSENT = "absent"
    UNHEALTHY = "unhealthy"
    HEALTHY = "healthy"


class Marker(str, Enum):
    """What Landfall last began or ended on a node; kept on its disk."""

    NONE = ""
    INITIALISING = "initialising"
    JOINING = "joining"
    MEMBER = "member"


class Kind(str, Enum):
    """What a node is, seen from its own disk."""

    VIRGIN = "virgin"
    HALF_INITIALISED = "half initialised"
    HALF_JOINED = "half joined"
    MEMBER = "member"
    TRACES = "traces of a cluster"


@dataclass(frozen=True)
class Observation:
    """The facts of one node that answered.

    Attributes:
        cluster_ca: SHA-256 of the cluster CA's certificate (DER, hex); empty without one.
        ca_key: the CA's private key is there (a control plane's disk).
        kubelet_conf: the kubelet's credentials are there.
        admin_conf: the administrator's credentials are there.
        manifests: names of the static pods (kube-apiserver, etcd, …).
        etcd_data: etcd has written data.
        api: the state of the local API server; ``absent`` without its manifest.
        api_detail: why it is not healthy.
        api_version: version of the API server, from its manifest's image (1.37.1).
        kubelet_version: version of the kubelet's binary.
        marker: what Landfall last began or ended here.
        cluster_id: drawn when Landfall made the cluster; empty for one that it did not make.
        configuration: hash of the kubeadm configuration that was applied last.
        certificates: end of validity of each certificate, ISO 8601.
        cgroup_version: 1 or 2.
    """

    cluster_ca: str = ""
    ca_key: bool = False
    kubelet_conf: bool = False
    admin_conf: bool = False
    manifests: tuple[str, ...] = ()
    etcd_data: bool = False
    api: Api = Api.ABSENT
    api_detail: str = ""
    api_version: str = ""
    kubelet_version: str = ""
    marker: Marker = Marker.NONE
    cluster_id: str = ""
    configuration: str = ""
    certificates: Mapping[str, str] = field(default_factory=dict)
    cgroup_version: int = 2

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Observation:
        """Build it from the result of ``kubeadm_info``; keys that are not facts are ignored."""
        known = {key: params[key] for key in cls.__dataclass_fields__ if key in params}
        known["manifests"] = tuple(known.get("manifests", ()))
        known["api"] = Api(known.get("api", Api.ABSENT))
        known["marker"] = Marker(known.get("marker", Marker.NONE))
        return cls(**known)

    def to_result(self) -> dict[str, Any]:
        """Return it in the form of a module's result."""
        return {
            **asdict(self),
            "manifests": list(self.manifests),
            "api": self.api.value,
            "marker": self.marker.value,
        }

    @property
    def traces(self) -> tuple[str, ...]:
        """What on this node belongs to a cluster, in words."""
        facts = (
            (self.cluster_ca, "a cluster CA"),
            (self.kubelet_conf, "the kubelet's credentials"),
            (self.admin_conf, "the administrator's credentials"),
            (self.manifests, "static pods"),
            (self.etcd_data, "etcd data"),
        )
        return tuple(text for there, text in facts if there)

    @property
    def kind(self) -> Kind:
        """What this node is.

        The marker decides first: it is written before kubeadm starts, so what it announces may be
        there in any part.
        """
        if self.marker is Marker.INITIALISING:
            return Kind.HALF_INITIALISED
        if self.marker is Marker.JOINING:
            return Kind.HALF_JOINED
        if not self.traces:
            return Kind.VIRGIN
        if self.kubelet_conf and self.cluster_ca:
            return Kind.MEMBER
        return Kind.TRACES

    @property
    def serves(self) -> bool:
        """Others can join through this node: a complete control plane with a healthy API server."""
        return self.kind is Kind.MEMBER and self.ca_key and self.api is Api.HEALTHY
