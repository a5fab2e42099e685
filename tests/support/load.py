# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady load of requests, and how many of them failed."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

THREADS = 4
PAUSE_S = 0.1
MOST = 100_000
"""Requests after which a load ends by itself."""

Question = Callable[[], requests.Response]


@dataclass
class Load:
    """What a load has seen so far.

    Attributes:
        sent: number of requests.
        failures: what was wrong with those that failed.
    """

    sent: int = 0
    failures: list[str] = field(default_factory=list)

    def ask(self, question: Question) -> None:
        """Send one request; every answer but a success is a failure."""
        self.sent += 1
        try:
            answer = question()
        except requests.RequestException as error:
            self.failures.append(f"{time.strftime('%X')} {error}")
            return
        if answer.status_code != 200:
            self.failures.append(f"{time.strftime('%X')} {answer.url}: {answer.status_code}")


@contextmanager
def steady(questions: Sequence[Question], pause_s: float = PAUSE_S) -> Iterator[Load]:
    """Send requests from several threads for the time of the block, one question after another.

    Args:
        questions: each sends one request.
        pause_s: seconds that a thread waits between two of them.
    """
    load, over = Load(), threading.Event()

    def work(number: int) -> None:
        for question in itertools.islice(itertools.cycle(questions), number, None):
            if over.is_set() or load.sent >= MOST:
                return
            load.ask(question)
            time.sleep(pause_s)

    with ThreadPoolExecutor(THREADS) as threads:
        working = [threads.submit(work, number) for number in range(THREADS)]
        try:
            yield load
        finally:
            over.set()
        for one in working:
            one.result()
