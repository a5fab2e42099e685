# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small catalogue, and servers on this machine that behave like upstream's."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import tenacity

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    Catalogue,
    parse,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.fetch import (
    Fetcher,
    retrying,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import Store


def small(**changes: Any) -> dict[str, dict[str, Any]]:
    """Return the sections of a catalogue with one entry of each kind of recipe."""
    sections: dict[str, dict[str, Any]] = {
        "versions": {"tool": ["1.2.3", "1.2.2"], "crds": ["1.0.0"], "base": ["trixie"]},
        "binaries": _binaries(),
        "images": _images(),
    }
    for section, content in changes.items():
        sections[section] = {**sections[section], **content}
    return sections


def _binaries() -> dict[str, Any]:
    packages = {"tool": "example.org/tool/cmd/t"}
    files = {"kind": "go-files", "module": "example.org/m", "files": {"a.yaml": "*.yaml"}}
    return {
        "tool": {
            "build": {"kind": "go", "module": "example.org/tool", "packages": packages},
            "used_by": ["depot"],
        },
        "part": {
            "version_of": "tool",
            "used_by": ["lab"],
            "build": {"kind": "take", "source": "tool", "files": ["tool"]},
        },
        "crds": {"used_by": ["ingress"], "build": files},
        "wheel": {
            "version_of": "crds",
            "build": {"kind": "pypi", "project": "wheel-x", "files": {"x": "x/bin/x"}},
        },
    }


def _images() -> dict[str, Any]:
    return {
        "base": {"reference": "docker.io/library/base:{version}", "build": {"kind": "debian"}},
        "tool": {
            "used_by": ["depot"],
            "reference": "registry.example/group/tool:v{version}",
            "build": {
                "kind": "containerfile",
                "context": "images/tool",
                "bases": {"base": ""},
                "binaries": {"tool": ["tool"]},
            },
        },
    }


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "images" / "tool"
    folder.mkdir(parents=True)
    (folder / "Containerfile").write_text("FROM docker.io/library/base:trixie\n")
    return parse(tmp_path, small())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def quick() -> tenacity.Retrying:
    return retrying(attempts=3, wait=0)


@pytest.fixture
def fetcher(store: Store) -> Fetcher:
    return Fetcher(store, session(), "amd64", quick)


def session() -> requests.Session:
    found = requests.Session()
    found.trust_env = False
    return found


@dataclass
class Upstream:
    """Files by path, and how the server misbehaves.

    ``cut``: path → how many bytes of its body are sent the first times, one number a request.
    ``status``: path → statuses that are answered first.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut: dict[str, list[int]] = field(default_factory=dict)
    status: dict[str, list[int]] = field(default_factory=dict)
    ranges: bool = True
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _files_handler(upstream: Upstream) -> type[_Quiet]:
    class Handler(_Quiet):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            wanted = self.headers.get("Range", "")
            upstream.seen.append((self.command, path, wanted))
            if upstream.status.get(path):
                return self.answer(upstream.status[path].pop(0))
            body = upstream.files.get(path)
            if body is None:
                return self.answer(404)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            if wanted and upstream.ranges:
                if start >= len(body):
                    return self.answer(416)
                return self.answer(206, body[start:])
            if upstream.cut.get(path):
                self.answer(200, body[: upstream.cut[path].pop(0)], Content_Length=str(len(body)))
                self.close_connection = True
                return None
            return self.answer(200, body)

        do_HEAD = do_GET  # noqa: N815

    return Handler


@dataclass
class FakeRegistry:
    """A v2 registry: blobs and manifests by repository, with or without a token or a password."""

    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[bytes, str]] = field(default_factory=dict)
    token: str = ""
    password: bool = False
    broken: bool = False
    uploads: list[str] = field(default_factory=list)
    url: str = ""

    def add_image(
        self, repository: str, tag: str, arch: str = "amd64", index: bool = True
    ) -> bytes:
        """Publish an image with one layer; return its layer."""
        layer, config = b"layer of " + tag.encode(), json.dumps({"architecture": arch}).encode()
        for content in (layer, config):
            self.blobs[repository, _digest(content)] = content
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"digest": _digest(config), "size": len(config)},
                "layers": [{"digest": _digest(layer), "size": len(layer)}],
            }
        ).encode()
        kind = "application/vnd.oci.image.manifest.v1+json"
        self.manifests[repository, _digest(manifest)] = (manifest, kind)
        self.manifests[repository, tag] = (manifest, kind)
        if index:
            platform = {"os": "linux", "architecture": arch}
            listed = [{"digest": _digest(manifest), "size": len(manifest), "platform": platform}]
            kind = "application/vnd.oci.image.index.v1+json"
            content = json.dumps({"schemaVersion": 2, "manifests": listed}).encode()
            self.manifests[repository, tag] = (content, kind)
        return layer


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class _RegistryHandler(_Quiet):
    registry: FakeRegistry

    def _allowed(self) -> bool:
        header = self.headers.get("Authorization", "")
        if self.registry.password and not header.startswith("Basic "):
            self.answer(401, b"who are you")
            return False
        if self.registry.token and header != f"Bearer {self.registry.token}":
            realm = f'Bearer realm="{self.registry.url}/token",service="fake"'
            self.answer(401, b"", WWW_Authenticate=realm)
            return False
        return True

    def _parts(self) -> tuple[str, str, str]:
        path = urlsplit(self.path).path
        found = re.fullmatch(r"/v2/(.+)/(blobs|manifests)/(.*)", path)
        return (found[1], found[2], found[3]) if found else ("", "", path)

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            return self.answer(200, json.dumps({"token": self.registry.token}).encode())
        if self.registry.broken:
            return self.answer(503, b"broken")
        if not self._allowed():
            return None
        repository, kind, name = self._parts()
        if not kind:
            return self.answer(200 if name == "/v2/" else 404)
        if kind == "blobs":
            body = self.registry.blobs.get((repository, name))
            return self.answer(404) if body is None else self.answer(200, body)
        found = self.registry.manifests.get((repository, name))
        if found is None:
            return self.answer(404)
        return self.answer(200, found[0], Content_Type=found[1])

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        if self._allowed():
            path = urlsplit(self.path).path
            self.answer(202, b"", Location=f"{path}session?state=1")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._allowed():
            return None
        repository, kind, name = self._parts()
        if kind == "manifests":
            self.registry.manifests[repository, name] = (body, self.headers["Content-Type"])
            return self.answer(201)
        digest = parse_qs(urlsplit(self.path).query)["digest"][0]
        if digest != _digest(body):
            return self.answer(400, b"digest invalid")
        self.registry.uploads.append(digest)
        self.registry.blobs[repository, digest] = body
        return self.answer(201)


def _serve(handler: type[_Quiet]) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    found = Upstream()
    server = _serve(_files_handler(found))
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    yield from serve_registry()


def serve_registry() -> Iterator[FakeRegistry]:
    """Serve a registry until the generator is closed."""
    found = FakeRegistry()
    server = _serve(type("Handler", (_RegistryHandler,), {"registry": found}))
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
