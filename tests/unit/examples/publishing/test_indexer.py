# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from examples.publishing.tools.publishing import indexer
from examples.publishing.tools.publishing.documents import (
    START,
    Changes,
    Cursor,
    DatabaseError,
    Post,
    changes,
    document,
    plain,
)
from examples.publishing.tools.publishing.indexer import OVERLAP, Target, follow, one_round
from examples.publishing.tools.publishing.server import Server, ServerError

from .conftest import Search

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=timezone.utc)


def post(number: int, title: str = "A title", modified: datetime = NOON) -> Post:
    return Post(number, title, f"<p>Text of {number}</p>", NOON, modified)


class Site:
    """Published posts in memory; ``away`` makes it fail."""

    def __init__(self, *posts: Post) -> None:
        self.posts = {one.id: one for one in posts}
        self.away = 0
        self.asked_since: list[datetime] = []

    def published(self) -> frozenset[int]:
        if self.away:
            self.away -= 1
            raise DatabaseError("gone")
        return frozenset(self.posts)

    def changed(self, since: datetime) -> list[Post]:
        self.asked_since.append(since)
        return [one for one in self.posts.values() if one.modified >= since]

    def by_id(self, numbers: frozenset[int]) -> list[Post]:
        return [self.posts[number] for number in numbers]


@pytest.fixture
def target(search_server: Server) -> Target:
    made = Target(search_server)
    made.prepare()
    return made


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<!-- wp:paragraph --><p>One</p><p>two &amp; three</p>", "One two & three"),
        ("a<br>b<script>alert(1)</script><style>p{}</style> c", "a b c"),
        ("<ul><li>x</li><li>y</li></ul>", "x y"),
        ("5 < 6 <b>bold</b>er", "5 < 6 bolder"),
        ("<p>open <i>ends", "open ends"),
        ("</style>after", "after"),
    ],
)
def test_readers_words(html: str, text: str) -> None:
    assert plain(html) == text


def test_a_document_knows_when_it_changed() -> None:
    first = document(post(3))
    assert first["path"] == "/?p=3"
    assert first == document(post(3))
    assert first["digest"] != document(post(3, "Another"))["digest"]


def test_what_has_to_be_done() -> None:
    one, two = post(1), post(2, "New")
    known = {1: document(one)["digest"], 2: "old", 3: "gone"}
    wanted = changes([one, two], [1, 2], known)
    assert set(wanted.index) == {2}
    assert wanted.delete == {3}
    lines = wanted.bulk("posts").splitlines()
    assert len(lines) == 3
    assert lines[2] == '{"delete": {"_index": "posts", "_id": "3"}}'
    assert not changes([one], [1], {1: known[1]})


def test_cursors_are_read_as_they_were_written() -> None:
    assert Cursor.from_document(Cursor(NOON).to_document()) == Cursor(NOON)


def test_posts_come_and_go(target: Target, search: Search) -> None:
    site = Site(post(1), post(2))
    done = one_round(site, target)
    assert set(done.index) == {1, 2}
    assert target.cursor() == Cursor(NOON)
    assert not one_round(site, target)
    assert site.asked_since == [START.modified - OVERLAP, NOON - OVERLAP]

    del site.posts[1]
    site.posts[2] = post(2, "Changed", NOON + timedelta(seconds=5))
    done = one_round(site, target)
    assert (set(done.index), done.delete) == ({2}, {1})
    assert {n: d["title"] for n, d in search.indices["posts"].items()} == {"2": "Changed"}


def test_a_restart_goes_on_at_the_cursor(target: Target, search_server: Server) -> None:
    one_round(Site(post(1)), target)
    again = Target(search_server)
    again.prepare()
    assert again.cursor() == Cursor(NOON)


def test_a_pod_with_a_slow_clock_is_not_missed(target: Target) -> None:
    site = Site(post(1))
    one_round(site, target)
    site.posts[2] = post(2, modified=NOON - timedelta(seconds=30))
    assert set(one_round(site, target).index) == {2}


def test_an_old_post_that_becomes_public_is_found(target: Target) -> None:
    site = Site(post(1))
    one_round(site, target)
    site.posts[2] = post(2, modified=NOON - timedelta(days=300))
    assert set(one_round(site, target).index) == {2}
    assert target.cursor() == Cursor(NOON)


def test_many_posts_take_several_requests(
    target: Target, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "BATCH", 2)
    monkeypatch.setattr(indexer, "LIMIT", 2)
    site = Site(*(post(number, f"Title {number}") for number in range(1, 6)))
    one_round(site, target)
    assert sum(line.startswith("POST /_bulk") for line in search.requests) == 3
    assert set(target.indexed()) == {1, 2, 3, 4, 5}


def test_a_refused_document_is_an_error(target: Target) -> None:
    with pytest.raises(ServerError, match="document 1"):
        target.apply(Changes({1: {"title": "refused"}}, frozenset()))
    target.apply(Changes({}, frozenset({7})))  # what is not there is deleted already


def test_two_that_make_the_indices_at_once(search: Search, search_server: Server) -> None:
    search.failing = [404, 400]
    with pytest.raises(ServerError):
        Target(search_server).prepare()
    Target(search_server).prepare()
    assert set(search.indices) == {"posts", "indexer"}


@pytest.mark.parametrize("trouble", ["database", "search"])
def test_it_goes_on_when_what_was_away_is_back(
    search: Search, search_server: Server, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    site, stop, rounds = Site(replace(post(1))), threading.Event(), []
    if trouble == "database":
        site.away = 2
    else:
        search.failing = [503, 503]

    def alive() -> None:
        rounds.append(1)
        if len(rounds) > 20 or search.indices.get("posts"):
            stop.set()

    follow(site, Target(search_server), stop, 0.0, alive)
    assert set(search.indices["posts"]) == {"1"}
    messages = [record.getMessage() for record in caplog.records]
    assert sum("tries again" in text for text in messages) == 1
    assert "works again" in messages
