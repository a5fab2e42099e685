# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rsyslog could not deliver: sent again, or put aside when the store will never take it.

omelasticsearch of Debian's releases looks neither at the status of HTTP nor retries a record that
the store had no room for. It writes both into files, and what becomes of them is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .record import Record
from .rsyslog import answers, failures

STORED, CONFLICT, TOO_MANY, FAILED = 200, 409, 429, 500
# Answers that say nothing about the record: whoever repairs the credentials gets it all.
_LATER = (401, 403, 404, 408, TOO_MANY)
ASIDE_LIMIT = 64 << 20
# Of all files that were read together; rsyslog writes whole requests into them.
FILE_LIMIT = 32 << 20


@dataclass
class Verdict:
    """What becomes of records: sent again, put aside with a reason, or there already."""

    again: list[Record] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)
    twice: int = 0


def verdict(line: str) -> Verdict:
    """Decide about one line of a file that rsyslog wrote.

    Raises:
        ValueError, KeyError: the line is damaged.
    """
    found = json.loads(line)
    if "template0" in found:
        # Nothing is known about why: the answer was none.
        body, index, identity = (found[f"template{number}"] for number in range(3))
        return Verdict(again=[Record(index, identity, body.encode("utf-8", "replace"))])
    pairs = list(_pairs(found["request"]["postdata"]))
    reply = found["reply"] if isinstance(found["reply"], Mapping) else {}
    items = reply.get("items")
    if not isinstance(items, list) or len(items) != len(pairs):
        status = int(reply.get("status", FAILED))
        items = [{"create": {"status": status, "error": reply.get("error")}} for _ in pairs]
    result = Verdict()
    for record, item in zip(pairs, items):
        _decide(record, next(iter(item.values())), result)
    return result


def _decide(record: Record, answer: Mapping[str, Any], result: Verdict) -> None:
    status = int(answer.get("status", FAILED))
    if STORED <= status < STORED + 100:
        return
    if status == CONFLICT:
        result.twice += 1
    elif status in _LATER or status >= FAILED:
        result.again.append(record)
    else:
        body = record.body.decode("utf-8", "replace")
        result.aside.append(
            {
                "index": record.destination,
                "status": status,
                "error": answer.get("error"),
                "record": body,
            }
        )


def _pairs(postdata: str) -> Iterator[Record]:
    """Yield the records of a bulk request: two lines each."""
    lines = postdata.split("\n")
    for action, body in zip(lines[::2], lines[1::2]):
        meta = next(iter(json.loads(action).values()))
        yield Record(meta["_index"], meta["_id"], body.encode("utf-8", "replace"))


class Undelivered:
    """The files that rsyslog writes, and the one where records are put aside.

    Args:
        root: a directory for them alone.
        limit: bytes of what is put aside; the older half goes when there is more.
    """

    def __init__(self, root: Path, limit: int = ASIDE_LIMIT) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.files = (*answers(root), *failures(root))
        self.aside = root / "aside.json"
        self._limit = limit
        self._read = dict.fromkeys(self.files, 0)

    def collect(self) -> Verdict:
        """Return what is new, with what is to be put aside written already."""
        total = Verdict()
        for path in self.files:
            for line in self._lines(path):
                try:
                    one = verdict(line)
                except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
                    one = Verdict(aside=[{"error": "not readable", "record": line[:10000]}])
                total.again += one.again
                total.aside += one.aside
                total.twice += one.twice
        if total.aside:
            self._put(total.aside)
        return total

    def full(self) -> bool:
        """Tell whether nothing more may be sent until the files can be emptied."""
        return sum(self._read.values()) >= FILE_LIMIT

    def forget(self) -> None:
        """Empty files that were read; rsyslog must have nothing to do, and records be safe."""
        for path in self.files:
            if self._read[path] and self._read[path] == path.stat().st_size:
                with path.open("r+b") as file:
                    file.truncate(0)
                self._read[path] = 0

    def _lines(self, path: Path) -> Iterator[str]:
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._read[path])
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read[path] += len(line)
                yield line.decode("utf-8", "replace")

    def _put(self, records: list[dict[str, Any]]) -> None:
        with self.aside.open("ab") as file:
            for record in records:
                file.write(json.dumps(record).encode() + b"\n")
            large = file.tell() > self._limit
        if large:
            content = self.aside.read_bytes()[-self._limit // 2 :]
            new = self.aside.with_suffix(".new")
            new.write_bytes(content[content.find(b"\n") + 1 :])
            new.rename(self.aside)
