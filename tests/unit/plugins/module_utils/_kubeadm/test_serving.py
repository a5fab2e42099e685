# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for serving certificates: what is granted, and the service that grants."""

from __future__ import annotations

import base64
import importlib
import ipaddress
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import UnreachableError
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm import approver
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.serving import (
    decided,
    objection,
)

sys.path.insert(0, str(Path(__file__).parent))
request = importlib.import_module("test_pem").request

RECORD = {"w1": "10.0.0.4", "w2": "10.0.0.5"}


def ip(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_address(text))


GOOD = request("system:node:w1", x509.DNSName("w1"), ip("10.0.0.4"), organization="system:nodes")


def csr(pem: str = GOOD, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "csr-1", "resourceVersion": "7"},
        "spec": {
            "signerName": "kubernetes.io/kubelet-serving",
            "username": "system:node:w1",
            "groups": ["system:nodes", "system:authenticated"],
            "usages": ["digital signature", "server auth"],
            "request": base64.b64encode(pem.encode()).decode(),
            **spec,
        },
    }


def named(
    *names: x509.GeneralName, common: str = "system:node:w1", group: str = "system:nodes"
) -> str:
    text: str = request(common, *names, organization=group)
    return text


CASES = {
    "the node's own": (csr(), ""),
    "another signer": (csr(signerName="x"), "signer x"),
    "no node": (csr(username="admin"), "no node"),
    "not in the group": (csr(groups=[]), "no node"),
    "not admitted": (csr(username="system:node:w9"), "not admitted"),
    "client usage": (csr(usages=["client auth", "server auth"]), "usages"),
    "no server usage": (csr(usages=["digital signature"]), "usages"),
    "not readable": (csr("x"), "not readable"),
    "another subject": (csr(named(ip("10.0.0.4"), common="system:node:w2")), "subject"),
    "another organization": (csr(named(ip("10.0.0.4"), group="system:masters")), "subject"),
    "another node's address": (csr(named(ip("10.0.0.4"), ip("10.0.0.5"))), "10.0.0.5"),
    "the API's name": (csr(named(x509.DNSName("kubernetes"), ip("10.0.0.4"))), "kubernetes"),
    "a URI": (
        csr(named(ip("10.0.0.4"), x509.UniformResourceIdentifier("https://x"))),
        "other kinds",
    ),
    "no address": (csr(named(x509.DNSName("w1"))), "without the node's address"),
}


@pytest.mark.parametrize("name", CASES)
def test_objections(name: str) -> None:
    made, expected = CASES[name]
    pem = base64.b64decode(made["spec"]["request"]).decode()
    found = objection(made, RECORD, pem)
    assert expected in found
    assert bool(found) == bool(expected)


def test_decided() -> None:
    assert not decided(csr())
    assert decided({**csr(), "status": {"conditions": [{"type": "Denied"}]}})


class FakeApi:
    def __init__(
        self, events: list[dict[str, Any]], errors: Mapping[str, int] | None = None
    ) -> None:
        self.events = events
        self.errors = errors or {}
        self.calls: list[tuple[str, str, Any]] = []

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, kind: str = ""
    ) -> dict[str, Any]:
        self.calls.append((method, path, body))
        if method in self.errors:
            raise ApiError(self.errors[method], path, "no")
        return {"data": RECORD}

    def watch(self, path: str, timeout: float) -> Iterator[dict[str, Any]]:
        yield from self.events


def serve(api: FakeApi) -> list[str]:
    said: list[str] = []
    approver.serve_once(api, said.append)
    return said


def test_granted() -> None:
    api = FakeApi([{"type": "ADDED", "object": csr()}])
    assert serve(api) == ["csr-1: granted to system:node:w1"]
    method, path, body = api.calls[-1]
    assert (method, path) == ("PUT", approver.REQUESTS + "/csr-1/approval")
    assert body["status"]["conditions"][0]["type"] == "Approved"
    assert body["metadata"]["resourceVersion"] == "7"


def test_left_alone() -> None:
    done = {**csr(), "status": {"conditions": [{"type": "Approved"}]}}
    api = FakeApi([{"type": "MODIFIED", "object": done}, {"type": "DELETED", "object": csr()}])
    assert serve(api) == []
    assert api.calls == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [(csr(username="admin"), "no node"), (csr(request="%"), "not readable")],
)
def test_not_granted(made: dict[str, Any], expected: str) -> None:
    api = FakeApi([{"type": "ADDED", "object": made}])
    assert expected in serve(api)[0]
    assert all(method == "GET" for method, _, _ in api.calls)


def test_another_control_plane_was_first() -> None:
    assert serve(FakeApi([{"type": "ADDED", "object": csr()}], {"PUT": 409})) == []


def test_without_record_nobody_is_granted() -> None:
    said = serve(FakeApi([{"type": "ADDED", "object": csr()}], {"GET": 404}))
    assert "not admitted" in said[0]


@pytest.mark.parametrize("errors", [{"PUT": 500}, {"GET": 500}])
def test_other_errors_are_raised(errors: Mapping[str, int]) -> None:
    with pytest.raises(UnreachableError):
        serve(FakeApi([{"type": "ADDED", "object": csr()}], errors))


class StopServiceError(Exception):
    pass


def test_service_waits_for_a_cluster_and_says_errors_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kubeconfig, pauses = tmp_path / "admin.conf", []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        kubeconfig.write_text("no kubeconfig")
        if len(pauses) == 4:
            raise StopServiceError

    with pytest.raises(StopServiceError):
        approver.main(str(kubeconfig), pause)
    assert capsys.readouterr().out.count("lacks an embedded value") == 1


def test_service_goes_on_after_a_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    def once(api: object, log: object) -> None:
        rounds.append(api)
        if len(rounds) == 3:
            raise StopServiceError

    monkeypatch.setattr(approver, "serve_once", once)
    (tmp_path / "admin.conf").write_text("")
    with pytest.raises(StopServiceError):
        approver.main(str(tmp_path / "admin.conf"), lambda _: None)
    assert len(rounds) == 3
