# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about a post in search, and how it comes from WordPress' own words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from html.parser import HTMLParser
from typing import Any

MAPPINGS: Mapping[str, Any] = {
    "dynamic": "strict",
    "properties": {
        "title": {"type": "text", "analyzer": "english"},
        "text": {"type": "text", "analyzer": "english"},
        "path": {"type": "keyword", "index": False},
        "published": {"type": "date"},
        "modified": {"type": "date"},
        "digest": {"type": "keyword"},
    },
}


class DatabaseError(Exception):
    """The database of the posts does not answer, or has no site in it yet."""


@dataclass(frozen=True)
class Post:
    """A published post as the database has it; times are UTC."""

    id: int
    title: str
    content: str
    published: datetime
    modified: datetime


@dataclass(frozen=True)
class Cursor:
    """How far the database was followed: the newest change that is in search."""

    modified: datetime

    def to_document(self) -> dict[str, str]:
        """Return it as it is stored."""
        return {"modified": self.modified.isoformat()}

    @classmethod
    def from_document(cls, raw: Mapping[str, Any]) -> Cursor:
        """Read what :meth:`to_document` wrote."""
        return cls(datetime.fromisoformat(raw["modified"]))


START = Cursor(datetime(1970, 1, 2, tzinfo=timezone.utc))


class _Text(HTMLParser):
    """Collects what a reader of a page sees."""

    _BREAKS = frozenset({"p", "br", "li", "div", "td", "h1", "h2", "h3", "h4", "h5", "h6"})
    _HIDDEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in self._HIDDEN
        self.parts += [" "] if tag in self._BREAKS else []

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        self.parts += [" "] if tag in self._BREAKS else []

    def handle_data(self, data: str) -> None:
        self.parts += [] if self._hidden else [data]


def plain(html: str) -> str:
    """Return the text of a piece of HTML on one line; comments (WordPress' blocks) are none."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return re.sub(r"\s+", " ", "".join(reader.parts)).strip()


def document(post: Post) -> dict[str, Any]:
    """Return the document of a post."""
    fields = {
        "title": plain(post.title),
        "text": plain(post.content),
        "path": f"/?p={post.id}",
        "published": post.published.isoformat(),
        "modified": post.modified.isoformat(),
    }
    text = json.dumps(fields, sort_keys=True)
    return {**fields, "digest": hashlib.sha256(text.encode()).hexdigest()[:16]}


@dataclass(frozen=True)
class Changes:
    """What has to be done so that search has what the database has."""

    index: Mapping[int, Mapping[str, Any]]
    delete: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.index or self.delete)

    def bulk(self, index: str) -> str:
        """Return the body of a bulk request."""
        lines: list[Any] = []
        for number, fields in self.index.items():
            lines += [{"index": {"_index": index, "_id": str(number)}}, fields]
        lines += [{"delete": {"_index": index, "_id": str(n)}} for n in sorted(self.delete)]
        return "".join(json.dumps(line) + "\n" for line in lines)


def changes(posts: Iterable[Post], published: Iterable[int], indexed: Mapping[int, str]) -> Changes:
    """Compare the database with search.

    Args:
        posts: those that changed since the cursor, or that search lacks.
        published: the identifiers of all posts that are to be found.
        indexed: identifier → digest of all documents in search.
    """
    wanted = {post.id: document(post) for post in posts}
    return Changes(
        {n: fields for n, fields in wanted.items() if indexed.get(n) != fields["digest"]},
        frozenset(indexed) - frozenset(published),
    )
