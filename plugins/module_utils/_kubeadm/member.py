# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Acts on one node: makes the cluster there, admits others through it, or lets it join."""

from __future__ import annotations

import datetime
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from .._core.apiserver import MERGE_PATCH, Api, ApiError
from .._core.errors import RefusedError
from .._core.process import Runner
from . import marker
from .observation import Kind, Marker, Observation
from .paths import Paths
from .serving import RECORD

KUBEADM_SECONDS = 900
CREDENTIALS_MINUTES = 30
DISCOVERY_FILE = "/run/landfall/discovery.json"
CRI_SOCKET = "unix:///run/containerd/containerd.sock"
RESET = {
    "apiVersion": "kubeadm.k8s.io/v1beta4",
    "kind": "ResetConfiguration",
    "criSocket": CRI_SOCKET,
    "force": True,
    # The admitting control plane has removed the member already, and here nobody may answer.
    "skipPhases": ["remove-etcd-member"],
}
# What a network plug-in leaves has the subnet that the node had before.
LINKS = ("cni0", "flannel.1")
SYSTEM = "/api/v1/namespaces/kube-system"


@dataclass(frozen=True)
class Candidate:
    """A node that is about to join."""

    name: str
    address: str
    control_plane: bool


@dataclass(frozen=True)
class Belonging:
    """What the marker keeps of the cluster: its id, the hash of its configuration."""

    cluster_id: str
    configuration: str

    def note(self, state: Marker) -> marker.Note:
        """Return the marker's content in a state."""
        return marker.Note(state, self.cluster_id, self.configuration)


@dataclass(frozen=True)
class Member:
    """One node and the tools to act on it.

    Attributes:
        observe: tells what the node is now.
        api: makes a client of the local API server.
        now: the time, UTC.
    """

    paths: Paths
    runner: Runner
    observe: Callable[[], Observation]
    api: Callable[[], Api]
    now: Callable[[], datetime.datetime]

    def initialise(
        self,
        documents: Sequence[Mapping[str, Any]],
        belonging: Belonging,
        authority: tuple[str, str],
        admitted: Sequence[Candidate],
    ) -> None:
        """Make a new cluster on this node.

        Args:
            documents: kubeadm's configuration.
            belonging: the cluster, for the marker.
            authority: certificate and key of the cluster's CA, PEM, which the site keeps.
            admitted: this node and those that will join.

        Raises:
            RefusedError: the node has become something else since it was observed.
            CommandError: kubeadm failed; the next run starts over.
        """
        self._clean((Kind.VIRGIN, Kind.HALF_INITIALISED))
        marker.write(self.paths, belonging.note(Marker.INITIALISING))
        _place(self.paths, *authority)
        self._kubeadm(["init", "--upload-certs"], documents)
        record(self.api(), admitted)
        marker.write(self.paths, belonging.note(Marker.MEMBER))

    def admit(
        self, documents: Sequence[Mapping[str, Any]], candidates: Sequence[Candidate], token: str
    ) -> None:
        """Let nodes join through this control plane.

        What an earlier life of theirs left in the cluster (Node, etcd member) is removed first.

        Args:
            documents: kubeadm's configuration with the credentials.
            candidates: the nodes that join.
            token: the bootstrap token.
        """
        api = self.api()
        leaders = [one for one in candidates if one.control_plane]
        if leaders:
            forget_etcd_members(self.runner, self.paths, leaders)
        for candidate in candidates:
            forget_node(api, candidate.name)
        record(api, candidates)
        create_token(api, token, self.now() + datetime.timedelta(minutes=CREDENTIALS_MINUTES))
        if leaders:
            self._kubeadm(["init", "phase", "upload-certs", "--upload-certs"], documents)

    def join(
        self,
        documents: Sequence[Mapping[str, Any]],
        discovery: Mapping[str, Any],
        belonging: Belonging,
    ) -> None:
        """Let this node join the cluster.

        Args:
            documents: kubeadm's configuration.
            discovery: the kubeconfig that the cluster is found with.
            belonging: the cluster, for the marker.
        """
        self._clean((Kind.VIRGIN, Kind.HALF_INITIALISED, Kind.HALF_JOINED))
        marker.write(self.paths, belonging.note(Marker.JOINING))
        with private_file(self.paths.run / Path(DISCOVERY_FILE).name, json.dumps(discovery)):
            self._kubeadm(["join"], documents)
        marker.write(self.paths, belonging.note(Marker.MEMBER))

    def _clean(self, expected: Sequence[Kind]) -> None:
        """Remove what a run that was cut off left; refuse to touch anything else."""
        kind = self.observe().kind
        if kind not in expected:
            raise RefusedError(
                "the node has changed since it was observed",
                expected=" or ".join(one.value for one in expected),
                found=kind.value,
                remedy="run again",
            )
        if kind is not Kind.VIRGIN:
            self._kubeadm(["reset"], [RESET])
            for link in LINKS:
                self.runner(["ip", "link", "delete", link], check=False)
            empty(self.paths.etcd_member.parent)

    def _kubeadm(self, arguments: Sequence[str], documents: Sequence[Mapping[str, Any]]) -> None:
        text = "\n---\n".join(json.dumps(document, indent=1) for document in documents)
        with private_file(self.paths.run / "kubeadm.json", text) as path:
            self.runner(["kubeadm", *arguments, "--config", str(path)], timeout=KUBEADM_SECONDS)


def _place(paths: Paths, certificate: str, key: str) -> None:
    """Put the site's CA for its cluster where kubeadm takes it up instead of making one."""
    paths.pki.mkdir(parents=True, exist_ok=True, mode=0o755)
    for path, mode, content in ((paths.ca_key, 0o600, key), (paths.ca, 0o644, certificate)):
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)


def record(api: Api, nodes: Sequence[Candidate]) -> None:
    """Note names and addresses of admitted nodes; their serving certificates are granted by it."""
    data = {node.name: node.address for node in nodes}
    try:
        api.call("PATCH", f"{SYSTEM}/configmaps/{RECORD}", {"data": data}, MERGE_PATCH)
    except ApiError as error:
        if error.status != 404:
            raise
        api.call(
            "POST",
            f"{SYSTEM}/configmaps",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": RECORD, "namespace": "kube-system"},
                "data": data,
            },
        )


def forget_admission(api: Api, name: str) -> None:
    """Take back what :func:`record` noted of a node that has left."""
    try:
        api.call("PATCH", f"{SYSTEM}/configmaps/{RECORD}", {"data": {name: None}}, MERGE_PATCH)
    except ApiError as error:
        if error.status != 404:
            raise


def forget_node(api: Api, name: str) -> None:
    """Delete the Node object of a node that has left, or of a joining one's earlier life."""
    try:
        api.call("DELETE", f"/api/v1/nodes/{name}")
    except ApiError as error:
        if error.status != 404:
            raise


def create_token(api: Api, token: str, expires: datetime.datetime) -> None:
    """Create the bootstrap token that nodes join with."""
    identity, secret = token.split(".")
    api.call(
        "POST",
        f"{SYSTEM}/secrets",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "bootstrap.kubernetes.io/token",
            "metadata": {"name": f"bootstrap-token-{identity}", "namespace": "kube-system"},
            "stringData": {
                "description": "made by Landfall for nodes that join",
                "token-id": identity,
                "token-secret": secret,
                "expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "usage-bootstrap-authentication": "true",
                "usage-bootstrap-signing": "true",
                "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
            },
        },
    )


def etcdctl(paths: Paths) -> list[str]:
    """Return the beginning of a command line that asks this machine's own member of etcd."""
    pki = paths.pki / "etcd"
    return [
        "etcdctl",
        "--endpoints=https://127.0.0.1:2379",
        f"--cacert={pki / 'ca.crt'}",
        f"--cert={pki / 'healthcheck-client.crt'}",
        f"--key={pki / 'healthcheck-client.key'}",
    ]


def forget_etcd_members(runner: Runner, paths: Paths, leaders: Sequence[Candidate]) -> None:
    """Remove etcd members that earlier lives of joining control planes left.

    etcd itself refuses a removal that would cost the quorum. With several members the order
    matters: a dead one may have to go before one that still runs, so what was refused is tried
    again after what was not.
    """
    command = etcdctl(paths)
    listed = json.loads(runner([*command, "member", "list", "--write-out=json"]).stdout)
    members = [one for one in listed.get("members", ()) if any(_is(one, it) for it in leaders)]
    pending = [f"{member['ID']:x}" for member in members]
    while pending:
        left = [one for one in pending if not _removed(runner, command, one)]
        if left == pending:
            runner([*command, "member", "remove", left[0]])  # raises what etcd says
            return
        pending = left


def _removed(runner: Runner, command: Sequence[str], member: str) -> bool:
    return runner([*command, "member", "remove", member], check=False).returncode == 0


def _is(member: Mapping[str, Any], leader: Candidate) -> bool:
    host = f"[{leader.address}]" if ":" in leader.address else leader.address
    return member.get("name") == leader.name or f"https://{host}:2380" in member.get("peerURLs", ())


def empty(folder: Path) -> None:
    """Delete what is in a folder, which itself may be a mount point."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextmanager
def private_file(path: Path, content: str) -> Iterator[Path]:
    """Keep a file that only root can read for as long as it is needed."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        yield path
    finally:
        path.unlink(missing_ok=True)
