# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a collection, with a server that says what a test lets it say."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._balancer.model import Node
from ansible_collections.landfall.platform.plugins.module_utils._balancer.watch import Collection
from ansible_collections.landfall.platform.plugins.module_utils._core.apiserver import ApiError
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    UnreachableError,
)

from .conftest import node

GONE = ApiError(410, "watch", "too old resource version")
LOST = UnreachableError("the API server does not answer")


class Server:
    """Answers lists and watches in order; an error is raised in its place."""

    def __init__(self, lists: list[Any], watches: list[list[Any]]) -> None:
        self.lists = lists
        self.watches = watches
        self.asked: list[str] = []

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, kind: str = ""
    ) -> dict[str, Any]:
        self.asked.append(path)
        found = self.lists.pop(0)
        if isinstance(found, Exception):
            raise found
        return {"metadata": {"resourceVersion": "10"}, "items": found}

    def watch(self, path: str, timeout: float) -> Iterator[dict[str, Any]]:
        self.asked.append(path.partition("resourceVersion=")[2])
        for event in self.watches.pop(0):
            if isinstance(event, Exception):
                raise event
            yield event


def event(kind: str, obj: dict[str, Any], version: int) -> dict[str, Any]:
    metadata = {**obj["metadata"], "resourceVersion": str(version)}
    return {"type": kind, "object": {**obj, "metadata": metadata}}


class Seen(Collection[Node]):
    """A collection of nodes that counts its changes and keeps its log."""

    def __init__(self, server: Server) -> None:
        self.changes = 0
        self.log: list[str] = []
        super().__init__(server, "/nodes", Node.from_object, self.count, self.log.append)

    def count(self) -> None:
        self.changes += 1

    @property
    def names(self) -> list[str]:
        return sorted(found.name for found in self.items() or ())


def test_events_are_followed() -> None:
    one, two = node("one"), node("two", 42)
    events = [
        event("ADDED", two, 11),
        event("BOOKMARK", {"metadata": {}}, 12),
        event("MODIFIED", node("one", 43), 13),
        event("MODIFIED", node("one", 43), 14),
        event("DELETED", two, 15),
    ]
    server = Server([[one]], [events, []])
    seen = Seen(server)
    assert seen.items() is None
    seen.once()
    # what is heard but does not matter is no change
    assert (seen.names, seen.changes) == (["one"], 4)
    seen.once()
    assert server.asked == ["/nodes", "10", "15"]


def test_a_server_that_knows_too_little_is_read_anew() -> None:
    server = Server([[node("one")], [node("two")], [node("two")]], [[], [GONE], [], [GONE], []])
    seen = Seen(server)
    for _ in range(3):
        seen.once()
    assert (seen.names, seen.changes) == (["two"], 2)
    seen.once()
    seen.once()
    assert seen.changes == 2
    assert server.asked.count("/nodes") == 3


def test_another_error_is_none_of_its_business() -> None:
    seen = Seen(Server([[]], [[ApiError(403, "watch", "no")]]))
    with pytest.raises(ApiError, match="403"):
        seen.once()


def test_what_is_wrong_is_said_once() -> None:
    stop = threading.Event()
    server = Server([LOST, LOST, [node("one")]], [[]])
    seen = Seen(server)

    def end() -> None:
        seen.changes += 1
        if seen.changes == 1:
            stop.set()

    seen._changed = end
    seen.follow(stop)
    assert seen.log == ["the API server does not answer", "the API server answers again"]
    assert seen.names == ["one"]


def test_what_was_just_written_counts_unless_something_newer_came() -> None:
    seen = Seen(Server([[node("one")]], [[]]))
    seen.once()
    (before,) = seen.items() or ()
    seen.replace(before, node("one", 42))
    assert (seen.items() or ())[0].addresses == ("10.77.0.42",)
    seen.replace(before, node("one", 43))
    assert (seen.items() or ())[0].addresses == ("10.77.0.42",)
