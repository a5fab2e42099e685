# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the store for a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Optional
from urllib.parse import quote

from .._core.errors import InvalidInputError
from .units import moment

LEVELS = ("trace", "debug", "info", "notice", "warning", "error", "critical")
_SAME = {
    "warn": "warning",
    "err": "error",
    "crit": "critical",
    "fatal": "critical",
    "information": "info",
}
# The store returns no more for one request.
PAGE, MOST = 1000, 100_000
# Streams that were brought back from a snapshot begin with this and its day.
RESTORED = "logs-restored-"
_KINDS = {"@timestamp": "date_nanos", "id": "keyword"}
# Fields of a record that an equal value is asked of.
_EQUAL = {"stack": "stack", "component": "component", "environment": "environment", "host": "node"}


@dataclass(frozen=True)
class Search:
    """Which records are wanted; what is empty does not matter.

    Attributes:
        level: the least one; records without a level are then left out.
        text: words that all occur; ``"a phrase"``, ``begin*``, ``-without`` and ``this|that`` work.
        since, until: limits of time.
        limit: the newest so many.
        host: the name in the inventory.
    """

    stack: str = ""
    component: str = ""
    environment: str = ""
    host: str = ""
    level: str = ""
    text: str = ""
    since: Optional[datetime] = None
    until: Optional[datetime] = None
    limit: int = 100

    @classmethod
    def from_params(cls, params: Mapping[str, Any], now: datetime) -> Search:
        """Build it from the options of a search.

        Raises:
            InvalidInputError: an unknown level, a time that is none, a limit out of range.
        """
        since = moment(params["since"], now, "since") if params.get("since") else None
        until = moment(params["until"], now, "until") if params.get("until") else None
        if since and until and since >= until:
            raise InvalidInputError(
                "the time range is empty",
                on="since, until",
                expected="since before until",
                found=f"{since.isoformat()} and {until.isoformat()}",
            )
        texts = {name: str(params.get(name) or "").strip() for name in (*_EQUAL, "text")}
        return cls(
            **texts,
            level=_level(str(params.get("level") or "")),
            since=since,
            until=until,
            limit=_limit(params.get("limit", 100)),
        )

    @property
    def pattern(self) -> str:
        """The data streams that can have such records, those from snapshots, too."""
        own = f"{self.environment or '*'}-{self.stack or '*'}"
        # Without an environment the first one has them already.
        return f"logs-{own},{RESTORED}*-{own}" if self.environment else f"logs-{own}"

    def path(self) -> str:
        """Return where to ask; no record at all is no error."""
        options = "ignore_unavailable=true&allow_no_indices=true"
        return f"/{quote(self.pattern, safe='*,')}/_search?{options}"

    def described(self) -> str:
        """Return what is asked for, for people."""
        parts = [f"{name} {getattr(self, name)}" for name in _EQUAL if getattr(self, name)]
        parts += [f"level {self.level} or worse"] if self.level else []
        parts += [f"text {self.text}"] if self.text else []
        parts += [f"since {_shown(self.since)}"] if self.since else []
        parts += [f"until {_shown(self.until)}"] if self.until else []
        return ", ".join(parts) or "everything"


def body(
    search: Search, after: Optional[list[Any]] = None, *, oldest: bool = False
) -> dict[str, Any]:
    """Return one page's request.

    Args:
        search: which records.
        after: the place in the order that the last page ended at.
        oldest: the oldest first instead of the newest.
    """
    wanted: dict[str, Any] = {
        "size": min(search.limit, PAGE),
        "sort": [
            {name: {"order": "asc" if oldest else "desc", "unmapped_type": kind}}
            for name, kind in _KINDS.items()
        ],
        "query": {"bool": {"filter": list(_filters(search))}},
        "track_total_hits": after is None,
    }
    if after is not None:
        wanted["search_after"] = after
    return wanted


def rest(search: Search, have: int) -> Search:
    """Return the search for what is still missing."""
    return replace(search, limit=search.limit - have)


def _filters(search: Search) -> Iterator[dict[str, Any]]:
    for name, field in _EQUAL.items():
        if getattr(search, name):
            yield {"term": {field: getattr(search, name)}}
    if search.level:
        yield {"terms": {"level": list(LEVELS[LEVELS.index(search.level) :])}}
    if search.text:
        words = {"query": search.text, "fields": ["message"], "default_operator": "and"}
        yield {"simple_query_string": words}
    limits = {"gte": search.since, "lt": search.until}
    times = {name: _shown(value) for name, value in limits.items() if value}
    if times:
        yield {"range": {"@timestamp": times}}


def _shown(value: Optional[datetime]) -> str:
    """Return a time as the store reads it, with microseconds only where it has some."""
    return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z") if value else ""


def _level(text: str) -> str:
    word = text.strip().lower()
    found = _SAME.get(word, word)
    if found and found not in LEVELS:
        raise InvalidInputError("unknown level", on="level", expected=", ".join(LEVELS), found=text)
    return found


def _limit(value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if not 0 < number <= MOST:
        raise InvalidInputError(
            "not a usable limit", on="limit", expected=f"1 to {MOST}", found=str(value)
        )
    return number
