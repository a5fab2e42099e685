# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of runs: one file of events for each, a JSON object a line, kept beside the site's cache.

The first line says what was run, the last one how it ended; a run that was killed has no last line.
Nothing of a result is written but what it says that it changed, and errors; a task with ``no_log``
says neither.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional, TextIO

from .estimate import Earlier

FOLDER = "runs"
FORMAT = 1
# Of each playbook.
KEPT = 10
ESTIMATED_FROM = 5
# The last line of a record has a line for each step; more is no record of ours.
_LAST_LINE = 4 * 1024 * 1024


class Record:
    """Writes the events of one run. What cannot be written is left out: a run never ends for it.

    Args:
        header: the first event.
    """

    def __init__(self, header: Mapping[str, Any]) -> None:
        self.path: Optional[Path] = None
        self._stream: Optional[TextIO] = None
        self._waiting: list[Mapping[str, Any]] = []
        self.write({"event": "run", "format": FORMAT, **header})

    def open(self, state: Path, name: str) -> None:
        """Begin the file, with what was written so far.

        Args:
            state: directory of the controller's cache for the site.
            name: the file's name without its ending; it begins with the playbook's.
        """
        folder = state / FOLDER
        path = folder / f"{name}.jsonl"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return
        self.path, self._stream = path, os.fdopen(handle, "w", encoding="utf-8")
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self.write(event)

    def write(self, event: Mapping[str, Any]) -> None:
        """Write an event; it is kept for the file when there is none yet."""
        if self._stream is None:
            self._waiting.append(event)
            return
        with contextlib.suppress(OSError):
            self._stream.write(json.dumps(event, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """Let others see what was written."""
        if self._stream:
            with contextlib.suppress(OSError):
                self._stream.flush()

    def close(self) -> None:
        """End the file."""
        if self._stream:
            with contextlib.suppress(OSError):
                self._stream.close()


def prune(state: Path, playbook: str) -> None:
    """Forget the oldest records of a playbook."""
    with contextlib.suppress(OSError):
        for path in _files(state, playbook)[KEPT:]:
            path.unlink()


def earlier(state: Path, playbook: str, kind: Mapping[str, Any]) -> list[Earlier]:
    """Return the last runs of a playbook that ended well and were of the same kind.

    Args:
        state: directory of the controller's cache for the site.
        playbook: its name.
        kind: what tells kinds of runs apart (check mode, limit, tags).
    """
    found: list[Earlier] = []
    for path in _files(state, playbook):
        end = last_event(path)
        if end and end.get("ok") and end.get("kind") == dict(kind):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                found.append(Earlier.from_record(end))
        if len(found) == ESTIMATED_FROM:
            break
    return found


def _files(state: Path, playbook: str = "") -> list[Path]:
    """Return the records, of one playbook or of all, the newest first."""
    folder = state / FOLDER
    if not folder.is_dir():
        return []
    found = [path for path in folder.glob("*.jsonl") if playbook in ("", playbook_of(path))]
    return sorted(found, key=lambda path: path.stem.rpartition(".")[2], reverse=True)


def files(state: Path) -> list[Path]:
    """Return the records of all runs, the newest first."""
    return _files(state)


def playbook_of(path: Path) -> str:
    """Return the playbook of a record: its name is ``<playbook>.<time>``."""
    return path.stem.rpartition(".")[0]


def last_event(path: Path) -> Optional[dict[str, Any]]:
    """Return how a run ended, None when its record does not say it."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            length = min(stream.tell(), _LAST_LINE)
            stream.seek(-length, os.SEEK_END)
            last = stream.read(length).rstrip(b"\n").rpartition(b"\n")[2]
        event = json.loads(last)
    except (OSError, ValueError):
        return None
    return event if isinstance(event, dict) and event.get("event") == "end" else None


def events(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a record; lines that are none are left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                yield event
