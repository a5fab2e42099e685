# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads documents into WordPress through its REST API: once, or on a schedule.

What is there already, by its slug, is changed only where it differs, so that a load that is
repeated ends with the same posts.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .server import Server

LOG = logging.getLogger("loader")
API = "/index.php?rest_route=/wp/v2/posts"
DIGEST = "digest"


@dataclass(frozen=True)
class Document:
    """One document to be published; ``content`` is HTML."""

    slug: str
    title: str
    content: str

    @classmethod
    def from_json(cls, raw: object, where: str) -> Document:
        """Read one document.

        Raises:
            ValueError: a field is missing or no text; ``where`` says in which one.
        """
        if not isinstance(raw, Mapping):
            raise ValueError(f"{where}: expected a mapping, found {raw!r}")  # noqa: TRY004
        fields = {name: raw.get(name) for name in ("slug", "title", "content")}
        for name, value in fields.items():
            if not isinstance(value, str) or not value:
                raise ValueError(f"{where}.{name}: expected a text, found {value!r}")
        return cls(**fields)  # type: ignore[arg-type]


def read(path: Path) -> list[Document]:
    """Read a file of documents: a JSON list.

    Raises:
        ValueError: it is none.
        OSError: it cannot be read.
    """
    raw = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(raw, list):
        raise ValueError(f"{path}: expected a list of documents")  # noqa: TRY004 (one kind)
    return [Document.from_json(one, f"{path}[{number}]") for number, one in enumerate(raw)]


def differs(document: Document, post: Mapping[str, Any]) -> bool:
    """Tell whether a post, as the API shows it to its editor, is not what a document says."""
    shown = (post["status"], post["title"]["raw"], post["content"]["raw"])
    return shown != ("publish", document.title, document.content)


def load(server: Server, documents: Iterable[Document]) -> dict[str, int]:
    """Publish documents; returns how many were added, changed and left as they were.

    Raises:
        ServerError: WordPress cannot be reached or refuses; a repetition does the rest.
    """
    count = {"added": 0, "changed": 0, "unchanged": 0}
    for document in documents:
        count[_publish(server, document)] += 1
    return count


def _publish(server: Server, document: Document) -> str:
    query = f"{API}&context=edit&status=any&slug={quote(document.slug)}"
    found = server.request("GET", query)
    body = {
        "slug": document.slug,
        "title": document.title,
        "content": document.content,
        "status": "publish",
    }
    if not found:
        server.request("POST", API, body)
        return "added"
    if not differs(document, found[0]):
        return "unchanged"
    server.request("POST", f"{API.replace('posts', 'posts/' + str(found[0]['id']))}", body)
    return "changed"


def digest(posts: Iterable[Mapping[str, Any]], now: datetime) -> Document:
    """Return the document that lists the newest posts."""
    lines = [
        f'<li><a href="/?p={post["id"]}">{escape(post["title"]["raw"])}</a></li>'
        for post in posts
        if post["slug"] != DIGEST
    ]
    title = f"The newest posts on {now:%d %B %Y}"
    return Document(DIGEST, title, "<ul>" + "".join(lines) + "</ul>" if lines else "<p>None.</p>")


def load_digest(server: Server, now: datetime) -> dict[str, int]:
    """Publish the list of the newest posts; see :func:`load`."""
    posts = server.request("GET", f"{API}&context=edit&status=publish&per_page=11")
    return load(server, [digest(posts[:11], now)])
