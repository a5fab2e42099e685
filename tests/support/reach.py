# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as NetworkPolicies see it, and who reaches whom in it by the word of a simulator."""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import run

Object = dict[str, Any]
# Where each kind of object has the metadata and spec of its pods.
_PODS: Mapping[str, tuple[str, ...]] = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "Pod": (),
    "StatefulSet": ("spec", "template"),
}
# A Job's name ends with the hash of its content.
_HASH = re.compile(r"-[0-9a-f]{10}$")
_ANSWER = re.compile(r"^\| IS ALLOWED\? \| +(TRUE|FALSE) +\|", re.MULTILINE)
_LIMIT_S = 600.0


class Port(NamedTuple):
    """A port of a pod or host."""

    number: int
    protocol: str = "TCP"

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"


class Connection(NamedTuple):
    """An attempt to reach a port: names of the two peers, and the port of the one reached."""

    source: str
    destination: str
    port: Port

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination}: {self.port}"


@dataclass(frozen=True)
class Peer:
    """A pod, or an address outside of the cluster.

    Attributes:
        namespace: empty outside of the cluster.
        ports: name to port, of what its containers declare.
    """

    address: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, Port] = field(default_factory=dict)


class Simulator:
    """Cyclonus, an implementation of NetworkPolicies that shares nothing with this project.

    Args:
        program: its path.
    """

    def __init__(self, program: Path) -> None:
        self._program = program

    def allowed(self, policies: Sequence[Object], traffic: Sequence[Object]) -> list[bool]:
        """Return for each piece of traffic whether the policies let it through.

        Args:
            policies: NetworkPolicies of all namespaces.
            traffic: as the simulator takes it: ``Source``, ``Destination``, port, ``Protocol``.

        Raises:
            LandfallError: it failed, or did not answer every question.
        """
        everything = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList"}
        with tempfile.TemporaryDirectory(prefix="landfall-reach-") as name:
            rules, questions = Path(name, "policies.json"), Path(name, "traffic.json")
            rules.write_text(json.dumps({**everything, "items": policies}), encoding="utf-8")
            questions.write_text(json.dumps(traffic), encoding="utf-8")
            argv = [str(self._program), "analyze", "--mode=query-traffic"]
            # The rules as they are; what they are simplified to is for people.
            argv += ["--simplify-policies=false"]
            argv += [f"--policy-path={rules}", f"--traffic-path={questions}"]
            done = run(argv, timeout=_LIMIT_S)
        answers = [word == "TRUE" for word in _ANSWER.findall(done.stdout)]
        if len(answers) != len(traffic):
            raise LandfallError(
                "the simulator did not answer every question",
                on=" ".join(argv),
                expected=f"{len(traffic)} answers",
                found=str(len(answers)),
            )
        return answers


class Cluster:
    """Namespaces, pods, Services and NetworkPolicies, and addresses outside, each by a name."""

    def __init__(self) -> None:
        self.peers: dict[str, Peer] = {}
        self.policies: list[Object] = []
        self._namespaces: dict[str, dict[str, str]] = {}
        self._services: dict[tuple[str, str], Object] = {}
        self._slices: list[Object] = []
        self._numbers = itertools.count()

    def add(self, objects: Iterable[Object], prefix: str = "") -> list[str]:
        """Take objects as the API server has them; return the names of their pods.

        Args:
            objects: those that say nothing about the network are passed over.
            prefix: stands before the objects' names in the names of their pods.
        """
        found = []
        for obj in objects:
            kind, meta = obj["kind"], obj["metadata"]
            if kind == "Namespace":
                self._namespaces[meta["name"]] = dict(meta.get("labels") or {})
            elif kind == "NetworkPolicy":
                self.policies.append(obj)
            elif kind == "Service":
                self._services[meta["namespace"], meta["name"]] = obj
            elif kind == "EndpointSlice":
                self._slices.append(obj)
            elif kind in _PODS:
                found.append(prefix + _HASH.sub("", meta["name"]))
                self._pods_of(found[-1], obj)
        return found

    def _pods_of(self, name: str, obj: Object) -> None:
        template = obj
        for step in _PODS[obj["kind"]]:
            template = template[step]
        spec = template["spec"]
        ports = {
            port["name"]: Port(port["containerPort"], port.get("protocol", "TCP"))
            for container in [*spec.get("initContainers", ()), *spec["containers"]]
            for port in container.get("ports", ())
        }
        labels = template["metadata"].get("labels") or {}
        self.pod(name, obj["metadata"]["namespace"], labels, ports)

    def pod(
        self,
        name: str,
        namespace: str,
        labels: Mapping[str, str],
        ports: Mapping[str, Port] | None = None,
    ) -> None:
        """Take a pod, which stands for all with these labels."""
        self._namespaces.setdefault(namespace, {})
        number = next(self._numbers)
        address = f"10.244.{number // 250}.{number % 250 + 1}"
        self._take(name, Peer(address, namespace, dict(labels), dict(ports or {})))

    def outside(self, name: str, address: str) -> None:
        """Take an address outside of the cluster."""
        self._take(name, Peer(address))

    def _take(self, name: str, peer: Peer) -> None:
        if name in self.peers:
            raise LandfallError("two peers have one name", on=name)
        self.peers[name] = peer

    def ends(self, namespace: str, service: str, port: int) -> list[tuple[str, Port]]:
        """Return the peers, and the port of each, that a Service leads to.

        Raises:
            LandfallError: there is no such Service, or it has no such port.
        """
        obj = self._services.get((namespace, service))
        named = [one for one in obj["spec"].get("ports", ()) if one["port"] == port] if obj else []
        if not obj or not named:
            raise LandfallError(
                "nobody has this address", on=f"{service}.{namespace}", expected=f"port {port}"
            )
        if "selector" not in obj["spec"]:
            return self._outer_ends(obj, {one["name"] for one in named})
        wanted = obj["spec"]["selector"].items()
        return [
            (name, peer.ports[one["targetPort"]])
            for name, peer in self.peers.items()
            if peer.namespace == namespace and wanted <= peer.labels.items()
            for one in named
        ]

    def _outer_ends(self, service: Object, ports: Collection[str]) -> list[tuple[str, Port]]:
        own = service["metadata"]
        slices = [
            one
            for one in self._slices
            if one["metadata"]["namespace"] == own["namespace"]
            and one["metadata"]["labels"]["kubernetes.io/service-name"] == own["name"]
        ]
        return [
            (name, Port(port["port"], port["protocol"]))
            for one in slices
            for name, peer in self.peers.items()
            if any(peer.address in end["addresses"] for end in one["endpoints"])
            for port in one["ports"]
            if port["name"] in ports
        ]

    def reached(
        self, simulator: Simulator, asked: Collection[Connection], *, enforced: bool = True
    ) -> set[Connection]:
        """Return those connections that come about.

        Args:
            simulator: decides.
            asked: connections between peers.
            enforced: false = as in a network without any policy.
        """
        ordered = list(asked)
        answers = simulator.allowed(
            self.policies if enforced else [], [self._traffic(one) for one in ordered]
        )
        return {one for one, answer in zip(ordered, answers, strict=True) if answer}

    def _traffic(self, connection: Connection) -> Object:
        source, destination, port = connection
        named = self.peers[destination].ports.items()
        return {
            "Source": self._end(self.peers[source]),
            "Destination": self._end(self.peers[destination]),
            "ResolvedPort": port.number,
            "ResolvedPortName": next((name for name, one in named if one == port), ""),
            "Protocol": port.protocol,
        }

    def _end(self, peer: Peer) -> Object:
        if not peer.namespace:
            return {"IP": peer.address}
        # The API server gives every namespace its name as a label.
        marks = {
            **self._namespaces[peer.namespace],
            "kubernetes.io/metadata.name": peer.namespace,
        }
        inner = {
            "Namespace": peer.namespace,
            "NamespaceLabels": marks,
            "PodLabels": dict(peer.labels),
        }
        return {"IP": peer.address, "Internal": inner}
