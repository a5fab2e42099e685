# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts over a connection that fails in all ways."""

from __future__ import annotations

import dataclasses
import os
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    RefusedError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.download import (
    ATTEMPTS,
    Download,
    copy_staged,
    opener,
)
from ansible_collections.landfall.platform.plugins.module_utils._node.resolve import (
    ArtifactFile,
    resolve,
)

BODY = b"0123456789" * 300_000
ITEM = {"name": "tools", "files": [], "store_path": None, "sha256": None, "source": "depot"}


@pytest.fixture
def file(machine: Any) -> ArtifactFile:
    return resolve(ITEM, machine.depot.index(tool=BODY), lenient=False)[0]


@pytest.fixture
def fetch(machine: Any, tmp_path: Path) -> Callable[..., list[float]]:
    """Return a function that fetches and returns the waits between the attempts."""

    def run(file: ArtifactFile, *faults: str) -> list[float]:
        machine.depot.faults = list(faults)
        waits: list[float] = []
        finished: list[int] = []
        Download(file, tmp_path / "part", machine.depot.open, waits.append).run(finished.append)
        assert len(finished) == 1
        return waits

    return run


def ranges(machine: Any) -> list[str]:
    return [start for _, start in machine.depot.requests]


def test_in_one_go(machine, file, fetch, tmp_path):
    assert fetch(file) == []
    assert (tmp_path / "part").read_bytes() == BODY
    assert ranges(machine) == [""]


def test_without_a_known_size(file, fetch, tmp_path):
    fetch(dataclasses.replace(file, size=-1))
    assert (tmp_path / "part").read_bytes() == BODY


def test_truncated_answers_are_resumed(machine, file, fetch, tmp_path):
    assert fetch(file, "truncated", "truncated") == [2.0, 4.0]
    assert (tmp_path / "part").read_bytes() == BODY
    assert ranges(machine) == ["", "bytes=1500000-", "bytes=2250000-"]


def test_a_server_without_ranges_sends_all_again(machine, file, fetch, tmp_path):
    machine.depot.ranges = False
    fetch(file, "truncated")
    assert (tmp_path / "part").read_bytes() == BODY


def test_passing_faults_are_waited_for(file, fetch):
    assert fetch(file, "503", "refused", "429") == [2.0, 4.0, 8.0]


def test_what_a_killed_run_left_is_used(machine, file, fetch, tmp_path):
    (tmp_path / "part").write_bytes(BODY[:1000])
    fetch(file)
    assert ranges(machine) == ["bytes=1000-"]
    assert (tmp_path / "part").read_bytes() == BODY


def test_what_is_complete_is_not_fetched_again(machine, file, fetch, tmp_path):
    (tmp_path / "part").write_bytes(BODY)
    fetch(file)
    assert machine.depot.requests == []


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(BODY), b"x" * (len(BODY) + 1)])
def test_wrong_leftovers_are_fetched_anew(file, fetch, tmp_path, left):
    (tmp_path / "part").write_bytes(left)
    fetch(file)
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_range_that_does_not_exist_starts_over(machine, file, fetch, tmp_path):
    (tmp_path / "part").write_bytes(b"old")
    fetch(dataclasses.replace(file, size=-1), "416")
    assert (tmp_path / "part").read_bytes() == BODY


@pytest.mark.parametrize("fault", ["corrupt", "longer"])
def test_a_wrong_artifact_is_refused_and_removed(file, fetch, tmp_path, fault):
    with pytest.raises(RefusedError, match=f"expected: sha256:{file.sha256} .3000000 bytes.*found"):
        fetch(file, fault)
    assert not (tmp_path / "part").exists()


def test_always_truncated_is_said_with_both_sizes(machine, file, fetch):
    with pytest.raises(UnreachableError, match="truncated: 2906250 of 3000000 bytes"):
        fetch(file, *["truncated"] * ATTEMPTS)


@pytest.mark.parametrize("left", [b"", BODY[:5], BODY[:1000]])
def test_what_the_depot_has_in_another_size_is_refused_at_once(
    machine, file, fetch, tmp_path, left
):
    machine.depot.contents[file.url] = BODY[:10]
    (tmp_path / "part").write_bytes(left)
    with pytest.raises(RefusedError, match=r"found: 10 bytes; remedy: .*repositories/landfall/to"):
        fetch(file, *["416"] * (len(left) > 10))
    assert not (tmp_path / "part").exists()
    assert len(machine.depot.requests) <= 3


def test_what_will_not_pass_is_not_tried_again(machine, file, fetch):
    with pytest.raises(UnreachableError, match="found: HTTP 404 fault"):
        fetch(file, "404")
    assert len(machine.depot.requests) == 1


def test_an_unreachable_depot(machine, file, fetch):
    with pytest.raises(UnreachableError, match="tools/tool; expected: https://depot/tool; found: "):
        fetch(file, *["refused"] * ATTEMPTS)
    assert len(machine.depot.requests) == ATTEMPTS


def test_a_full_disk_is_not_the_depots_fault(machine, file, tmp_path):
    part = tmp_path / "none" / "part"
    with pytest.raises(FileNotFoundError):
        Download(file, part, machine.depot.open, lambda _s: None).run(lambda _d: None)


def test_a_transferred_file_is_verified_too(file, tmp_path):
    staged, part = tmp_path / "staged", tmp_path / "part"
    staged.write_bytes(BODY)
    copy_staged(dataclasses.replace(file, staged=str(staged)), part, os.fsync)
    assert part.read_bytes() == BODY
    staged.write_bytes(BODY[1:])
    with pytest.raises(RefusedError):
        copy_staged(dataclasses.replace(file, staged=str(staged)), part, os.fsync)
    assert not part.exists()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def test_a_real_connection(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        sha256 = "2689367b205c16ce32ed4200942b8b8b1e262dfc70d9bc9fbc77c49699a4f1df"
        url = f"http://127.0.0.1:{server.server_port}/"
        part = tmp_path / "part"
        Download(ArtifactFile("a", "a", sha256, 2, url), part, opener("")).run(os.fsync)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert part.read_bytes() == b"ok"


def test_a_ca_that_is_none_is_refused():
    with pytest.raises(ssl.SSLError):
        opener("no certificate")
