# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from http.server import ThreadingHTTPServer

import pytest
import requests

from examples.publishing.tools.publishing.page import (
    Found,
    Hit,
    answer,
    asked,
    found,
    handler,
    query,
    render,
)
from examples.publishing.tools.publishing.server import Server

from .conftest import Search

AWAY = Server("http://127.0.0.1:1")
DOCUMENT = {"title": "A <b>", "path": "/?p=1", "published": "2026-05-01T00:00", "digest": "d"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/search/", ("", 1)),
        ("/search/?q=+lamp+post", ("lamp post", 1)),
        ("/search/?q=a&page=3", ("a", 3)),
        ("/search/?q=a&page=0", ("a", 1)),
        ("/search/?q=a&page=-1", ("a", 1)),
        ("/search/?q=a&page=x", ("a", 1)),
        ("/search/?q=a&page=٣", ("a", 1)),
        ("/search/?q=a&page=99999999", ("a", 100)),
        (f"/search/?q={'x' * 300}", ("x" * 200, 1)),
    ],
)
def test_what_is_asked(target: str, expected: tuple[str, int]) -> None:
    assert asked(target) == expected


def test_pages_follow_each_other() -> None:
    assert query("a", 3)["from"] == 20
    both = render("a", 2, Found(31, []))
    assert "page=1" in both
    assert "page=3" in both
    assert "page=" not in render("a", 1, Found(10, []))


def test_nothing_of_a_post_or_a_question_becomes_markup() -> None:
    raw = {"_source": DOCUMENT, "highlight": {"text": ["<i>\ue000lamp\ue001"]}}
    result = found({"hits": {"total": {"value": 1}, "hits": [raw, {"_source": DOCUMENT}]}})
    assert result.hits[0] == Hit("A <b>", "/?p=1", "2026-05-01", "&lt;i&gt;<mark>lamp</mark>")
    text = render('"><script>', 1, result)
    assert "<script>" not in text
    assert "A &lt;b&gt;" in text


@pytest.mark.parametrize(
    ("path", "status", "contains"),
    [
        ("/search", 200, "<h1>Search</h1>"),
        ("/search/?q=lamp", 200, "1 found"),
        ("/search/results.json?q=lamp", 200, '"total": 1'),
        ("/search/results.json", 200, '"total": 0'),
        ("/live", 200, "live"),
        ("/ready", 200, "ready"),
        ("/else", 404, "nothing"),
    ],
)
def test_answers(
    search: Search, search_server: Server, path: str, status: int, contains: str
) -> None:
    search.indices["posts"] = {"1": DOCUMENT}
    given = answer(search_server, path)
    assert (given.status, contains in given.text) == (status, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/search/?q=a", 503), ("/search/results.json?q=a", 503), ("/ready", 503), ("/live", 200)],
)
def test_search_that_is_away_is_said(path: str, status: int) -> None:
    given = answer(AWAY, path)
    assert given.status == status
    if path.startswith("/search"):
        assert "not available" in given.text
    if "json" in path:
        assert json.loads(given.text)["total"] == 0


def test_browsers_are_answered(search_server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(search_server)) as web:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{web.server_address[1]}"
        page = requests.get(f"{url}/search/", timeout=10)
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Search" in page.text
        assert requests.head(f"{url}/live", timeout=10).text == ""
        web.shutdown()
        thread.join()
    log = capsys.readouterr().err
    assert "/search/" in log
    assert "/live" not in log
