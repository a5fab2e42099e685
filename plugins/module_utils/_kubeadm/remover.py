# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes nodes out of a cluster, from a control plane that stays in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable
from urllib.parse import quote

from .._core.apiserver import Api
from .._core.errors import NotReadyError
from .._core.plan import Plan
from .._core.process import Runner, tail
from .api import HOST, PORT
from .member import Candidate, etcdctl, forget_admission, forget_etcd_members, forget_node
from .paths import Paths
from .removal import PODS, Cluster, Leave, Pod, Present, Volume, Voter

_HOSTNAME = "kubernetes.io/hostname"
_MIRROR = "kubernetes.io/config.mirror"
_ENDED = ("Succeeded", "Failed")
# What kubectl needs beyond the time limit, to begin and to say what is left.
_GRACE_S = 60.0
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Remover:
    """A control plane that stays, and the tools it has.

    Attributes:
        api: makes a client of the local API server.
        timeout: seconds that the pods of one node have to go.
        lose: what may be lost, of ``LOSABLE``.
    """

    paths: Paths
    runner: Runner
    api: Callable[[], Api]
    timeout: int
    lose: tuple[str, ...] = ()

    def look(self, names: Sequence[str]) -> Cluster:
        """Return what is there, as far as it concerns nodes that are to leave."""
        api = self.api()
        nodes = tuple(_node(item) for item in api.call("GET", "/api/v1/nodes")["items"])
        known = {node.name for node in nodes}
        pods = [
            pod
            for name in names
            if name in known
            for pod in api.call("GET", f"/api/v1/pods?fieldSelector=spec.nodeName%3D{name}")[
                "items"
            ]
            if _is_evicted(pod)
        ]
        volumes = api.call("GET", "/api/v1/persistentvolumes")["items"]
        return Cluster(
            nodes,
            self._voters(names),
            tuple(_pod(pod) for pod in pods),
            tuple(volume for item in volumes for volume in _volumes(item)),
        )

    def apply(self, plan: Plan[Leave]) -> None:
        """Take the steps of a plan.

        Raises:
            NotReadyError: pods of a node did not go in time; it stays in the cluster, cordoned.
            CommandError: a program failed.
            ApiError: the API server refused.
        """
        for step in plan:
            self._take(step)

    def _take(self, step: Leave) -> None:
        if step.kind == "cordon":
            self.runner(self._kubectl("cordon", step.name))
        elif step.kind == "drain":
            self._drain(step.name)
        elif step.kind == "etcd member":
            leaving = Candidate(step.name, step.address, control_plane=True)
            forget_etcd_members(self.runner, self.paths, [leaving])
        elif step.kind == "node":
            api = self.api()
            forget_node(api, quote(step.name))
            forget_admission(api, step.name)

    def _drain(self, name: str) -> None:
        options = ["--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={self.timeout}s"]
        options += ["--force"] if PODS in self.lose else []
        done = self.runner(
            self._kubectl("drain", name, *options), timeout=self.timeout + _GRACE_S, check=False
        )
        if done.returncode:
            raise NotReadyError(
                "the node's pods did not go",
                on=f"node {name}",
                expected=f"all evicted within {self.timeout} s, as far as their "
                "PodDisruptionBudgets allow",
                found=tail(done.stderr or done.stdout, 6),
                remedy="see 'kubectl get poddisruptionbudgets -A' for what must stay, and run "
                f"again; the node gets no new pods until 'kubectl uncordon {name}'",
            )

    def _kubectl(self, *arguments: str) -> list[str]:
        # This machine's own API server: the gateways may just lose a server.
        return [
            "kubectl",
            f"--kubeconfig={self.paths.admin_conf}",
            f"--server=https://{HOST}:{PORT}",
            "--tls-server-name=kubernetes",
            f"--cache-dir={self.paths.run / 'kubectl'}",
            *arguments,
        ]

    def _voters(self, names: Sequence[str]) -> tuple[Voter, ...]:
        command = etcdctl(self.paths)
        listed = json.loads(self.runner([*command, "member", "list", "--write-out=json"]).stdout)
        members = listed.get("members") or []
        if not any(member.get("name") in names for member in members):
            return tuple(Voter(str(member.get("name", ""))) for member in members)
        # It ends with an error when one member does not answer, and still says which.
        asked = [*command, "endpoint", "health", "--cluster", "--write-out=json"]
        answers = json.loads(self.runner(asked, check=False).stdout or "[]")
        healthy = {answer["endpoint"] for answer in answers if answer.get("health")}
        return tuple(
            Voter(str(member.get("name", "")), bool(healthy & set(member.get("clientURLs") or ())))
            for member in members
        )


def _node(item: Json) -> Present:
    status = item.get("status") or {}
    conditions = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    addresses = {one["type"]: one["address"] for one in status.get("addresses") or ()}
    return Present(
        item["metadata"]["name"],
        addresses.get("InternalIP", ""),
        conditions.get("Ready") == "True",
        bool((item.get("spec") or {}).get("unschedulable")),
    )


def _owners(pod: Json) -> list[str]:
    owners = pod["metadata"].get("ownerReferences") or ()
    return [owner["kind"] for owner in owners if owner.get("controller")]


def _is_evicted(pod: Json) -> bool:
    mirror = _MIRROR in (pod["metadata"].get("annotations") or {})
    return not mirror and "DaemonSet" not in _owners(pod)


def _pod(pod: Json) -> Pod:
    meta = pod["metadata"]
    ended = (pod.get("status") or {}).get("phase") in _ENDED
    name = f"{meta['namespace']}/{meta['name']}"
    return Pod(name, pod["spec"]["nodeName"], ended or bool(_owners(pod)))


def _volumes(item: Json) -> list[Volume]:
    """Return a volume that is claimed and on certain nodes alone."""
    spec = item["spec"]
    claim = spec.get("claimRef")
    required = (spec.get("nodeAffinity") or {}).get("required") or {}
    nodes = [
        name
        for term in required.get("nodeSelectorTerms") or ()
        for one in term.get("matchExpressions") or ()
        if one["key"] == _HOSTNAME and one["operator"] == "In"
        for name in one.get("values") or ()
    ]
    if not claim or not nodes:
        return []
    return [Volume(f"{claim['namespace']}/{claim['name']}", tuple(nodes))]
