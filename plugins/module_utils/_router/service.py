# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router of a host: reads, makes records, has rsyslog deliver them, and forgets what is stored.

What was read is noted only when its records are on disk, and a record leaves the disk only when
rsyslog has passed its segment. So a process, or a machine, may die at any point: something is sent
twice then, and the store refuses what it has, by its identity.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Optional

from .cluster import pods_of
from .cri import Cri, Joined, Lines
from .files import Files, Tail, containers, place, single
from .journal import Journal
from .pods import Pods
from .record import Encoder, Message, Origin, Record
from .rejected import Undelivered
from .rsyslog import marks, render
from .settings import Settings
from .spool import Spool

# Between two turns when there is nothing to do, and when there is.
REST_S = 0.2
LOOK_S = 1.0
NOTE_S = 0.5
TELL_S = 60.0
# What came back is delivered again after this time, twice as much each time up to a minute.
PAUSE_S, MOST_PAUSE_S = 2.0, 60.0

Log = Callable[[str], None]
Start = Callable[[Path], "subprocess.Popen[bytes]"]


class Router:
    """The router of a host; :meth:`turn` does a bit of everything.

    Args:
        settings: of the router.
        pods: what is known about pods; None outside of the cluster.
        start: starts rsyslog with a configuration.
        log: takes a line for a person.
    """

    def __init__(self, settings: Settings, pods: Optional[Pods], start: Start, log: Log) -> None:
        self._settings = settings
        self._pods = pods
        self._start = start
        self._log = log
        self._root = settings.root
        self._encoder = Encoder(settings.node, settings.environment, settings.masked)
        self._spool = Spool(self._root / "spool", settings.buffer)
        self._undelivered = Undelivered(self._root / "undelivered")
        self._state_path = self._root / "state.json"
        state = self._read_state()
        lost = self._lost
        self._logs = Files(containers(Path(settings.pods), Cri), state["files"], lost)
        self._audit = Files(_audit(settings.audit), state["files"], lost)
        self._journals = {
            folder: Journal(Path(folder), settings.units, state["journals"].get(folder, ""))
            for folder in settings.journals
            if Path(folder).is_dir()
        }
        self.counts: Counter[str] = Counter()
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._noted, self._noted_at = "", -NOTE_S
        self._marked: dict[Path, int] = {}
        self._looked = self._told = -TELL_S
        self._paused_until = self._pause = 0.0

    def turn(self, now: float) -> bool:
        """Do what is to be done; return whether anything was read."""
        if now - self._looked >= LOOK_S:
            self._looked = now
            if self._settings.pods:
                self._logs.look(now)
            if self._settings.audit:
                self._audit.look(now)
        self._deliver(now)
        before = self.counts["records"]
        if not self._spool.full():
            self._spool.append(self._counted(self._read(now)), now)
            self._note(now)
        self._tell(now)
        return self.counts["records"] > before

    def close(self) -> None:
        """End: rsyslog at once, as what it holds is on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for journal in self._journals.values():
            journal.close()
        self._spool.close()
        self._note(self._noted_at + NOTE_S)

    def _read(self, now: float) -> Iterator[Record]:
        for tail in self._logs.each():
            origin = self._pods.origin(place(tail.path), now) if self._pods else None
            if origin is not None:
                for one in tail.read(now):
                    yield self._encoder.record(_message(tail, one), origin)
        for tail in self._audit.each():
            for one in tail.read(now):
                yield self._encoder.record(_audited(tail, one), Origin("hosts", "kube-apiserver"))
        for journal in self._journals.values():
            for message, origin in journal.read():
                yield self._encoder.record(message, origin)

    def _counted(self, records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            self.counts["records"] += 1
            yield record

    def _deliver(self, now: float) -> None:
        """Let rsyslog work, take what it could not deliver, and forget what is stored."""
        if self._process is None or self._process.poll() is not None:
            self._run(now)
        # First: what was written before these marks is read below, before their segments go.
        answered = self._marks()
        found = self._undelivered.collect()
        if found.again:
            self._spool.append(found.again, now)
            self._spool.sync()
            self._pause = min(2 * self._pause or PAUSE_S, MOST_PAUSE_S)
            self._paused_until = now + self._pause
        elif self._spool.idle() and now >= self._paused_until:
            self._pause = 0.0
        self.counts["again"] += len(found.again)
        self.counts["aside"] += len(found.aside)
        self.counts["twice"] += found.twice
        self.counts["segments"] += self._spool.stored(answered)
        if self._spool.idle():
            self._undelivered.forget()
        if now >= self._paused_until and not self._undelivered.full():
            self._spool.publish(now)

    def _run(self, now: float) -> None:
        """Start rsyslog with nothing remembered: all that is there is sent again."""
        if self._process is not None:
            self._log(f"rsyslog ended with {self._process.returncode}; it is started again")
            self.counts["rsyslog_ended"] += 1
        self._spool.again()
        self._spool.append(self._undelivered.collect().again, now)
        self._spool.sync()
        shutil.rmtree(self._root / "work", ignore_errors=True)
        (self._root / "work").mkdir()
        for path in marks(self._root):
            path.write_bytes(b"")
        config = self._root / "rsyslog.conf"
        config.write_text(render(self._root, self._settings.target), encoding="utf-8")
        self._marked = dict.fromkeys(marks(self._root), 0)
        self._process = self._start(config)

    def _marks(self) -> list[str]:
        """Return the names of segments whose marks came back since the last time."""
        found: list[str] = []
        for path, known in self._marked.items():
            with path.open("rb") as file:
                file.seek(known)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._marked[path] = known + len(whole)
            found += whole.decode("ascii", "replace").split()
        return found

    def _note(self, now: float) -> None:
        """Remember how far everything was read, when that is on disk as records."""
        if now - self._noted_at < NOTE_S:
            return
        self._noted_at = now
        files = {**self._logs.positions(), **self._audit.positions()}
        journals = {folder: one.cursor for folder, one in self._journals.items()}
        state = json.dumps({"files": files, "journals": journals})
        if state == self._noted:
            return
        self._spool.sync()
        new = self._state_path.with_suffix(".new")
        new.write_text(state, encoding="utf-8")
        new.rename(self._state_path)
        self._noted = state

    def _read_state(self) -> dict[str, Any]:
        empty: dict[str, Any] = {"files": {}, "journals": {}}
        if not self._state_path.exists():
            return empty
        try:
            return {**empty, **json.loads(self._state_path.read_text(encoding="utf-8"))}
        except ValueError:
            self._log(f"{self._state_path} is damaged: everything that is there is read again")
            return empty

    def _lost(self, path: str, size: int) -> None:
        if size:
            self.counts["lost_bytes"] += size
            self._log(f"{size} bytes of {path} were written faster than they could be read")

    def _tell(self, now: float) -> None:
        if now - self._told < TELL_S:
            return
        self._told = now
        waiting = self._spool.size()
        self._log(json.dumps({"waiting_bytes": waiting, **self.counts}))
        if self._pods is not None and self._pods.failed:
            self._log(f"the labels of pods cannot be read: {self._pods.failed}")


def _audit(path: str) -> Any:
    return single(Path(path), lambda: Lines("audit"))


def _message(tail: Tail, one: Joined) -> Message:
    key = f"{tail.path}:{one.start}-{one.end}"
    return Message(one.time, one.stream, one.text, key, one.cut)


def _audited(tail: Tail, one: Joined) -> Message:
    try:
        found = json.loads(one.text)
        time, identity = str(found["requestReceivedTimestamp"]), str(found["auditID"])
        key = f"{identity}:{found.get('stage', '')}"
    except (ValueError, KeyError, TypeError):
        time, key = "", f"{tail.path}:{tail.inode}:{one.start}-{one.end}"
    return Message(time, "audit", one.text, key, one.cut)


def run_rsyslog(config: Path) -> subprocess.Popen[bytes]:
    """Start rsyslog in the foreground with a configuration."""
    pid = config.with_suffix(".pid")
    pid.unlink(missing_ok=True)
    return subprocess.Popen(["rsyslogd", "-n", "-f", str(config), "-i", str(pid)])


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Be the only one that works in a directory; another one is waited for.

    A pod that is killed may live a little longer than the one in its place waits.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(argv: list[str]) -> int:
    """Run until it is told to end."""
    settings = Settings.read(Path(argv[1]), os.environ)
    with alone(settings.root):
        return run(settings)


def run(settings: Settings) -> int:
    """Run in a directory that nobody else works in."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    signal.signal(signal.SIGINT, lambda number, _: ended.append(number))

    def log(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    pods = pods_of(settings.node, os.environ) if settings.pods else None
    router = Router(settings, pods, run_rsyslog, log)
    alive = settings.root / "alive"
    try:
        while not ended:
            busy = router.turn(time.monotonic())
            alive.touch()
            if not busy:
                time.sleep(REST_S)
    finally:
        router.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
