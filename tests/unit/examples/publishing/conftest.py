# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that behave as OpenSearch and WordPress do, as far as the programs ask them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from examples.publishing.tools.publishing.server import Server


class Fake:
    """Answers requests; ``failing`` answers of this status come first."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.failing: list[int] = []

    def answer(self, method: str, path: str, body: str, user: str) -> tuple[int, Any]:
        raise NotImplementedError


class Search(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.indices: dict[str, dict[str, Any]] = {}
        self.last_query: dict[str, Any] = {}

    def answer(self, method: str, path: str, body: str, user: str) -> tuple[int, Any]:
        steps = urlsplit(path).path.strip("/").split("/")
        if steps[0] == "_bulk":
            return 200, {"items": self._bulk(body)}
        if steps[0] == "_cluster":
            return 200, {"status": "green"}
        if method == "PUT" and len(steps) == 1:
            self.indices[steps[0]] = {}
            return 200, {}
        if steps[0] not in self.indices:
            return 404, {"error": "index_not_found"}
        return self._in_index(method, self.indices[steps[0]], steps[1:], body)

    def _in_index(
        self, method: str, index: dict[str, Any], steps: list[str], body: str
    ) -> tuple[int, Any]:
        if steps[:1] == ["_doc"] and method == "PUT":
            index[steps[1]] = json.loads(body)
        elif steps[:1] == ["_doc"]:
            found = index.get(steps[1])
            return (200, {"_source": found}) if found else (404, {"found": False})
        elif steps[:1] == ["_search"]:
            self.last_query = json.loads(body)
            hits = [{"_id": n, "_source": d, "sort": [d["digest"]]} for n, d in index.items()]
            after = self.last_query.get("search_after", [""])
            hits = sorted((h for h in hits if h["sort"] > after), key=lambda h: str(h["sort"]))
            size = self.last_query["size"]
            return 200, {"hits": {"total": {"value": len(index)}, "hits": hits[:size]}}
        return 200, {}

    def _bulk(self, body: str) -> list[Any]:
        lines = [json.loads(line) for line in body.splitlines()]
        items = []
        while lines:
            ((action, where),) = lines.pop(0).items()
            index, number, status = self.indices[where["_index"]], where["_id"], 200
            if action == "index":
                document = lines.pop(0)
                status = 400 if "refused" in document["title"] else 201
                if status == 201:
                    index[number] = document
            elif index.pop(number, None) is None:
                status = 404
            items.append({action: {"_id": number, "status": status}})
        return items


class WordPress(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.posts: dict[int, dict[str, Any]] = {}

    def answer(self, method: str, path: str, body: str, user: str) -> tuple[int, Any]:
        if user != "loader:secret":
            return 401, {"code": "rest_cannot_edit"}
        query = parse_qs(urlsplit(path).query)
        number = query["rest_route"][0].rpartition("/")[2]
        if method == "GET":
            slug = query.get("slug", [""])[0]
            return 200, [p for p in self.posts.values() if not slug or p["slug"] == slug]
        new = int(number) if number.isdigit() else len(self.posts) + 1
        raw = json.loads(body)
        self.posts[new] = {
            "id": new,
            "slug": raw["slug"],
            "status": raw["status"],
            "title": {"raw": raw["title"]},
            "content": {"raw": raw["content"]},
        }
        return 201, self.posts[new]


def serve(fake: Fake) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            pair = self.headers.get("Authorization", "Basic ").split(" ")[1]
            fake.requests.append(f"{self.command} {self.path}")
            if fake.failing:
                status, answer = fake.failing.pop(0), {"error": "on purpose"}
            else:
                user = base64.b64decode(pair).decode()
                status, answer = fake.answer(self.command, self.path, body, user)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _handle  # noqa: N815 (the base class names them)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def search() -> Search:
    return Search()


@pytest.fixture
def search_server(search: Search) -> Iterator[Server]:
    for url in serve(search):
        yield Server(url)


@pytest.fixture
def wordpress() -> WordPress:
    return WordPress()


@pytest.fixture
def site(wordpress: WordPress) -> Iterator[Server]:
    for url in serve(wordpress):
        yield Server(url, "loader", "secret")
