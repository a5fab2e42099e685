# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the journal through journalctl, which reads the journals of all versions of systemd."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Optional

from .record import PRIORITIES, Message, Origin

# What is read at once, and how far back a new site begins.
TURN = 256 << 10
SINCE = "-1h"
# A program that ended is started again after this time.
AGAIN_S = 5.0
_FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER"
# The proxies of the gateways.
_HAPROXY = ("haproxy.service", "landfall-balancer-tcp.service")
# A record about records would make another one.
_OWN = "landfall-log-router.service"


def command(folder: Path, units: Sequence[str], cursor: str) -> list[str]:
    """Return the arguments that follow a journal from where it was read to."""
    begin = [f"--after-cursor={cursor}"] if cursor else [f"--since={SINCE}"]
    wanted = [f"--unit={unit}" for unit in units]
    # Without "merge" only this start of the machine is followed, and a container knows of none.
    how = ["--follow", "--merge", "--lines=all", "--quiet", "--all", "--output=json"]
    return [
        "journalctl",
        f"--directory={folder}",
        *how,
        f"--output-fields={_FIELDS}",
        *begin,
        *wanted,
    ]


def message_of(entry: Mapping[str, Any]) -> tuple[Message, Origin]:
    """Return what an entry of the journal says, and where it comes from.

    Raises:
        KeyError, ValueError: it is no entry.
    """
    micros = int(entry["__REALTIME_TIMESTAMP"])
    when = datetime.datetime.fromtimestamp(micros // 1_000_000, datetime.timezone.utc)
    time = f"{when:%Y-%m-%dT%H:%M:%S}.{micros % 1_000_000:06d}000Z"
    unit = str(entry.get("_SYSTEMD_UNIT") or entry.get("UNIT") or "")
    name = str(entry.get("SYSLOG_IDENTIFIER") or "")
    stream = "haproxy" if unit in _HAPROXY else "journal"
    priority = str(entry.get("PRIORITY", ""))
    level = PRIORITIES[int(priority)] if priority in tuple("01234567") else ""
    component = unit.rpartition(".")[0] or name
    message = Message(time, stream, _content(entry.get("MESSAGE")), entry["__CURSOR"], False, level)
    return message, Origin("hosts", component, unit=unit)


def _content(value: object) -> bytes:
    if isinstance(value, list):  # bytes that are no text
        return bytes(int(one) & 255 for one in value)
    return b"" if value is None else str(value).encode("utf-8", "replace")


class Journal:
    """A journal that is followed.

    Args:
        folder: where it is.
        units: those alone, or all when there are none.
        cursor: up to where it was read.
        clock: tells seconds.
    """

    def __init__(
        self,
        folder: Path,
        units: Sequence[str],
        cursor: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._units = units
        self.cursor = cursor
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._rest = b""
        self._clock = clock
        self._again = 0.0

    def read(self) -> list[tuple[Message, Origin]]:
        """Return what is new; a program that ended is started anew."""
        if self._process is None and self._clock() < self._again:
            return []
        output = self._running()
        data = b""
        while len(data) < TURN:
            try:
                chunk = os.read(output, 1 << 16)
            except BlockingIOError:
                break
            if not chunk:
                self.close()
                break
            data += chunk
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        return [one for line in lines for one in self._entry(line)]

    def runs(self) -> bool:
        """Tell whether the program is there."""
        return self._process is not None

    def close(self) -> None:
        """End the program."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
        self._process = None

    def _running(self) -> int:
        if self._process is None:
            self._rest = b""
            self._again = self._clock() + AGAIN_S
            self._process = subprocess.Popen(
                command(self._folder, self._units, self.cursor),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
            )
            os.set_blocking(self._stdout(), False)
        return self._stdout()

    def _stdout(self) -> int:
        if self._process is None or self._process.stdout is None:
            raise RuntimeError("journalctl has no output")
        return self._process.stdout.fileno()

    def _entry(self, line: bytes) -> list[tuple[Message, Origin]]:
        try:
            found = message_of(json.loads(line))
        except (KeyError, ValueError, TypeError):
            return []
        self.cursor = found[0].key
        return [] if found[1].unit == _OWN else [found]
