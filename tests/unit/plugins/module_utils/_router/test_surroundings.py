# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Journals, settings, the API, and rsyslog's configuration."""

from __future__ import annotations

import json
import ssl
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._router import cluster
from ansible_collections.landfall.platform.plugins.module_utils._router.journal import (
    AGAIN_S,
    Journal,
    command,
    message_of,
)
from ansible_collections.landfall.platform.plugins.module_utils._router.record import MASKED
from ansible_collections.landfall.platform.plugins.module_utils._router.rsyslog import (
    Target,
    render,
)
from ansible_collections.landfall.platform.plugins.module_utils._router.settings import (
    Settings,
    size,
)
from tests.support.waiting import eventually

ENTRY = {"__REALTIME_TIMESTAMP": "1763719200123456", "__CURSOR": "c1", "MESSAGE": "hello"}


@pytest.mark.parametrize(
    ("fields", "text", "level", "stream", "component"),
    [
        (
            {"PRIORITY": "4", "_SYSTEMD_UNIT": "kubelet.service"},
            b"hello",
            "warning",
            "journal",
            "kubelet",
        ),
        ({"PRIORITY": "x", "SYSLOG_IDENTIFIER": "sudo"}, b"hello", "", "journal", "sudo"),
        (
            {"_SYSTEMD_UNIT": "haproxy.service", "PRIORITY": "6"},
            b"hello",
            "info",
            "haproxy",
            "haproxy",
        ),
        ({"UNIT": "a.service", "MESSAGE": [104, 255, 0]}, b"h\xff\x00", "", "journal", "a"),
        ({"MESSAGE": None}, b"", "", "journal", ""),
    ],
)
def test_entries(
    fields: dict[str, Any], text: bytes, level: str, stream: str, component: str
) -> None:
    message, origin = message_of({**ENTRY, **fields})
    assert message.time == "2025-11-21T10:00:00.123456000Z"
    assert (message.text, message.level, message.stream) == (text, level, stream)
    assert (origin.stack, origin.component) == ("hosts", component)


def test_a_journal_is_followed_from_where_it_was_read() -> None:
    first = command(Path("/j"), ["kubelet.service"], "")
    assert "--since=-1h" in first
    # Or there is nothing to follow in a container: "no journal boot entry found".
    assert "--merge" in first
    assert "--unit=kubelet.service" in first
    assert "--after-cursor=c1" in command(Path("/j"), [], "c1")


@pytest.fixture
def journalctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that tells what a file says, and waits."""
    program, said = tmp_path / "journalctl", tmp_path / "said"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncat {said}\nexec sleep 60\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return said


def test_a_journal(journalctl: Path) -> None:
    own = {**ENTRY, "_SYSTEMD_UNIT": "landfall-log-router.service", "__CURSOR": "c2"}
    lines = [json.dumps(ENTRY), "damaged", json.dumps(own), json.dumps(ENTRY)[:20]]
    journalctl.write_text("\n".join(lines))
    now = [0.0]
    journal = Journal(Path("/j"), [], clock=lambda: now[0])
    try:
        (found,) = eventually(journal.read, 30)
        assert found[0].text == b"hello"
        assert eventually(lambda: journal.cursor == "c2", 5)
        assert journal.read() == []
        journal.close()
        assert journal.read() == []
        now[0] += AGAIN_S
        eventually(journal.read, 30)
        asked = (journalctl.parent / "asked").read_text().splitlines()
        assert "--after-cursor=c2" in asked[1]
    finally:
        journal.close()


def test_a_journal_whose_program_ends(journalctl: Path) -> None:
    asked = journalctl.parent / "asked"
    (journalctl.parent / "journalctl").write_text(f"#!/bin/sh\necho x >> {asked}\nexit 1\n")
    now = [0.0]
    journal = Journal(Path("/j"), [], clock=lambda: now[0])
    for number in (1, 2, 3):
        eventually(lambda: journal.read() == [] and not journal.runs(), 30)
        assert journal.read() == []
        assert len(asked.read_text().split()) == number
        now[0] += AGAIN_S
    journal.close()


SETTINGS: dict[str, Any] = {
    "environment": "lab",
    "root": "/r",
    "target": {"addresses": ["a:1"], "tls": "/t"},
    "masked": ["x"],
    "journals": ["/j"],
}


def test_settings(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(SETTINGS))
    found = Settings.read(path, {"NODE_NAME": "node1"})
    assert (found.node, found.buffer, found.masked) == ("node1", 1 << 30, (*MASKED, "x"))
    assert (found.journals, found.pods) == (("/j",), "")
    path.write_text(json.dumps({**SETTINGS, "node": "gateway1"}))
    assert Settings.read(path, {"NODE_NAME": "x"}).node == "gateway1"


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({**SETTINGS, "target": {"x": 1}})])
def test_settings_that_cannot_be_meant(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        Settings.read(path, {"NODE_NAME": "a"})


def test_sizes() -> None:
    assert [size(one) for one in ("64Mi", "1GiB", 1 << 30)] == [64 << 20, 1 << 30, 1 << 30]
    for wrong in ("1Mi", "much", "", "-1Gi"):
        with pytest.raises(InvalidInputError, match="not a usable size"):
            size(wrong)


def test_configuration() -> None:
    text = render(Path("/r"), Target(["a:1", "b:1"], "/t"))
    assert 'server=["https://a:1", "https://b:1"]' in text
    assert 'skipverifyhost="off"' in text
    # Two ways that share nothing, so that one goes on while the other waits.
    for way in ("out-0", "out-1"):
        assert f'file="/r/spool/{way}/*.seg" ruleset="{way}"' in text
        assert f'errorfile="/r/undelivered/answers-{way}.json"' in text
        assert f'file="/r/marks-{way}" template="mark"' in text
    assert 'tls.mycert="/t/tls.crt"' in text
    assert '%msg:F,9:2%\\n"' in text
    assert text.count("{") == text.count("}")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer secret"
        self.send_response(403 if "namespaces" in self.path else 200)
        self.end_headers()
        self.wfile.write(b'{"items": []}' if "odd" not in self.path else b"<html>")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[cluster.InCluster]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "token").write_text("secret\n")
    # TLS is the library's; what is asked and read is ours.
    monkeypatch.setattr(ssl, "create_default_context", lambda cafile: None)
    monkeypatch.setattr(
        cluster.http.client,
        "HTTPSConnection",
        lambda host, port, timeout, context: cluster.http.client.HTTPConnection(host, port),
    )
    yield cluster.InCluster("127.0.0.1", server.server_port, tmp_path)
    server.shutdown()
    server.server_close()


def test_the_api(api: cluster.InCluster, tmp_path: Path) -> None:
    assert api.get("/api/v1/pods") == {"items": []}
    with pytest.raises(ApiError):
        api.get("/api/v1/namespaces")
    with pytest.raises(UnreachableError, match="does not answer"):
        api.get("/odd")
    (tmp_path / "token").unlink()
    with pytest.raises(UnreachableError):
        api.get("/api/v1/pods")


def test_pods_of_a_node() -> None:
    around = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    assert cluster.pods_of("node1", around).failed == ""
