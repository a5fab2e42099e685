# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from examples.publishing.tools.publishing.__main__ import main
from examples.publishing.tools.publishing.loader import Document, load, load_digest, read
from examples.publishing.tools.publishing.server import Server, ServerError, patiently

from .conftest import WordPress

NOW = datetime(2026, 5, 1, tzinfo=timezone.utc)
ONE = Document("one", "One & only", "<p>Text</p>")
TWO = Document("two", "Two", "<p>More</p>")


def test_documents_are_added_changed_and_left(site: Server, wordpress: WordPress) -> None:
    assert load(site, [ONE, TWO]) == {"added": 2, "changed": 0, "unchanged": 0}
    other = Document("two", "Two", "<p>Better</p>")
    assert load(site, [ONE, other]) == {"added": 0, "changed": 1, "unchanged": 1}
    assert wordpress.posts[2]["content"]["raw"] == "<p>Better</p>"
    wordpress.posts[1]["status"] = "trash"
    assert load(site, [ONE]) == {"added": 0, "changed": 1, "unchanged": 0}


def test_the_digest_lists_posts_but_not_itself(site: Server, wordpress: WordPress) -> None:
    load(site, [ONE])
    load_digest(site, NOW)
    assert load_digest(site, NOW) == {"added": 0, "changed": 0, "unchanged": 1}
    (digest,) = [post for post in wordpress.posts.values() if post["slug"] == "digest"]
    assert digest["title"]["raw"] == "The newest posts on 01 May 2026"
    assert digest["content"]["raw"] == '<ul><li><a href="/?p=1">One &amp; only</a></li></ul>'


def test_an_empty_site_has_a_digest_too(site: Server, wordpress: WordPress) -> None:
    load_digest(site, NOW)
    assert wordpress.posts[1]["content"]["raw"] == "<p>None.</p>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "expected a list"),
        ([1], r"\[0\]: expected a mapping"),
        ([{"slug": "s", "title": "t"}], r"\[0\].content: expected a text, found None"),
        ([{"slug": "", "title": "t", "content": "c"}], r"\[0\].slug"),
    ],
)
def test_what_is_no_document(tmp_path: Path, content: object, message: str) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        read(file)


def settings(site: Server, **more: str) -> dict[str, str]:
    return {
        "WORDPRESS_INTERNAL_URL": site.url + "/",
        "LOADER_USER": "loader",
        "LOADER_PASSWORD": "secret",
        "WAIT": "0",
        **more,
    }


def test_the_program(site: Server, wordpress: WordPress, tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps([ONE.__dict__]))
    assert main(["load", str(file)], settings(site)) == 0
    assert main(["digest"], settings(site)) == 0
    assert len(wordpress.posts) == 2
    assert main(["load", str(file)], settings(site, LOADER_PASSWORD="wrong")) == 1
    assert main(["load", str(tmp_path / "none")], settings(site)) == 1
    assert main(["load", str(file)], {}) == 2
    assert main(["load"], settings(site)) == 2
    assert main(["page"], {}) == 2
    assert main([], {}) == 2


def test_a_server_that_is_not_there_yet_is_waited_for(site: Server, wordpress: WordPress) -> None:
    wordpress.failing = [503, 502]
    pauses: list[float] = []
    assert patiently(lambda: load(site, [ONE]), 60, lambda: 0.0, pauses.append)["added"] == 1
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize(("status", "asked"), [(500, 7), (403, 1)])
def test_waiting_ends(site: Server, wordpress: WordPress, status: int, asked: int) -> None:
    wordpress.failing = [status] * 100
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(ServerError) as error:
        patiently(lambda: load(site, [ONE]), 20, lambda: now[0], sleep)
    assert error.value.status == status
    assert len(wordpress.requests) == asked


def test_nobody_there() -> None:
    with pytest.raises(ServerError) as error:
        Server("http://127.0.0.1:1").request("GET", "/")
    assert error.value.passing
