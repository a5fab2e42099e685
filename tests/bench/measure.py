# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook and measures what it costs the controller."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.site import RECAP, ROOT

HERE = Path(__file__).parent
PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes:
        wall: seconds from start to end.
        cpu: CPU seconds on the controller; those of every process that ended in the run.
        memory: the most that all processes of the run held at a time, in MiB; what they share
            counts once.
        tasks: tasks of each host, skipped ones included.
        calls: how often ``ssh`` was started for a host, by its address.
        moments: seconds from the start to the end of the tasks of each play, by the play's name.
        seconds: from a task's start to its last result, by its name; of several the last.
        showing: CPU seconds of the callback that shows the run.
        changed: hosts with changes.
        hosts: number of hosts.
    """

    wall: float
    cpu: float
    memory: float
    tasks: Mapping[str, int]
    calls: Mapping[str, int]
    moments: Mapping[str, float]
    seconds: Mapping[str, float]
    showing: float
    changed: Mapping[str, int]
    hosts: int


class MemoryWatch:
    """Looks three times a second what a process and its descendants hold."""

    def __init__(self, pid: int) -> None:
        self.most = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """End and return the most that was seen, in MiB."""
        self._done.set()
        self._thread.join()
        return self.most

    def _watch(self) -> None:
        while not self._done.wait(0.3):
            held = sum(map(_proportional, _family(self._pid)))
            self.most = max(self.most, held / 1024)


def _family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def _proportional(pid: int) -> int:
    """Return a process' memory in KiB, of what it shares its part; 0 when it is gone."""
    try:
        match = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_bytes())
    except OSError:
        return 0
    return int(match[1]) if match else 0


def run(command: Sequence[str], ssh: Path, environment: Mapping[str, str]) -> Measured:
    """Run a playbook and measure it; its output is shown.

    Args:
        command: the command line.
        ssh: what to start as ``ssh``; it notes each call in the file LANDFALL_CALLS.
        environment: variables for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        counts, calls = Path(folder, "counts.json"), Path(folder, "calls")
        variables = {**os.environ, **environment, **_variables(ssh, counts, calls)}
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        with subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as process:
            watch = MemoryWatch(process.pid)
            output = _shown(process)
            code = process.wait()
        wall, memory = time.monotonic() - begin, watch.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if code:
            raise SystemExit(f"{' '.join(command)} ended with {code}")
        found = json.loads(counts.read_text(encoding="utf-8"))
        asked = calls.read_text(encoding="utf-8").split() if calls.exists() else []
    changed = {match[1]: int(match[3]) for match in RECAP.finditer(output) if int(match[3])}
    return Measured(
        wall,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        memory,
        found["tasks"],
        Counter(asked),
        found["moments"],
        found["seconds"],
        found["showing"],
        changed,
        len(RECAP.findall(output)),
    )


def _variables(ssh: Path, counts: Path, calls: Path) -> dict[str, str]:
    """Return what lets a run note its tasks and calls in files."""
    return {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_SSH_EXECUTABLE": str(ssh),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "task_counts",
        "LANDFALL_TASK_COUNTS": str(counts),
        "LANDFALL_CALLS": str(calls),
    }


def _shown(process: subprocess.Popen[bytes]) -> str:
    lines = []
    assert process.stdout
    for line in process.stdout:
        text = line.decode(errors="replace")
        # Of many hosts, lines for each are more than one reads.
        if not text.startswith("ok: ") and not RECAP.match(text):
            print(text, end="", flush=True)
        lines.append(text)
    return "".join(lines)
