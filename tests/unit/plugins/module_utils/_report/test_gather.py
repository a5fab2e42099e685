# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a site: the API, servers' certificates, and the records of runs."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import (
    ApiError,
    Resource,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, Object
from ansible_collections.landfall.platform.plugins.module_utils._release.store import as_object
from ansible_collections.landfall.platform.plugins.module_utils._report import runs, sockets
from ansible_collections.landfall.platform.plugins.module_utils._report.gather import read_cluster
from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.x509 import (
    CryptographyMaker,
)
from tests.support import cluster


class Answers:
    """An API that answers with what it is given; kinds may be missing or fail."""

    def __init__(self, **answers: list[Object] | Exception) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.unreachable = False

    def resource(self, gvk: Gvk, *, fresh: bool = False) -> Resource | None:
        if self.unreachable:
            raise UnreachableError("the API does not answer")
        if gvk.kind == "HTTPRoute" and "HTTPRoute" not in self.answers:
            return None
        return Resource(gvk, gvk.kind.lower(), namespaced=True)

    def list(self, resource: Resource, **options: Any) -> list[Object]:
        self.asked.append((resource.gvk.kind, options))
        found = self.answers.get(resource.gvk.kind, [])
        if isinstance(found, Exception):
            raise found
        return found


def test_each_kind_is_asked_for_once() -> None:
    usage = {"metadata": {"name": "worker1"}, "usage": {"cpu": "250m", "memory": "1Gi"}}
    record = as_object(cluster.release("shop", 4, {"web": "x:1"}))
    api = Answers(Node=[cluster.node("worker1", "10.0.0.1")], NodeMetrics=[usage], Secret=[record])
    found = read_cluster(api)  # type: ignore[arg-type]
    assert found.gaps == []
    assert [one["metadata"]["name"] for one in found.objects["Node"]] == ["worker1"]
    assert found.usage == {"worker1": (0.25, 2.0**30)}
    assert found.histories["shop-lab"].releases[0].revision == 4
    kinds = [kind for kind, _ in api.asked]
    assert sorted(kinds) == sorted(set(kinds))
    options = dict(api.asked)
    # of Secrets and namespaces, metadata alone is read
    assert options["Secret"]["metadata_only"] is True
    assert options["Namespace"]["metadata_only"] is True


def test_what_cannot_be_read_is_a_gap() -> None:
    refused = ApiError("refused", status=403)
    found = read_cluster(Answers(NodeMetrics=refused, Pod=refused))  # type: ignore[arg-type]
    assert found.reached
    assert found.gaps == ["Pod: refused", "use of nodes (metrics-server): refused"]


def test_an_api_that_goes_away_while_it_is_read() -> None:
    gone = UnreachableError("gone")
    found = read_cluster(Answers(Pod=gone))  # type: ignore[arg-type]
    assert not found.reached
    assert found.gaps == ["Pod: gone"]


def test_an_api_that_does_not_answer() -> None:
    api = Answers()
    api.unreachable = True
    found = read_cluster(api)  # type: ignore[arg-type]
    assert (found.reached, found.gaps, api.asked) == (False, ["the API does not answer"], [])


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        read_cluster(Answers(NodeMetrics=[{"metadata": {}}]))  # type: ignore[arg-type]


# certificates -----------------------------------------------------------------------------------


def made(common_name: str, **options: Any) -> Any:
    maker = CryptographyMaker(lambda: datetime.now(timezone.utc))
    return maker.certificate(CertificateSpec(common_name, common_name, **options), None)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    """The port of a server that wants a certificate of its clients, as etcd does."""
    pair = made("etcd")
    (tmp_path / "pair.pem").write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=pair.certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                    with connection, context.wrap_socket(connection, server_side=True):
                        pass
                except ssl.SSLError:  # noqa: PERF203
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_server_shows_its_certificate_without_being_trusted(server: int) -> None:
    closed = closed_port()
    places = [
        sockets.Place("etcd", "127.0.0.1", server),
        sockets.Place("away", "127.0.0.1", closed),
    ]
    shown, away = sockets.served(places, 5.0, {})
    assert (shown.name, shown.where, shown.issuer) == ("etcd", f"127.0.0.1:{server}", "etcd")
    assert shown.not_after
    assert shown.not_after > datetime.now(timezone.utc) + timedelta(days=1)
    assert away.not_after is None
    assert "refused" in away.problem
    assert (shown.connected, shown.genuine, away.connected) == (True, None, False)


def test_who_else_answers_at_an_address_of_the_site_is_told_apart(
    server: int, tmp_path: Path
) -> None:
    own = (tmp_path / "pair.pem").read_text()
    config = {"certificate-authority-data": base64.b64encode(own.encode()).decode()}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump({"clusters": [{"cluster": config}]}))
    (tmp_path / "ca.crt").write_text(made("lab site CA", ca=True).certificate)
    known = sockets.authorities(tmp_path)
    places = [
        sockets.Place(name, "127.0.0.1", server, name)
        for name in (sockets.KUBERNETES, sockets.SITE, "")
    ]
    shown = sockets.served(places, 5.0, known)
    assert [one.genuine for one in shown] == [True, False, None]


def test_without_the_cache_there_are_no_authorities(tmp_path: Path) -> None:
    assert sockets.authorities(tmp_path) == {}
    (tmp_path / "ca.crt").write_text("nonsense")
    (tmp_path / "kubeconfig").write_text("clusters: []")
    assert sockets.authorities(tmp_path) == {}


def test_places_of_a_site() -> None:
    wanted = cluster.site().wanted
    found = {(one.name, one.address, one.port) for one in sockets.places(wanted)}
    assert found == {
        ("applications", "10.77.0.5", 443),
        ("Kubernetes API", "10.77.0.5", 6443),
        ("depot operator1", "10.77.0.10", 5000),
        ("API server control1", "10.77.0.30", 6443),
        ("etcd control1", "10.77.0.30", 2379),
        ("kubelet control1", "10.77.0.30", 10250),
        ("kubelet worker1", "10.77.0.31", 10250),
        ("kubelet worker2", "10.77.0.32", 10250),
    }
    assert {(one.name, one.address, one.port) for one in sockets.outside(wanted)} == {
        ("operator1", "10.77.0.10", 5000),
        ("gateway1", "10.77.0.20", 6443),
        ("gateway2", "10.77.0.21", 6443),
    }


def test_kept_certificates(tmp_path: Path) -> None:
    assert sockets.kept(tmp_path) == ()
    pair = made("lab site CA", ca=True)
    (tmp_path / "ca.crt").write_text(pair.certificate)
    client = {
        "client-certificate-data": base64.b64encode(made("admin").certificate.encode()).decode()
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump({"users": [{"user": client}]}))
    found = sockets.kept(tmp_path)
    assert [(one.name, one.issuer) for one in found] == [
        ("site's authority", "lab site CA"),
        ("administrator", "admin"),
    ]
    (tmp_path / "kubeconfig").write_text("users: []")
    (tmp_path / "ca.crt").write_text("nonsense")
    assert [one.problem for one in sockets.kept(tmp_path)] == [
        "not read: ValueError",
        "not read: IndexError",
    ]


# runs -------------------------------------------------------------------------------------------


def record(state: Path, name: str, *events: dict[str, Any]) -> None:
    folder = state / "runs"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))


def test_past_runs(tmp_path: Path) -> None:
    head = {"event": "run", "playbook": "site", "at": "then"}
    step = {"play": "Nodes", "step": "Prepare", "number": 0, "begin": 0.0, "seconds": 2.5}
    hosts = {"a": {"changed": 2}, "b": {"changed": 0}}
    end = {"event": "end", "t": 9.5, "ok": True, "seconds": 9.5, "steps": [step], "hosts": hosts}
    record(tmp_path, "site.1", head, end)
    steps = [{"event": "step", "t": t, "play": "P", "step": f"s{t}"} for t in (1.0, 4.0)]
    record(tmp_path, "site.3", head, *steps, {"event": "result", "t": 6.0})
    record(tmp_path, "status.4", {**head, "playbook": "status"}, end)
    record(tmp_path, "site.2")
    going, done = runs.past(tmp_path)
    assert (going.ok, going.seconds) == (None, 6.0)
    assert going.steps == (("P", "s1.0", 3.0), ("P", "s4.0", 2.0))
    assert (done.ok, done.seconds, done.changed, done.steps) == (
        True,
        9.5,
        1,
        (("Nodes", "Prepare", 2.5),),
    )


def test_only_the_last_runs_are_shown(tmp_path: Path) -> None:
    for number in range(20):
        record(
            tmp_path, f"site.{number:02}", {"event": "run", "playbook": "site", "at": f"{number}"}
        )
    assert [one.at for one in runs.past(tmp_path)] == [str(n) for n in range(19, 9, -1)]
