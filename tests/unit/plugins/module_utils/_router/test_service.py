# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router as a whole, with a program in rsyslog's place that does what the test says."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._router import service
from ansible_collections.landfall.platform.plugins.module_utils._router.journal import Journal
from ansible_collections.landfall.platform.plugins.module_utils._router.pods import Pods
from ansible_collections.landfall.platform.plugins.module_utils._router.record import (
    Message,
    Origin,
)
from ansible_collections.landfall.platform.plugins.module_utils._router.rejected import (
    Undelivered,
    Verdict,
)
from ansible_collections.landfall.platform.plugins.module_utils._router.rsyslog import Target
from ansible_collections.landfall.platform.plugins.module_utils._router.service import Router
from ansible_collections.landfall.platform.plugins.module_utils._router.settings import Settings


class Node:
    """A node's directories, and a router on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "pods/ns_web_u1/app/0.log"
        self.log.parent.mkdir(parents=True)
        self.audit = root / "audit.log"
        self.said: list[str] = []
        self.started: list[subprocess.Popen[bytes]] = []
        self.stored: dict[str, dict[str, Any]] = {}
        self.now = 0.0
        self.router = self.make()

    def make(self, **changes: Any) -> Router:
        settings = Settings(
            **{
                "node": "node1", "environment": "lab", "root": self.root / "own",
                "target": Target(["a:1"], "/t"), "buffer": 64 << 20,
                "pods": str(self.root / "pods"), "audit": str(self.audit),
                **changes,
            }
        )  # fmt: skip
        self.router = Router(settings, Pods(self, "node1"), self.start, self.said.append)
        return self.router

    def get(self, path: str) -> dict[str, Any]:
        meta = {"name": "web", "namespace": "ns", "uid": "u1", "labels": {}}
        pod = {"metadata": meta, "spec": {"containers": [{"name": "app", "image": "a:1"}]}}
        return {"items": [pod] if "pods" in path else []}

    def start(self, config: Path) -> subprocess.Popen[bytes]:
        assert config.exists()
        self.started.append(subprocess.Popen(["sleep", "60"]))
        return self.started[-1]

    def write(self, *lines: str) -> None:
        with self.log.open("a") as file:
            file.writelines(f"2026-11-21T10:00:00.000000001Z stdout F {one}\n" for one in lines)

    def turn(self, seconds: float = 2.0, router: Router | None = None) -> None:
        self.now += seconds
        (router or self.router).turn(self.now)

    def deliver(self) -> None:
        """Do what rsyslog does: send everything, then give the marks back."""
        own = self.root / "own"
        for path in sorted((own / "spool").glob("out-*/*.seg")):
            for line in path.read_text().splitlines():
                stream, identity, body = line.split("\t")
                if stream == "end":
                    with (own / f"marks-{path.parent.name}").open("a") as file:
                        file.write(identity + "\n")
                else:
                    self.stored.setdefault(identity, json.loads(body))

    def messages(self) -> list[str]:
        return sorted(one["message"] for one in self.stored.values())


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    # A message that may go on is waited for by the clock of the test.
    one = Node(tmp_path)
    yield one
    one.router.close()
    for process in one.started:
        process.kill()
        process.wait()


def test_what_is_written_is_delivered_and_forgotten(node: Node) -> None:
    node.write("a", "b")
    node.audit.write_text(
        '{"auditID":"1","stage":"S","requestReceivedTimestamp":"2026-11-21T10:00:00.1Z"}\nodd\n'
    )
    for _ in range(4):
        node.turn()
        node.deliver()
    assert [one for one in node.messages() if one in "ab"] == ["a", "b"]
    audit = [one for one in node.stored.values() if one["stream"] == "audit"]
    assert {one["component"] for one in audit} == {"kube-apiserver"}
    assert any(one["@timestamp"] == "2026-11-21T10:00:00.1Z" for one in audit)
    assert len(node.stored) == 4
    node.turn()
    assert node.router.counts["segments"] >= 1
    assert not list((node.root / "own/spool").glob("out-*/*"))


def test_a_killed_router_loses_nothing_and_sends_the_same(node: Node) -> None:
    written = []
    for number in range(30):
        node.write(f"{number:03d}")
        written.append(f"{number:03d}")
        node.turn(0.7)
        if number % 7 == 3:
            node.make()  # the one before is not closed: it was killed
        if number % 5 == 4:
            node.deliver()
    for _ in range(6):
        node.turn()
        node.deliver()
    assert node.messages() == written


def test_rsyslog_that_ends_is_started_again_and_gets_everything_again(node: Node) -> None:
    node.write("a")
    for _ in range(3):
        node.turn()
    assert list((node.root / "own/spool").glob("out-*/*"))
    node.started[0].kill()
    node.started[0].wait()
    node.turn()
    node.deliver()
    assert node.messages() == ["a"]
    assert len(node.started) == 2
    assert node.router.counts["rsyslog_ended"] == 1
    assert any("started again" in line for line in node.said)


def test_what_came_back_is_sent_again_after_a_while(node: Node) -> None:
    failed = {"template0": '{"message":"x"}', "template1": "logs-a-b", "template2": "1"}
    node.turn()
    path = node.root / "own/undelivered/failures-out-1.json"
    path.write_text(json.dumps(failed) + "\n")
    node.turn(0.1)
    node.turn(1.5)
    node.deliver()
    assert node.messages() == []
    node.turn(service.PAUSE_S)
    node.deliver()
    assert node.messages() == ["x"]
    node.turn()
    assert path.stat().st_size == 0
    assert node.router.counts["again"] == 1


def test_what_comes_back_while_it_is_looked_for_keeps_its_segment(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was read before may go: a machine that dies now has it nowhere else on disk."""
    node.write("a")
    for _ in range(3):
        node.turn()
    (segment,) = (node.root / "own/spool").glob("out-*/*.seg")
    collect, (line, *_) = Undelivered.collect, segment.read_text().splitlines()
    stream, identity, body = line.split("\t")
    failed = {"template0": body, "template1": stream, "template2": identity}

    def late(self: Undelivered) -> Verdict:
        found = collect(self)
        if segment.exists() and not self.files[-1].exists():
            self.files[-1].write_text(json.dumps(failed) + "\n")
            with (node.root / f"own/marks-{segment.parent.name}").open("a") as file:
                file.write(segment.name + "\n")
        return found

    monkeypatch.setattr(Undelivered, "collect", late)
    node.turn()
    assert segment.exists()
    node.turn()
    assert not segment.exists()
    (again,) = (node.root / "own/spool/open").iterdir()
    assert again.read_text() == line + "\n"


def test_files_full_of_answers_are_emptied_before_more_is_sent(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.write("a")
    for _ in range(3):
        node.turn()
    monkeypatch.setattr(Undelivered, "full", lambda self: not node.router._spool.idle())
    node.write("b")
    for _ in range(4):
        node.turn()
    assert len(list((node.root / "own/spool").glob("out-*/*.seg"))) == 1
    for _ in range(3):
        node.deliver()
        node.turn()
    assert node.messages() == ["a", "b"]


def test_a_full_buffer_stops_reading_and_loses_nothing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.make(buffer=1)
    node.write("a")
    for _ in range(3):
        node.turn()
    node.write("b", "c")
    for _ in range(3):
        node.turn()
    assert node.router.counts["records"] == 1
    for _ in range(8):
        node.deliver()
        node.turn()
    assert node.messages() == ["a", "b", "c"]


def test_a_damaged_state_is_told(node: Node) -> None:
    (node.root / "own/state.json").write_text("{")
    node.make()
    assert any("damaged" in line for line in node.said)


def test_what_is_lost_and_what_fails_is_told(node: Node) -> None:
    node.router._lost("/x", 0)
    node.router._lost("/x", 7)
    assert node.router.counts["lost_bytes"] == 7
    assert any("faster than" in line for line in node.said)
    pods = node.router._pods
    assert pods is not None
    pods.failed = "no answer"
    node.turn(100)
    assert any("no answer" in line for line in node.said)


def test_journals_are_read(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(Message("2026-11-21T10:00:00Z", "journal", b"from", "c1"), Origin("hosts"))]

    def read(self: Journal) -> list[tuple[Message, Origin]]:
        self.cursor = "c1"
        return [found.pop()] if found else []

    monkeypatch.setattr(Journal, "read", read)
    node.make(pods="", audit="", journals=(str(node.root), "/not/there"))
    for _ in range(3):
        node.turn()
        node.deliver()
    assert node.messages() == ["from"]
    state = json.loads((node.root / "own/state.json").read_text())
    assert state["journals"] == {str(node.root): "c1"}


def test_the_program_ends_when_it_is_told_to(
    node: Node, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"node": "gateway1", "environment": "lab", "root": str(node.root / "main")}
    target = {"addresses": ["a:1"], "tls": "/t"}
    settings = node.root / "settings.json"
    settings.write_text(json.dumps({**own, "target": target}))
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(service, "run_rsyslog", node.start)
    threading.Timer(0.5, lambda: handlers[signal.SIGTERM](signal.SIGTERM, None)).start()
    assert service.main(["", str(settings)]) == 0
    assert node.started[-1].poll() is not None
    assert '"waiting_bytes": 0' in capsys.readouterr().out
    assert time.time() - (node.root / "main/alive").stat().st_mtime < 60


def test_rsyslog_is_started_with_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "rsyslogd"
    program.write_text(f'#!/bin/sh\nprintf "%s " "$@" > {tmp_path}/asked\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "rsyslog.pid").write_text("1")
    assert service.run_rsyslog(tmp_path / "rsyslog.conf").wait() == 0
    expected = f"-n -f {tmp_path}/rsyslog.conf -i {tmp_path}/rsyslog.pid "
    assert (tmp_path / "asked").read_text() == expected


def test_only_one_works_in_a_directory(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with service.alone(tmp_path / "own"):
            entered.set()

    with service.alone(tmp_path / "own"):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(30)
    thread.join()
