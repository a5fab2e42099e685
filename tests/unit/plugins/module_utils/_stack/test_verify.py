# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks through the gateway, against a small server that stands for it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import NotReadyError
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import (
    Answer,
    GatewayAsker,
    Request,
    concrete,
    problem_of,
    requests,
    urls,
    verify,
)

from .authority import authority
from .conftest import Place
from .test_parse import FULL

REQUEST = Request("http", "shop.test", "/x", 200, "hello", 10)


class Clock:
    """A clock that stands still but for sleeping."""

    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.headers['Host']}{self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_requests_and_urls(guestbook: Instance, place: Place) -> None:
    assert [str(one) for one in requests(guestbook)] == [
        "http://guestbook.lab.test/",
        "http://guestbook.lab.test/api/ready",
    ]
    assert urls(guestbook) == ["http://guestbook.lab.test/"]
    hosts = {"web": "shop.test", "api": ["*.api.test", "b.test"]}
    shop = place(FULL, hosts=hosts, secrets={"keys": {"web": "w"}})
    assert [one.host for one in requests(shop)] == ["shop.test", "check.api.test"]
    assert urls(shop)[1:] == ["http://*.api.test/a%20b", "http://b.test/a%20b"]
    assert concrete("a.b") == "a.b"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(200, "say hello"), ""),
        (Answer(503, " no upstream\n"), "status 503: no upstream"),
        (Answer(200, "bye"), "status 200, without the text: bye"),
        (Answer(problem="refused"), "refused"),
    ],
)
def test_what_is_wrong_with_an_answer(answer: Answer, problem: str) -> None:
    assert problem_of(REQUEST, answer) == problem


def test_a_check_is_repeated_until_it_succeeds() -> None:
    answers = iter([Answer(problem="refused"), Answer(503), Answer(200, "hello")])
    clock = Clock()
    verify((REQUEST,), lambda _: next(answers), clock)
    assert clock.time == 2


def test_a_check_that_never_succeeds_shows_its_last_answer() -> None:
    with pytest.raises(NotReadyError) as caught:
        verify((REQUEST,), lambda _: Answer(404, "nobody"), Clock())
    assert "http://shop.test/x" in str(caught.value)
    assert "status 200 and the text 'hello' within 10 s" in str(caught.value)
    assert "status 404: nobody" in str(caught.value)
    plain = Request("http", "shop.test", "/x", 200, "", 1)
    with pytest.raises(NotReadyError, match="expected: status 200 within 1 s"):
        verify((plain,), lambda _: Answer(404), Clock())


def test_the_gateway_is_asked_by_host_name(server: ThreadingHTTPServer) -> None:
    ask = GatewayAsker("127.0.0.1", ports={"http": server.server_port, "https": 1})
    assert ask(REQUEST) == Answer(200, "shop.test/x")
    assert ask(Request("https", "shop.test", "/", 200, "", 1)).problem


def test_https_is_verified(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = authority(tmp_path, "shop.test")
    context.load_cert_chain(tmp_path / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    ports = {"https": server.server_port}
    good = Request("https", "shop.test", "/", 200, "", 1)
    other = Request("https", "other.test", "/", 200, "", 1)
    assert GatewayAsker("127.0.0.1", pem, ports)(good).body == "shop.test/"
    assert "match" in GatewayAsker("127.0.0.1", pem, ports)(other).problem
    assert "verify" in GatewayAsker("127.0.0.1", "", ports)(good).problem


def test_the_usual_ports_are_the_default() -> None:
    assert GatewayAsker("127.0.0.254")._ports == {"http": 80, "https": 443}
