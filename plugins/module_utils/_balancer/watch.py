# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a collection of the API that is kept up to date."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from typing import Any, Callable, Generic, Optional, TypeVar

from .._core.apiserver import Api, ApiError
from .._core.errors import LandfallError

T = TypeVar("T")
# The server ends a watch after this time, and sends a bookmark every minute.
WATCH_SECONDS = 240
SILENCE_SECONDS = 130.0
RETRY_SECONDS = (0.5, 1.0, 2.0)


class Collection(Generic[T]):
    """A copy of a collection.

    Args:
        api: where it is read.
        path: of the collection, with a selector in its query.
        parse: what is kept of an object; nothing of one that does not matter.
        changed: called when something that is kept has changed.
        log: takes a line when the server is lost and when it is back.
    """

    def __init__(
        self,
        api: Api,
        path: str,
        parse: Callable[[Mapping[str, Any]], Optional[T]],
        changed: Callable[[], None],
        log: Callable[[str], None],
    ) -> None:
        self._api = api
        self._path = path + ("&" if "?" in path else "?")
        self._parse = parse
        self._changed = changed
        self._log = log
        self._lock = threading.Lock()
        self._items: Optional[dict[str, T]] = None
        self._version = ""
        self._trouble = ""

    def items(self) -> Optional[tuple[T, ...]]:
        """Return what is known; None as long as nothing was read at all."""
        with self._lock:
            return None if self._items is None else tuple(self._items.values())

    def replace(self, before: T, obj: Mapping[str, Any]) -> None:
        """Note an object as this program has just written it, unless a newer one has come."""
        uid, after = obj["metadata"]["uid"], self._parse(obj)
        with self._lock:
            if self._items is not None and self._items.get(uid) == before and after is not None:
                self._items[uid] = after

    def follow(self, stop: threading.Event) -> None:
        """Read and follow the collection until told to stop; a silent server is waited for."""
        failures = 0
        while not stop.is_set():
            try:
                self.once()
                failures = 0
            except LandfallError as error:  # noqa: PERF203 (each round may fail)
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    self._log(self._trouble)
                stop.wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1

    def once(self) -> None:
        """Read the collection unless that was done, then follow it until the server ends that.

        Raises:
            LandfallError: the server does not answer, or refuses.
        """
        if not self._version:
            self._read()
        query = f"watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}"
        try:
            for event in self._api.watch(
                f"{self._path}{query}&resourceVersion={self._version}", SILENCE_SECONDS
            ):
                self._recovered()
                self._take(event)
        except ApiError as error:
            if error.status != http.client.GONE:
                raise
            # What has changed in the meantime is not known to the server any more.
            self._version = ""

    def _read(self) -> None:
        found = self._api.call("GET", self._path.rstrip("?&"))
        self._recovered()
        items: dict[str, T] = {}
        for obj in found.get("items") or ():
            kept = self._parse(obj)
            if kept is not None:
                items[obj["metadata"]["uid"]] = kept
        with self._lock:
            different = items != self._items
            self._items = items
        self._version = found["metadata"]["resourceVersion"]
        if different:
            self._changed()

    def _take(self, event: Mapping[str, Any]) -> None:
        obj = event["object"]
        self._version = obj["metadata"]["resourceVersion"]
        if event["type"] == "BOOKMARK":
            return
        kept = None if event["type"] == "DELETED" else self._parse(obj)
        uid = obj["metadata"]["uid"]
        with self._lock:
            items = self._items if self._items is not None else {}
            different = items.get(uid) != kept
            if kept is None:
                items.pop(uid, None)
            else:
                items[uid] = kept
        if different:
            self._changed()

    def _recovered(self) -> None:
        if self._trouble:
            self._trouble = ""
            self._log("the API server answers again")
