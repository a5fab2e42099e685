# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long something did not answer: asked again and again while a test breaks things."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
import urllib3

PAUSE_S = 0.1
PATIENCE_S = 2.0
"""Seconds that one question may take; a client that waits longer asks anew, too."""


@dataclass
class Outage:
    """The longest time between two good answers, in seconds."""

    longest: float = 0.0
    answers: int = 0
    _last: float = field(default_factory=time.monotonic)

    def answered(self) -> None:
        """Note a good answer."""
        self.pause()
        self._last = time.monotonic()
        self.answers += 1

    def pause(self) -> None:
        """Note the time since the last good answer."""
        self.longest = max(self.longest, time.monotonic() - self._last)


@contextmanager
def watched(questions: Mapping[str, Callable[[], bool]]) -> Iterator[dict[str, Outage]]:
    """Ask all questions, each in a thread of its own, until the block ends.

    Args:
        questions: name to what asks once and tells whether the answer was good. What it raises
            besides the errors of a connection ends the watch with that error.
    """
    outages = {name: Outage() for name in questions}
    over = threading.Event()

    def ask(name: str) -> None:
        while not over.is_set():
            if _good(questions[name]):
                outages[name].answered()
            time.sleep(PAUSE_S)
        outages[name].pause()

    with ThreadPoolExecutor(len(questions)) as threads:
        asked = [threads.submit(ask, name) for name in questions]
        try:
            yield outages
        finally:
            over.set()
        for one in asked:
            one.result()


def _good(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (OSError, requests.RequestException, urllib3.exceptions.HTTPError):
        return False
