# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.api import (
    ApiError,
    ConflictError,
    Resource,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import (
    KubeClient,
    error_of,
    path_of,
    resources_from,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk, Key
from ansible_collections.landfall.platform.plugins.module_utils._kube.transport import (
    Response,
    Transport,
)

CONFIG_MAP = Resource(Gvk("", "v1", "ConfigMap"), "configmaps", True)


def kubeconfig(server: str, **cluster: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "t",
        "contexts": [{"name": "t", "context": {"cluster": "t", "user": "t"}}],
        "clusters": [{"name": "t", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "t", "user": {"token": "secret"}}],
    }


class Handler(http.server.BaseHTTPRequestHandler):
    """Gives the server's prepared answers, one after another."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        server: Any = self.server
        server.seen.append((self.command, self.path, dict(self.headers), body))
        status, content, headers = server.answers.pop(0)
        is_text = isinstance(content, str)
        data = content.encode() if is_text else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


class Server:
    def __init__(self) -> None:
        server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http = server
        server.seen, server.answers = [], []
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.config = kubeconfig(f"http://127.0.0.1:{self.http.server_port}")
        self.client = KubeClient(Transport(self.config, retry_limit=2))

    def answer(self, status: int, content: Any, **headers: str) -> None:
        self.http.answers.append((status, content, headers))


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


DISCOVERY = {
    "items": [
        {
            "metadata": {"name": "apps"},
            "versions": [
                {
                    "version": version,
                    "resources": [
                        {"resource": "deployments", "responseKind": {"kind": "Deployment"},
                         "scope": "Namespaced", "verbs": ["list", "patch"]},
                        {"resource": "reviews", "responseKind": {"kind": "Review"},
                         "scope": "Cluster", "verbs": ["create"]},
                        {"resource": "broken"},
                    ],
                }
                for version in ("v1", "v1beta1")
            ],
        }
    ]
}  # fmt: skip


def test_discovery(server: Server) -> None:
    found = resources_from(DISCOVERY)
    assert set(found) == {Gvk("apps", v, "Deployment") for v in ("", "v1", "v1beta1")}
    assert found[Gvk("apps", "", "Deployment")].gvk.version == "v1"
    for _ in range(2):
        server.answer(200, {"items": []})
        server.answer(200, DISCOVERY)
    assert server.client.resource(Gvk("apps", "v1", "Deployment"))
    assert server.client.resource(Gvk("apps", "v1", "Nothing")) is None
    assert len(server.http.seen) == 2
    server.client.resource(Gvk("apps", "v1", "Nothing"), fresh=True)
    assert len(server.http.seen) == 4


@pytest.mark.parametrize(
    ("resource", "where", "path"),
    [
        (CONFIG_MAP, (), "/api/v1/configmaps"),
        (CONFIG_MAP, ("n",), "/api/v1/namespaces/n/configmaps"),
        (CONFIG_MAP, ("n", "a"), "/api/v1/namespaces/n/configmaps/a"),
        (
            Resource(Gvk("x.y", "v1", "Z"), "zs", False),
            ("", "a"),
            "/apis/x.y/v1/zs/a",
        ),
    ],
)
def test_paths(resource: Resource, where: tuple[str, ...], path: str) -> None:
    assert path_of(resource, *where) == path


def test_list_follows_pages_and_completes_items(server: Server) -> None:
    item = {"metadata": {"name": "a", "namespace": "n"}}
    server.answer(200, {"items": [item], "metadata": {"continue": "more"}})
    server.answer(200, {"items": [item]})
    found = server.client.list(CONFIG_MAP, selector="a=b", fields="c=d", namespace="n")
    assert found == [{**item, "apiVersion": "v1", "kind": "ConfigMap"}] * 2
    assert "labelSelector=a%3Db" in server.http.seen[0][1]
    assert "continue=more" in server.http.seen[1][1]
    assert server.http.seen[0][2]["authorization"] == "Bearer secret"


def test_get_and_delete(server: Server) -> None:
    key = Key("", "ConfigMap", "n", "a")
    obj = {"apiVersion": "v1", "kind": "ConfigMap",
           "metadata": {"name": "a", "namespace": "n", "uid": "u"}}  # fmt: skip
    for status in (200, 404, 403):
        server.answer(status, obj)
        server.answer(status, {})
    assert server.client.get(CONFIG_MAP, key) == obj
    assert server.client.delete(CONFIG_MAP, obj)
    assert json.loads(server.http.seen[1][3])["preconditions"] == {"uid": "u"}
    assert server.client.get(CONFIG_MAP, key) is None
    assert not server.client.delete(CONFIG_MAP, obj)
    with pytest.raises(ApiError, match="403"):
        server.client.get(CONFIG_MAP, key)
    with pytest.raises(ApiError, match="403"):
        server.client.delete(CONFIG_MAP, obj)


def test_apply_log_and_health(server: Server) -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}
    server.answer(200, obj)
    server.answer(200, "one\ntwo\n")
    server.answer(404, "none")
    server.answer(200, "ok")
    server.answer(503, "no")
    with server.client as client:
        assert client.apply(CONFIG_MAP, obj, manager="m", force=True, dry_run=True) == obj
        assert client.log("n", "p", "c", previous=True, lines=5) == "one\ntwo"
        assert client.log("n", "p", "c", previous=False, lines=5) == ""
        assert client.healthy()
        assert not client.healthy()
    method, path, headers, _ = server.http.seen[0]
    assert method == "PATCH"
    assert headers["Content-Type"] == "application/apply-patch+yaml"
    for part in ("fieldManager=m", "force=true", "dryRun=All", "fieldValidation=Strict"):
        assert part in path


def test_an_overloaded_server_is_asked_again(server: Server) -> None:
    server.answer(429, {"message": "slow down"}, **{"Retry-After": "0"})
    server.answer(503, {"message": "starting"}, **{"Retry-After": "soon"})
    server.answer(200, {"items": []})
    assert server.client.list(CONFIG_MAP) == []


def test_retries_end_with_what_the_server_said(server: Server) -> None:
    for _ in range(20):
        server.answer(503, {"message": "etcd is away"})
    with pytest.raises(ApiError, match="etcd is away"):
        server.client.list(CONFIG_MAP)


def test_a_wrong_manifest_is_not_sent_again(server: Server) -> None:
    server.answer(500, {"message": "failed to create typed patch object: no field x"})
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}
    with pytest.raises(ApiError, match="no field x"):
        server.client.apply(CONFIG_MAP, obj, manager="m")
    assert len(server.http.seen) == 1


def test_a_server_that_is_away() -> None:
    client = KubeClient(Transport(kubeconfig("http://127.0.0.1:1"), retry_limit=0.3))
    with pytest.raises(UnreachableError, match="does not answer"):
        client.list(CONFIG_MAP)
    assert not client.healthy()


def conflict(manager: str, field: str) -> dict[str, str]:
    return {
        "reason": "FieldManagerConflict",
        "message": f'conflict with "{manager}" using v1',
        "field": field,
    }


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, {"message": "may not"}, ["HTTP 403: may not", "auth can-i"]),
        (422, {"message": "spec: field is immutable"}, ["another name"]),
        (500, "plain text", ["plain text"]),
        (400, {}, ["no message"]),
    ],
)
def test_errors(status: int, body: Any, words: list[str]) -> None:
    error = error_of(Response(status, body), "Pod n/a")
    assert not isinstance(error, ConflictError)
    for word in ["Pod n/a", *words]:
        assert word in str(error)


def test_a_conflict_names_managers_and_fields() -> None:
    causes = [conflict("kubectl-edit", ".spec.replicas"), conflict("other", ".data")]
    error = error_of(Response(409, {"message": "m", "details": {"causes": causes}}), "Pod n/a")
    assert isinstance(error, ConflictError)
    assert error.managers == {"kubectl-edit", "other"}
    assert ".spec.replicas (kubectl-edit), .data (other)" in str(error)
    assert not isinstance(error_of(Response(409, {"message": "m"}), "x"), ConflictError)


def test_kubeconfig_problems(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        Transport(str(tmp_path / "none"))
    file = tmp_path / "config"
    for content, words in (
        ("[", "is not YAML"),
        ("", "is empty"),
        ("a: 1", "not usable"),
        (
            yaml.safe_dump(kubeconfig("https://x", **{"insecure-skip-tls-verify": True})),
            "turns TLS",
        ),
        (yaml.safe_dump(kubeconfig("https://x", **{"certificate-authority": "no"})), "not usable"),
    ):
        file.write_text(content)
        with pytest.raises(InvalidInputError, match=words):
            Transport(str(file))


def test_data_in_a_kubeconfig_leaves_no_files(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    bad = base64.b64encode(b"not a certificate").decode()
    with pytest.raises(InvalidInputError):
        Transport(kubeconfig("https://x", **{"certificate-authority-data": bad}))
    assert list(tmp_path.iterdir()) == []


def test_proxy_and_server_name() -> None:
    config = kubeconfig(
        "https://x", **{"tls-server-name": "api", "proxy-url": "http://127.0.0.1:1"}
    )
    transport = Transport(config, retry_limit=0.1)
    with pytest.raises(UnreachableError):
        transport.request("GET", "/")
