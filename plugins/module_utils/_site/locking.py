# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock's record in its file on the operator host; standard library only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Optional

from . import lock
from .store import SharedFile


def exchange(
    path: str,
    request: lock.Request,
    wanted: bool,
    *,
    write: bool = True,
    clock: Callable[[], float] = time.time,
) -> lock.Decision:
    """Take or give back the lock while nobody else does.

    Args:
        path: the file of the lock.
        request: who asks, and for what.
        wanted: the lock is wanted; else it is given back.
        write: the file is changed; else the decision alone is returned.
        clock: returns seconds since the epoch.
    """
    file = SharedFile(path)

    def decide(text: str) -> lock.Decision:
        present = lock.parse(text, path)
        if wanted:
            return lock.acquire(present, request, clock())
        return lock.release(present, request)

    if not write:
        return decide(file.read())
    decisions: list[lock.Decision] = []

    def change(text: str) -> Optional[str]:
        decision = decide(text)
        decisions.append(decision)
        return None if decision.verdict == lock.HELD else lock.dump(decision.record)

    file.exchange(change)
    return decisions[0]
