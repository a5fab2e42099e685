# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search page: finds posts in OpenSearch and shows them, without any script."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .indexer import INDEX
from .server import Server, ServerError

LOG = logging.getLogger("search")
PAGE = 10
LONGEST = 200
_OPEN, _CLOSE = "\ue000", "\ue001"  # of private use, so no text has them; HTML would be escaped

_STYLE = """
body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif}
form{display:flex;gap:.5rem}input{flex:1}input,button{padding:.5rem 1rem;font:inherit}
article{margin:1.5rem 0}h2{margin:0;font-size:1.15rem}p{margin:.2rem 0}mark{background:#fdf0b0}
.quiet{color:#666}nav{display:flex;justify-content:space-between}
"""


@dataclass(frozen=True)
class Hit:
    """One post that was found; the excerpt is safe HTML."""

    title: str
    path: str
    published: str
    excerpt: str


@dataclass(frozen=True)
class Found:
    """What a search gave: the number of all posts and those of the page."""

    total: int
    hits: Sequence[Hit]


def query(words: str, page: int) -> dict[str, Any]:
    """Return the request that searches for words; pages begin with 1."""
    return {
        "from": (page - 1) * PAGE,
        "size": PAGE,
        "track_total_hits": True,
        "query": {
            "simple_query_string": {
                "query": words,
                "fields": ["title^3", "text"],
                "default_operator": "and",
            }
        },
        "highlight": {
            "pre_tags": [_OPEN],
            "post_tags": [_CLOSE],
            "fields": {
                "text": {"fragment_size": 180, "number_of_fragments": 1, "no_match_size": 180}
            },
        },
    }


def found(answer: Mapping[str, Any]) -> Found:
    """Read OpenSearch's answer."""
    hits = []
    for raw in answer["hits"]["hits"]:
        fields = raw["_source"]
        pieces = raw.get("highlight", {}).get("text", [""])
        excerpt = escape(pieces[0]).replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>")
        hits.append(Hit(fields["title"], fields["path"], fields["published"][:10], excerpt))
    return Found(answer["hits"]["total"]["value"], hits)


def render(words: str, page: int, result: Found | None, problem: str = "") -> str:
    """Return the page as HTML."""
    title = f"{words} - Search" if words else "Search"
    body = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        '<p><a href="/">Home</a></p><h1>Search</h1><form action="/search/" role="search">',
        f'<input name="q" value="{escape(words)}" maxlength="{LONGEST}" aria-label="Words">',
        "<button>Search</button></form>",
    ]
    if problem:
        body.append(f'<p role="alert">{escape(problem)}</p>')
    if result is not None:
        body.append(f'<p class="quiet">{result.total} found</p>')
        body += [_article(hit) for hit in result.hits]
        body.append(_pages(words, page, result.total))
    return "".join([*body, "</body></html>\n"])


def _article(hit: Hit) -> str:
    link = f'<h2><a href="{escape(hit.path)}">{escape(hit.title)}</a></h2>'
    return (
        f'<article>{link}<p class="quiet">{escape(hit.published)}</p><p>{hit.excerpt}</p></article>'
    )


def _pages(words: str, page: int, total: int) -> str:
    def link(number: int, text: str) -> str:
        return f'<a href="/search/?{escape(urlencode({"q": words, "page": number}))}">{text}</a>'

    before = link(page - 1, "Before") if page > 1 else "<span></span>"
    after = link(page + 1, "More") if page * PAGE < total else "<span></span>"
    return f"<nav>{before}{after}</nav>"


def asked(target: str) -> tuple[str, int]:
    """Return the words and the page that a request's target asks for."""
    fields = parse_qs(urlsplit(target).query)
    words = fields.get("q", [""])[0].strip()[:LONGEST]
    number = fields.get("page", ["1"])[0]
    return words, min(
        int(number), 100
    ) if number.isascii() and number.isdigit() and number > "0" else 1


@dataclass(frozen=True)
class Answer:
    """An answer to a browser."""

    status: HTTPStatus
    content_type: str
    text: str


def answer(server: Server, target: str) -> Answer:
    """Answer a request; search that is away gives a page that says so."""
    path = urlsplit(target).path
    if path == "/live":
        return Answer(HTTPStatus.OK, "text/plain", "live\n")
    if path == "/ready":
        return _ready(server)
    if path not in {"/search", "/search/", "/search/results.json"}:
        return Answer(HTTPStatus.NOT_FOUND, "text/plain", "There is nothing here.\n")
    words, page = asked(target)
    as_json = path.endswith(".json")
    try:
        result = (
            found(server.request("POST", f"/{INDEX}/_search", query(words, page)))
            if words
            else None
        )
    except ServerError as error:
        LOG.warning("%s", error)
        text = "Search is not available at the moment; please try again soon."
        return Answer(
            HTTPStatus.SERVICE_UNAVAILABLE, *_shown(words, page, None, text, as_json=as_json)
        )
    return Answer(HTTPStatus.OK, *_shown(words, page, result, "", as_json=as_json))


def _shown(
    words: str, page: int, result: Found | None, problem: str, *, as_json: bool
) -> tuple[str, str]:
    if not as_json:
        return "text/html; charset=utf-8", render(words, page, result, problem)
    hits = [hit.__dict__ for hit in result.hits] if result else []
    content = {"total": result.total if result else 0, "hits": hits}
    return "application/json", json.dumps({**content, "problem": problem} if problem else content)


def _ready(server: Server) -> Answer:
    try:
        server.request("GET", "/_cluster/health?cluster_manager_timeout=2s")
    except ServerError:
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", "search is away\n")
    return Answer(HTTPStatus.OK, "text/plain", "ready\n")


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    """Return the class that answers requests with a server's documents."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._send(body=True)

        def do_HEAD(self) -> None:
            self._send(body=False)

        def _send(self, *, body: bool) -> None:
            given = answer(server, self.path)
            content = given.text.encode()
            self.send_response(given.status)
            self.send_header("Content-Type", given.content_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
            )
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if self.path not in {"/live", "/ready"}:
                super().log_request(code, size)

    return Handler
