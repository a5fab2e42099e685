# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a node's disk, the marker and its lock, and what is done to a node."""

from __future__ import annotations

import datetime
import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    CommandError,
    NotReadyError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm import marker
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.member import (
    Belonging,
    Candidate,
    Member,
    empty,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observation import (
    Api,
    Kind,
    Marker,
    Observation,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.observe import (
    local_probe,
    observe,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.order import Order
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.paths import Paths

MANIFEST = "spec:\n  containers:\n  - image: registry.k8s.io/kube-apiserver:v1.37.1\n"
BELONGING = Belonging("one", "hash")
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeRunner:
    def __init__(self, output: Mapping[str, str] | None = None, broken: str = "") -> None:
        self.output = output or {}
        self.broken = broken
        self.lines: list[str] = []
        self.documents: list[str] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 60.0,
        check: bool = True,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        line = " ".join(argv)
        self.lines.append(" ".join(part for part in argv if not part.startswith("/")))
        if argv[-2] == "--config":
            path = Path(argv[-1])
            assert path.stat().st_mode & 0o777 == 0o600
            self.documents.append(path.read_text(encoding="utf-8"))
        if self.broken and self.broken in line:
            raise CommandError("program failed", on=line)
        return Completed(0, next((v for k, v in self.output.items() if k in line), ""), "")


class FakeApi:
    def __init__(self, missing: str = "", status: int = 404) -> None:
        self.missing = missing
        self.status = status
        self.calls: list[tuple[str, str, Any]] = []

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, kind: str = ""
    ) -> dict[str, Any]:
        self.calls.append((method, path, body))
        if method == self.missing:
            raise ApiError(self.status, path, "no")
        return {}

    def watch(self, path: str) -> Iterator[dict[str, Any]]:
        yield from ()


def member(root: Path, kind: Kind, runner: FakeRunner, api: FakeApi | None = None) -> Member:
    seen = {
        Kind.VIRGIN: Observation(),
        Kind.HALF_INITIALISED: Observation(marker=Marker.INITIALISING),
        Kind.HALF_JOINED: Observation(marker=Marker.JOINING),
        Kind.MEMBER: Observation(cluster_ca="a", kubelet_conf=True),
    }[kind]
    return Member(Paths(root), runner, lambda: seen, lambda: api or FakeApi(), lambda: NOW)


def put(root: Path, path: str, content: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content, encoding="utf-8")


def control_plane(root: Path) -> Paths:
    put(root, "etc/kubernetes/pki/ca.crt", "-----BEGIN C-----\nMAA=\n-----END C-----\n")
    put(root, "etc/kubernetes/pki/ca.key")
    put(root, "etc/kubernetes/kubelet.conf")
    put(root, "etc/kubernetes/admin.conf")
    put(root, "etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST)
    put(root, "var/lib/etcd/member/wal")
    put(root, "var/lib/kubelet/pki/kubelet-server-current.pem")
    return Paths(root)


def test_paths() -> None:
    assert Paths().ca == Path("/etc/kubernetes/pki/ca.crt")
    with pytest.raises(AttributeError):
        _ = Paths().nonsense


def test_virgin_node(tmp_path: Path) -> None:
    seen = observe(Paths(tmp_path))
    assert seen == Observation(cgroup_version=1)
    assert seen.kind is Kind.VIRGIN


def test_control_plane(tmp_path: Path) -> None:
    paths = control_plane(tmp_path)
    put(tmp_path, "sys/fs/cgroup/cgroup.controllers")
    marker.write(paths, BELONGING.note(Marker.MEMBER))
    seen = observe(paths, runner=FakeRunner({"kubelet": "Kubernetes v1.37.1\n"}))
    assert seen.serves
    assert seen.kind is Kind.MEMBER
    assert (seen.api_version, seen.kubelet_version, seen.cgroup_version) == ("1.37.1", "1.37.1", 2)
    assert (seen.cluster_id, seen.configuration) == ("one", "hash")
    assert set(seen.certificates.values()) == {"unreadable"}
    assert len(seen.certificates) == 2
    assert Observation.from_params({**seen.to_result(), "surplus": 1}) == seen


def test_damaged_node(tmp_path: Path) -> None:
    paths = control_plane(tmp_path)
    put(tmp_path, "etc/kubernetes/pki/ca.crt", "nonsense")
    put(tmp_path, "etc/kubernetes/manifests/kube-apiserver.yaml", "nonsense")
    put(tmp_path, "var/lib/landfall/kubeadm/marker.json", "nonsense")
    seen = observe(paths, runner=FakeRunner(broken="kubelet"), probe=lambda: "no")
    assert (seen.cluster_ca, seen.api_version, seen.kubelet_version) == ("unreadable", "", "")
    assert seen.marker is Marker.NONE


def test_kubelet_without_a_version(tmp_path: Path) -> None:
    assert observe(control_plane(tmp_path), runner=FakeRunner()).kubelet_version == ""


def test_traces_without_membership(tmp_path: Path) -> None:
    put(tmp_path, "var/lib/etcd/member/wal")
    assert observe(Paths(tmp_path)).kind is Kind.TRACES


@pytest.mark.parametrize(("heals", "expected"), [(3, Api.HEALTHY), (99, Api.UNHEALTHY)])
def test_patience_with_a_starting_api(tmp_path: Path, heals: int, expected: Api) -> None:
    clock, tries = Clock(), iter(range(100))
    seen = observe(
        control_plane(tmp_path),
        wait=5,
        runner=FakeRunner(),
        probe=lambda: "" if next(tries) >= heals else "starting",
        clock=clock,
        sleep=clock.sleep,
    )
    assert seen.api is expected
    assert seen.api_detail == ("" if expected is Api.HEALTHY else "starting")


def test_no_patience_with_a_half_made_one(tmp_path: Path) -> None:
    paths, clock = control_plane(tmp_path), Clock()
    marker.write(paths, marker.Note(Marker.INITIALISING))
    observe(paths, wait=5, runner=FakeRunner(), probe=lambda: "no", clock=clock, sleep=clock.sleep)
    assert clock.now == 0


def test_probe_tells_why(tmp_path: Path) -> None:
    assert "FileNotFoundError" in local_probe(Paths(tmp_path))()


def test_marker_is_read_back(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    assert marker.read(paths) == marker.Note()
    marker.write(paths, BELONGING.note(Marker.JOINING))
    assert marker.read(paths) == marker.Note(Marker.JOINING, "one", "hash")


def test_lock_waits_for_a_module(tmp_path: Path) -> None:
    paths, clock = Paths(tmp_path), Clock()
    put(tmp_path, "run/lock/landfall-kubeadm.lock")
    with paths.lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NotReadyError, match="holds the lock"):
            _enter(paths, clock)
    _enter(paths, clock)


def test_lock_waits_for_an_orphaned_kubeadm(tmp_path: Path) -> None:
    paths, clock = Paths(tmp_path), Clock()
    put(tmp_path, "proc/17/comm", "kubeadm\n")
    put(tmp_path, "proc/18/comm", "bash\n")
    (tmp_path / "proc/19/comm").mkdir(parents=True)
    with pytest.raises(NotReadyError, match="process 17"):
        _enter(paths, clock)
    (tmp_path / "proc/17/comm").unlink()
    _enter(paths, clock)


def _enter(paths: Paths, clock: Clock) -> None:
    with marker.exclusive(paths, 1, clock, clock.sleep):
        pass


NODES = (Candidate("c1", "10.0.0.1", True), Candidate("w1", "10.0.0.4", False))


def test_initialise(tmp_path: Path) -> None:
    runner, api = FakeRunner(), FakeApi()
    one = member(tmp_path, Kind.VIRGIN, runner, api)
    one.initialise([{"kind": "A"}, {"kind": "B"}], BELONGING, ("CERT", "KEY"), NODES)
    assert runner.lines == ["kubeadm init --upload-certs --config"]
    assert [json.loads(part)["kind"] for part in runner.documents[0].split("---")] == ["A", "B"]
    assert api.calls[0][2] == {"data": {"c1": "10.0.0.1", "w1": "10.0.0.4"}}
    assert one.paths.ca_key.read_text() == "KEY"
    assert one.paths.ca_key.stat().st_mode & 0o777 == 0o600
    assert marker.read(one.paths) == marker.Note(Marker.MEMBER, "one", "hash")
    assert list(one.paths.run.iterdir()) == []


def test_failed_initialisation_is_remembered(tmp_path: Path) -> None:
    one = member(tmp_path, Kind.VIRGIN, FakeRunner(broken="init"))
    with pytest.raises(CommandError):
        one.initialise([], BELONGING, ("CERT", "KEY"), NODES)
    assert marker.read(one.paths).state is Marker.INITIALISING
    assert list(one.paths.run.iterdir()) == []


@pytest.mark.parametrize("kind", [Kind.MEMBER, Kind.HALF_JOINED])
def test_never_initialises_over_a_cluster(tmp_path: Path, kind: Kind) -> None:
    runner = FakeRunner()
    with pytest.raises(RefusedError, match="has changed"):
        member(tmp_path, kind, runner).initialise([], BELONGING, ("", ""), ())
    assert runner.lines == []


def test_half_made_node_is_cleaned_before_it_joins(tmp_path: Path) -> None:
    put(tmp_path, "var/lib/etcd/member/wal/x")
    put(tmp_path, "var/lib/etcd/file")
    runner = FakeRunner()
    one = member(tmp_path, Kind.HALF_JOINED, runner)
    one.join([{"kind": "J"}], {"kind": "Config"}, BELONGING)
    assert runner.lines == [
        "kubeadm reset --config",
        "ip link delete cni0",
        "ip link delete flannel.1",
        "kubeadm join --config",
    ]
    assert list((tmp_path / "var/lib/etcd").iterdir()) == []
    assert marker.read(one.paths).state is Marker.MEMBER


def test_empty_needs_no_folder(tmp_path: Path) -> None:
    empty(tmp_path / "none")


MEMBERS = {
    "members": [
        {"ID": 255, "name": "c1", "peerURLs": ["https://10.0.0.9:2380"]},
        {"ID": 16, "peerURLs": ["https://10.0.0.1:2380"]},
        {"ID": 17, "name": "c2", "peerURLs": ["https://10.0.0.2:2380"]},
    ]
}


def test_admit_forgets_earlier_lives(tmp_path: Path) -> None:
    runner, api = FakeRunner({"member list": json.dumps(MEMBERS)}), FakeApi(missing="DELETE")
    member(tmp_path, Kind.MEMBER, runner, api).admit([{"kind": "I"}], NODES, "abcdef.secret")
    removed = [line.rsplit(" ", 1)[1] for line in runner.lines if "member remove" in line]
    assert removed == ["ff", "10"]
    assert "upload-certs" in runner.lines[-1]
    assert [path for method, path, _ in api.calls if method == "DELETE"] == [
        "/api/v1/nodes/c1",
        "/api/v1/nodes/w1",
    ]
    secret = api.calls[-1][2]
    assert secret["metadata"]["name"] == "bootstrap-token-abcdef"
    assert secret["stringData"]["expiration"] == "2026-01-01T00:30:00Z"


class Quorum(FakeRunner):
    """An etcd that lets member ff go only after member 10, or never."""

    def __init__(self, never: bool) -> None:
        super().__init__({"member list": json.dumps(MEMBERS)})
        self.never = never

    def __call__(self, argv: Sequence[str], **options: Any) -> Completed:
        done = super().__call__(argv, **options)
        refused = argv[-1] == "ff" and (self.never or not any("10" in x for x in self.lines))
        if refused and options.get("check", True):
            raise CommandError("program failed", found="unhealthy cluster")
        return Completed(1, "", "unhealthy cluster") if refused else done


def test_dead_members_go_before_living_ones(tmp_path: Path) -> None:
    runner = Quorum(never=False)
    member(tmp_path, Kind.MEMBER, runner).admit([], NODES, "a.b")
    assert [x.rsplit(" ", 1)[1] for x in runner.lines if "remove" in x] == ["ff", "10", "ff"]


def test_what_etcd_never_lets_go_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="unhealthy cluster"):
        member(tmp_path, Kind.MEMBER, Quorum(never=True)).admit([], NODES, "a.b")


def test_admitting_workers_leaves_etcd_alone(tmp_path: Path) -> None:
    runner, api = FakeRunner(), FakeApi(missing="PATCH")
    member(tmp_path, Kind.MEMBER, runner, api).admit([], NODES[1:], "abcdef.secret")
    assert runner.lines == []
    assert ("POST", "/api/v1/namespaces/kube-system/configmaps") in [c[:2] for c in api.calls]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_other_errors_of_the_api_are_raised(tmp_path: Path, method: str) -> None:
    with pytest.raises(ApiError):
        member(tmp_path, Kind.MEMBER, FakeRunner(), FakeApi(method, 500)).admit(
            [], NODES[1:], "a.b"
        )


def test_ipv6_members(tmp_path: Path) -> None:
    listed = {"members": [{"ID": 1, "name": "", "peerURLs": ["https://[fd00::1]:2380"]}]}
    runner = FakeRunner({"member list": json.dumps(listed)})
    candidate = Candidate("c1", "fd00::1", True)
    member(tmp_path, Kind.MEMBER, runner).admit([], [candidate], "a.b")
    assert any("member remove" in line for line in runner.lines)


@pytest.mark.parametrize(
    ("step", "kind", "last"),
    [
        ("initialise", Kind.VIRGIN, "kubeadm init --upload-certs --config"),
        ("join", Kind.VIRGIN, "kubeadm join --config"),
        ("admit", Kind.MEMBER, ""),
    ],
)
def test_order_is_carried_out(tmp_path: Path, step: str, kind: Kind, last: str) -> None:
    runner = FakeRunner()
    order = Order("c1", step, discovery={"kind": "Other"}, candidates=NODES[1:])
    if step == "admit":
        order = Order("c1", step, candidates=())
        object.__setattr__(order, "credentials", type(order.credentials)("a.b", "c"))
    order.carry_out(member(tmp_path, kind, runner))
    assert runner.lines[-1:] == ([last] if last else [])
