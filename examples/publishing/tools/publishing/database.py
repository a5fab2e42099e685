# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads WordPress' posts from its database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pymysql

from .documents import DatabaseError, Post

_PUBLISHED = "post_status = 'publish' AND post_type IN ('post', 'page') AND post_password = ''"
_COLUMNS = "ID, post_title, post_content, post_date_gmt, post_modified_gmt"


@dataclass(frozen=True)
class Posts:
    """The posts in one database.

    Attributes:
        host, port, user, password, database: how it is reached.
        prefix: of WordPress' tables.
    """

    host: str
    port: int
    user: str
    password: str
    database: str
    prefix: str = "wp_"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Posts:
        """Read WordPress' own variables."""
        return cls(
            environ["WORDPRESS_DB_HOST"],
            int(environ.get("WORDPRESS_DB_PORT", "3306")),
            environ["WORDPRESS_DB_USER"],
            environ["WORDPRESS_DB_PASSWORD"],
            environ["WORDPRESS_DB_NAME"],
        )

    def published(self) -> frozenset[int]:
        """Return the identifiers of all posts that readers may see.

        Raises:
            DatabaseError: see there; all methods raise it.
        """
        rows = self._rows(f"SELECT ID FROM {self.prefix}posts WHERE {_PUBLISHED}", ())  # noqa: S608
        return frozenset(row[0] for row in rows)

    def changed(self, since: datetime) -> list[Post]:
        """Return the published posts that changed at or after a time, oldest change first."""
        query = (
            f"SELECT {_COLUMNS} FROM {self.prefix}posts"  # noqa: S608
            f" WHERE {_PUBLISHED} AND post_modified_gmt >= %s ORDER BY post_modified_gmt, ID"
        )
        return [_post(row) for row in self._rows(query, (since.replace(tzinfo=None),))]

    def by_id(self, numbers: Iterable[int]) -> list[Post]:
        """Return published posts by their identifiers."""
        wanted = sorted(numbers)
        if not wanted:
            return []
        marks = ", ".join(["%s"] * len(wanted))
        query = f"SELECT {_COLUMNS} FROM {self.prefix}posts WHERE {_PUBLISHED} AND ID IN ({marks})"  # noqa: S608
        return [_post(row) for row in self._rows(query, tuple(wanted))]

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with _errors(), closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def _connect(self) -> Any:
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.database,
            charset="utf8mb4",
            connect_timeout=5,
            read_timeout=30,
        )


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (pymysql.MySQLError, OSError) as error:
        raise DatabaseError(str(error)) from error


def _post(row: tuple[Any, ...]) -> Post:
    number, title, content, published, modified = row
    return Post(number, title, content, _utc(published), _utc(modified))


def _utc(value: datetime | str | None) -> datetime:
    """Return a time of the database as UTC; WordPress writes zeros where there is none."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc)
    return datetime(1970, 1, 1, tzinfo=timezone.utc)
