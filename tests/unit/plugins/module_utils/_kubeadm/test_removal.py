# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When nodes may leave a cluster, what is done for each, and with which programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    NotReadyError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.paths import Paths
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.removal import (
    PODS,
    VOLUMES,
    Cluster,
    Pod,
    Present,
    Volume,
    Voter,
    plan_removal,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.remover import Remover


def cluster(*names: str, sick: str = "", cordoned: str = "", **more: Any) -> Cluster:
    """Return a cluster; names that begin with ``cp`` are control planes."""
    nodes = tuple(
        Present(name, f"10.0.0.{n}", name not in sick.split(), name in cordoned.split())
        for n, name in enumerate(names, 1)
    )
    voters = tuple(Voter(name, name not in sick.split()) for name in names if name[:2] == "cp")
    return Cluster(nodes, voters, **more)


PLANS: dict[str, tuple[list[str], Cluster, list[str]]] = {
    "a worker": (
        ["w2"],
        cluster("cp1", "w1", "w2"),
        ["cordon node w2", "drain node w2", "remove node w2"],
    ),
    "two workers, of which none gets the other's pods": (
        ["w1", "w2"],
        cluster("cp1", "w1", "w2", "w3"),
        [
            "cordon node w1",
            "cordon node w2",
            "drain node w1",
            "remove node w1",
            "drain node w2",
            "remove node w2",
        ],
    ),
    "a worker whose removal was cut off": (
        ["w2"],
        cluster("cp1", "w1", "w2", cordoned="w2"),
        ["drain node w2", "remove node w2"],
    ),
    "a worker that is gone": (["w2"], cluster("cp1", "w1"), []),
    "a dead worker": (["w2"], cluster("cp1", "w1", "w2", sick="w2"), ["remove node w2"]),
    "one of three control planes": (
        ["cp3"],
        cluster("cp1", "cp2", "cp3", "w1"),
        ["cordon node cp3", "drain node cp3", "remove etcd member cp3", "remove node cp3"],
    ),
    "two of three, the dead one first": (
        ["cp1", "cp3"],
        cluster("cp1", "cp2", "cp3", "cp4", sick="cp3"),
        [
            "cordon node cp1",
            "remove etcd member cp3",
            "remove node cp3",
            "drain node cp1",
            "remove etcd member cp1",
            "remove node cp1",
        ],
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_what_is_done(name: str) -> None:
    names, there, expected = PLANS[name]
    assert plan_removal(names, there).summary() == expected


def test_a_member_of_etcd_without_its_node_is_removed() -> None:
    nodes = tuple(Present(f"cp{n}", "", ready=True) for n in (1, 2))
    there = Cluster(nodes, (Voter("cp1"), Voter("cp2"), Voter("cp3", healthy=False)))
    assert plan_removal(["cp3"], there).summary() == ["remove etcd member cp3"]


QUORUM = {
    "the only one": (["cp1"], cluster("cp1", "w1"), "expected: a member that stays; found: none"),
    "one, while another is dead": (
        ["cp1"],
        cluster("cp1", "cp2", "cp3", sick="cp3"),
        "lose its quorum: cp1; expected: 2 of 2 members that stay and answer; found: cp2",
    ),
    "two, and the last that stays is dead": (
        ["cp1", "cp2"],
        cluster("cp1", "cp2", "cp3", sick="cp3"),
        "found: none",
    ),
    "a dead one, without a quorum": (
        ["cp2", "cp3"],
        cluster("cp1", "cp2", "cp3", sick="cp2 cp3"),
        "etcd has no quorum, so no member can leave it: cp2, cp3; expected: 2 of 3 members that "
        "answer; found: cp1",
    ),
}


@pytest.mark.parametrize("name", QUORUM)
def test_the_quorum_stays(name: str) -> None:
    names, there, expected = QUORUM[name]
    with pytest.raises(ProblemsError, match="cannot leave the cluster; nothing was changed") as it:
        plan_removal(names, there)
    assert expected in str(it.value)
    assert "playbooks/reset.yml gives a whole cluster up" in str(it.value)


def test_a_worker_leaves_whatever_etcd_is_like() -> None:
    assert plan_removal(["w1"], cluster("cp1", "cp2", "w1", sick="cp2"))


LOSSES = cluster(
    "cp1",
    "w1",
    "w2",
    pods=(Pod("a/loose", "w2", managed=False), Pod("a/web", "w2")),
    volumes=(Volume("a/data", ("w2",)), Volume("b/data", ("w1",)), Volume("c/data", ("w1", "w2"))),
)


def test_what_would_be_lost_is_said_together() -> None:
    with pytest.raises(ProblemsError) as caught:
        plan_removal(["w2"], LOSSES)
    text = str(caught.value)
    assert (
        "on these nodes alone: w2; expected: no claim whose data would be lost; found: a/d" in text
    )
    assert "nothing would make these pods again: w2;" in text
    assert "found: a/loose; remedy: delete them; or say that they may be lost: -e removal_" in text


def test_what_may_be_lost_is() -> None:
    with pytest.raises(ProblemsError, match="a/data"):
        plan_removal(["w2"], LOSSES, [PODS])
    with pytest.raises(ProblemsError, match="a/loose"):
        plan_removal(["w2"], LOSSES, [VOLUMES])
    assert plan_removal(["w2"], LOSSES, [PODS, VOLUMES])


def test_data_on_both_nodes_is_lost_with_both() -> None:
    with pytest.raises(ProblemsError, match="found: a/data, b/data, c/data"):
        plan_removal(["w1", "w2"], LOSSES, [PODS])


def node(name: str, ready: str = "True", **spec: Any) -> dict[str, Any]:
    addresses = [
        {"type": "Hostname", "address": name},
        {"type": "InternalIP", "address": "10.0.0.9"},
    ]
    status = {"conditions": [{"type": "Ready", "status": ready}], "addresses": addresses}
    return {"metadata": {"name": name}, "spec": spec, "status": status}


def pod(name: str, owner: str = "", phase: str = "Running", **meta: Any) -> dict[str, Any]:
    owners = [{"kind": owner, "controller": True}] if owner else []
    return {
        "metadata": {"namespace": "a", "name": name, "ownerReferences": owners, **meta},
        "spec": {"nodeName": "cp2"},
        "status": {"phase": phase},
    }


def volume(claim: Optional[str], *nodes: str) -> dict[str, Any]:
    one = {"key": "kubernetes.io/hostname", "operator": "In", "values": list(nodes)}
    spec: dict[str, Any] = {
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [one]}]}}
    }
    if claim:
        spec["claimRef"] = {"namespace": "a", "name": claim}
    return {"metadata": {"name": "pv"}, "spec": spec if nodes else {"claimRef": spec["claimRef"]}}


class Server:
    """An API server with lists; ``asked`` has what changed something."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {
            "/api/v1/nodes": [node("cp1"), node("cp2", unschedulable=True), node("w1", "Unknown")],
            "/api/v1/pods?fieldSelector=spec.nodeName%3Dcp2": [
                pod("web", "ReplicaSet"),
                pod("proxy", "DaemonSet"),
                pod("etcd-cp2", annotations={"kubernetes.io/config.mirror": "x"}),
                pod("loose"),
                pod("done", phase="Succeeded"),
            ],
            "/api/v1/pods?fieldSelector=spec.nodeName%3Dw1": [],
            "/api/v1/persistentvolumes": [
                volume("data", "cp2"),
                volume(None, "cp2"),
                volume("cloud"),
            ],
        }
        self.asked: list[tuple[str, str, Any]] = []
        self.status = 0

    def call(
        self, method: str, path: str, body: Optional[Mapping[str, Any]] = None, kind: str = ""
    ) -> dict[str, Any]:
        if method == "GET":
            return {"items": self.lists[path]}
        self.asked.append((method, path, body))
        if self.status:
            raise ApiError(self.status, path, "no")
        return {}

    def watch(self, path: str, timeout: float) -> Iterator[dict[str, Any]]:
        raise NotImplementedError


MEMBERS = [
    {"ID": 10, "name": "cp1", "clientURLs": ["https://10.0.0.1:2379"]},
    {"ID": 11, "name": "cp2", "clientURLs": ["https://10.0.0.2:2379"]},
]


class Programs:
    """Stands for kubectl and etcdctl."""

    def __init__(self, *healthy: str) -> None:
        self.lines: list[str] = []
        self.healthy = healthy
        self.drain = Completed(0, "", "")

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 60.0,
        check: bool = True,
        stdin: Optional[str] = None,
        env: Optional[Mapping[str, str]] = None,
    ) -> Completed:
        words = [word for word in argv if not word.startswith("--")]
        self.lines.append(" ".join(words))
        if words[1:] == ["member", "list"]:
            return Completed(0, json.dumps({"members": MEMBERS}), "")
        if words[1:] == ["endpoint", "health"]:
            urls = [f"https://10.0.0.{n}:2379" for n in (1, 2)]
            found = [{"endpoint": url, "health": url[15] in self.healthy} for url in urls]
            return Completed(int(len(self.healthy) < 2), json.dumps(found), "unhealthy cluster")
        if words[1] == "drain":
            self.lines.append(" ".join(argv[-5:]))
            return self.drain
        return Completed(0, "", "")


def remover(server: Server, programs: Programs, lose: tuple[str, ...] = ()) -> Remover:
    return Remover(Paths(Path("/nonexistent")), programs, lambda: server, 30, lose)


def test_the_cluster_is_seen() -> None:
    seen = remover(Server(), Programs("1")).look(["cp2", "w9"])
    assert seen == Cluster(
        (
            Present("cp1", "10.0.0.9", ready=True),
            Present("cp2", "10.0.0.9", ready=True, cordoned=True),
            Present("w1", "10.0.0.9", ready=False),
        ),
        (Voter("cp1"), Voter("cp2", healthy=False)),
        (Pod("a/web", "cp2"), Pod("a/loose", "cp2", managed=False), Pod("a/done", "cp2")),
        (Volume("a/data", ("cp2",)),),
    )


def test_etcd_is_not_asked_for_workers() -> None:
    programs = Programs()
    assert remover(Server(), programs).look(["w1"]).voters == (
        Voter("cp1"),
        Voter("cp2"),
    )
    assert programs.lines == ["etcdctl member list"]


def test_a_control_plane_leaves() -> None:
    server, programs = Server(), Programs("1", "2")
    remover(server, programs).apply(plan_removal(["cp2"], cluster("cp1", "cp2", "cp3")))
    assert programs.lines == [
        "kubectl cordon cp2",
        "kubectl drain cp2",
        "drain cp2 --ignore-daemonsets --delete-emptydir-data --timeout=30s",
        "etcdctl member list",
        "etcdctl member remove b",
    ]
    assert server.asked == [
        ("DELETE", "/api/v1/nodes/cp2", None),
        (
            "PATCH",
            "/api/v1/namespaces/kube-system/configmaps/landfall-nodes",
            {"data": {"cp2": None}},
        ),
    ]


def test_pods_that_do_not_go_keep_the_node() -> None:
    server, programs = Server(), Programs()
    programs.drain = Completed(1, "", "error when evicting pods/x: Cannot evict pod as it would v")
    with pytest.raises(NotReadyError) as caught:
        remover(server, programs).apply(plan_removal(["w1"], cluster("cp1", "w1", "w2")))
    text = str(caught.value)
    assert "the node's pods did not go: node w1; expected: all evicted within 30 s" in text
    assert "Cannot evict pod" in text
    assert "until 'kubectl uncordon w1'" in text
    assert server.asked == []


def test_loose_pods_are_evicted_when_that_is_said() -> None:
    programs = Programs()
    one = remover(Server(), programs, (PODS,))
    one.apply(plan_removal(["w1"], cluster("cp1", "w1", "w2")))
    assert programs.lines[2].endswith("--force")


def test_what_is_gone_already_is_no_error() -> None:
    server = Server()
    server.status = 404
    remover(server, Programs()).apply(plan_removal(["w1"], cluster("cp1", "w1", sick="w1")))
    assert len(server.asked) == 2
    server.status = 500
    with pytest.raises(ApiError):
        remover(server, Programs()).apply(plan_removal(["w1"], cluster("cp1", "w1", sick="w1")))
