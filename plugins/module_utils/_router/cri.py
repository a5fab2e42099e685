# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins what a container wrote in one go: partial lines of the runtime, and stack traces."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, Optional, Protocol

# A message is cut at this size, in bytes.
LIMIT = 1 << 20
MOST_LINES = 2000
# So many seconds after its last line a message counts as whole.
IDLE_S = 1.0

_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$")
_CONTINUED = re.compile(
    rb"[ \t]+\S|Caused by: |Suppressed: |\.\.\. \d+ more|at \S+\(|#\d+ |[}\])][,;]?\s*$"
)
_PYTHON = b"Traceback (most recent call last):"
_TROUBLE = re.compile(rb"(?i)exception|error")
_PYTHON_LINKS = (b"During handling of the above", b"The above exception was the direct")
_GO_BEGIN = re.compile(rb"panic: |fatal error: |goroutine \d+ \[")
_GO_INSIDE = re.compile(rb"goroutine \d+ \[|\S+\(.*\)$|created by |exit status |\[signal |$")


class Joined(NamedTuple):
    """A whole message: its bytes, when it began, and where it stood in its file."""

    time: str
    stream: str
    text: bytes
    start: int
    end: int
    cut: bool


class Parser(Protocol):
    """Makes messages of a file's lines."""

    def feed(self, line: bytes, start: int, end: int, now: float) -> list[Joined]:
        """Take a line that stands at ``start`` to ``end``; return what is whole now."""
        ...

    def flush(self, now: float, idle: float = IDLE_S) -> list[Joined]:
        """Return what has been waited for longer than ``idle`` seconds."""
        ...

    def pending(self) -> Optional[int]:
        """Return where the first message stands that is not whole."""
        ...


@dataclass
class _Open:
    """A message that may go on."""

    time: str
    start: int
    end: int = 0
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    cut: bool = False
    # The runtime has broken the last line; the next one belongs to it.
    partial: bool = False
    kind: str = ""
    touched: float = 0.0

    def add(self, text: bytes, glued: bool) -> None:
        """Add a line, or the rest of the last one."""
        room = LIMIT - self.size
        if len(text) > room:
            self.cut = True
            text = text[:room]
        self.size += len(text)
        if glued and self.lines:
            self.lines[-1] += text
        else:
            self.lines.append(text)

    def continued_by(self, text: bytes) -> bool:
        """Tell whether a line belongs to the same stack trace."""
        if len(self.lines) >= MOST_LINES or self.cut:
            return False
        last = self.lines[-1]
        if self.kind == "python":
            return _in_traceback(last, text)
        if self.kind == "go" and _GO_INSIDE.match(text):
            return True
        if text.startswith(_PYTHON):
            # What was logged just before is what the trace is about, when it says "exception".
            return _TROUBLE.search(last) is not None
        return _CONTINUED.match(text) is not None

    def kind_of(self, text: bytes) -> None:
        """Note what kind of trace a line begins."""
        if text.startswith(_PYTHON):
            self.kind = "python"
        elif not self.kind and _GO_BEGIN.match(text):
            self.kind = "go"


def _in_traceback(last: bytes, text: bytes) -> bool:
    """Tell whether a line belongs to a Python trace: its last line stands at the margin."""
    if text[:1] in (b" ", b"\t") or text.startswith((_PYTHON, *_PYTHON_LINKS)):
        return True
    if not text:
        return last[:1] not in (b" ", b"\t")
    # The exception itself follows the indented lines; nothing follows it.
    return last[:1] in (b" ", b"\t")


class Cri:
    """The format of the container runtimes: time, stream, ``P`` or ``F``, and the text.

    https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
    """

    def __init__(self) -> None:
        self._open: dict[bytes, _Open] = {}

    def feed(self, line: bytes, start: int, end: int, now: float) -> list[Joined]:
        """Take a line; see :class:`Parser`."""
        parts = line.split(b" ", 3)
        if len(parts) < 3 or parts[1] not in (b"stdout", b"stderr") or not _TIME.match(parts[0]):
            # Not the runtime's: kept as it is, with no time of its own.
            return [Joined("", "stdout", line[:LIMIT], start, end, len(line) > LIMIT)]
        time, stream, flag = parts[0].decode(), parts[1], parts[2]
        text = parts[3] if len(parts) > 3 else b""
        ready: list[Joined] = []
        group = self._open.get(stream)
        glued = group is not None and group.partial
        if group is not None and not glued and not group.continued_by(text):
            ready.append(_whole(group, stream))
            group = None
        if group is None:
            group = self._open[stream] = _Open(time, start)
        group.add(text, glued)
        if not glued:
            group.kind_of(text)
        group.partial = flag[:1] == b"P"
        group.end, group.touched = end, now
        return ready

    def flush(self, now: float, idle: float = IDLE_S) -> list[Joined]:
        """Return what is old enough; see :class:`Parser`."""
        # The rest of a broken line may take its time, but not for ever.
        due = [
            stream
            for stream, group in self._open.items()
            if now - group.touched >= (10 * idle if group.partial else idle)
        ]
        return [_whole(self._open.pop(stream), stream) for stream in due]

    def pending(self) -> Optional[int]:
        """Return where the first message stands that is not whole."""
        return min((group.start for group in self._open.values()), default=None)


class Lines:
    """A file with one message a line, such as the API server's audit log."""

    def __init__(self, stream: str) -> None:
        self._stream = stream

    def feed(self, line: bytes, start: int, end: int, now: float) -> list[Joined]:  # noqa: ARG002
        """Take a line; see :class:`Parser`."""
        return [Joined("", self._stream, line[:LIMIT], start, end, len(line) > LIMIT)]

    def flush(self, now: float, idle: float = IDLE_S) -> list[Joined]:  # noqa: ARG002
        """Return nothing: every line is whole."""
        return []

    def pending(self) -> Optional[int]:
        """Return nothing: every line is whole."""
        return None


def _whole(group: _Open, stream: bytes) -> Joined:
    text = b"\n".join(group.lines)
    return Joined(group.time, stream.decode(), text, group.start, group.end, group.cut)
