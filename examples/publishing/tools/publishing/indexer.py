# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows WordPress' database and keeps search equal to it.

There is exactly one. It remembers in search itself how far it came, so that it goes on there after
a restart; what it does twice has the same result. Each round it reads the posts that changed since
a minute before the cursor, because several pods with clocks of their own write the times, and
compares the identifiers, which finds what was deleted or is no longer public.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .documents import MAPPINGS, START, Changes, Cursor, DatabaseError, Post, changes
from .server import Server, ServerError

LOG = logging.getLogger("indexer")
INDEX, STATE = "posts", "indexer"
OVERLAP = timedelta(seconds=60)
# Identifiers that one request to search returns; more posts than that need pages.
LIMIT = 10_000
BATCH = 200


class Source(Protocol):
    """Where posts come from; see :class:`publishing.database.Posts`."""

    def published(self) -> frozenset[int]:
        """Return the identifiers of all posts that readers may see."""
        ...

    def changed(self, since: datetime) -> list[Post]:
        """Return the published posts that changed at or after a time."""
        ...

    def by_id(self, numbers: frozenset[int]) -> list[Post]:
        """Return published posts by their identifiers."""
        ...


@dataclass(frozen=True)
class Target:
    """The index of posts."""

    server: Server

    def prepare(self) -> None:
        """Make the indices that are missing."""
        settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
        wanted: Mapping[str, Mapping[str, Any]] = {INDEX: MAPPINGS, STATE: {"dynamic": True}}
        for name, mappings in wanted.items():
            if self.server.request("GET", f"/{name}", missing_is_none=True) is None:
                self._make(name, {"settings": settings, "mappings": mappings})

    def _make(self, name: str, body: Mapping[str, Any]) -> None:
        try:
            self.server.request("PUT", f"/{name}", body)
            LOG.info("made the index %s", name)
        except ServerError as error:
            if "resource_already_exists" not in str(error):
                raise

    def indexed(self) -> dict[int, str]:
        """Return identifier → digest of all documents."""
        self.server.request("POST", f"/{INDEX}/_refresh")
        found: dict[int, str] = {}
        after: list[Any] = []
        while True:
            query: dict[str, Any] = {"size": LIMIT, "_source": ["digest"], "sort": ["digest"]}
            query |= {"search_after": after} if after else {}
            hits = self.server.request("POST", f"/{INDEX}/_search", query)["hits"]["hits"]
            found |= {int(hit["_id"]): hit["_source"]["digest"] for hit in hits}
            if len(hits) < LIMIT:
                return found
            after = hits[-1]["sort"]

    def apply(self, wanted: Changes) -> None:
        """Do what has to be done, in requests of a limited size."""
        numbers = list(wanted.index)
        for begin in range(0, len(numbers), BATCH):
            part = {n: wanted.index[n] for n in numbers[begin : begin + BATCH]}
            self._bulk(Changes(part, frozenset()))
        if wanted.delete:
            self._bulk(Changes({}, wanted.delete))

    def _bulk(self, part: Changes) -> None:
        answer = self.server.request("POST", "/_bulk?refresh=true", part.bulk(INDEX))
        for item in answer["items"]:
            (result,) = item.values()
            if result["status"] >= 400 and not ("delete" in item and result["status"] == 404):
                raise ServerError(f"document {result['_id']}: {result}", result["status"])

    def cursor(self) -> Cursor:
        """Return how far the database was followed."""
        found = self.server.request("GET", f"/{STATE}/_doc/cursor", missing_is_none=True)
        return Cursor.from_document(found["_source"]) if found else START

    def keep(self, cursor: Cursor) -> None:
        """Remember how far the database was followed."""
        self.server.request("PUT", f"/{STATE}/_doc/cursor", cursor.to_document())


def one_round(source: Source, target: Target) -> Changes:
    """Make search equal to the database and return what was done.

    Raises:
        DatabaseError: nothing was done.
        ServerError: a part may have been done; the next round does the rest.
    """
    cursor = target.cursor()
    indexed = target.indexed()
    published = source.published()
    posts = {post.id: post for post in source.changed(cursor.modified - OVERLAP)}
    lacking = published - indexed.keys() - posts.keys()
    posts |= {post.id: post for post in source.by_id(lacking)}
    wanted = changes(posts.values(), published, indexed)
    target.apply(wanted)
    newest = max((post.modified for post in posts.values()), default=cursor.modified)
    if newest > cursor.modified:
        target.keep(Cursor(newest))
    return wanted


def follow(
    source: Source,
    target: Target,
    stop: threading.Event,
    pause: float,
    alive: Callable[[], None],
) -> None:
    """Go round until a stop is asked for; what cannot be reached is tried again.

    Args:
        source: the posts.
        target: the index.
        stop: set when the program has to end.
        pause: seconds between two rounds.
        alive: called after each round, whether it succeeded or not.
    """
    trouble, prepared = "", False
    while not stop.is_set():
        begin = time.monotonic()
        try:
            if not prepared:
                target.prepare()
                prepared = True
            done = one_round(source, target)
            if trouble:
                LOG.info("works again")
            if done:
                text = "indexed %d and deleted %d in %.2f s"
                LOG.info(text, len(done.index), len(done.delete), time.monotonic() - begin)
            trouble = ""
        except (DatabaseError, ServerError) as error:
            # An index that somebody deleted is made again.
            prepared = False
            if str(error) != trouble:
                LOG.warning("tries again: %s", error)
            trouble = str(error)
        alive()
        stop.wait(pause)
