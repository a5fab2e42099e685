# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may work on a site: one run at a time, said in a record that the operator host keeps.

A run takes the lock, renews it in each part of its playbook and gives it back at the end. A lock
whose run has ended without giving it back is taken over: at once when the same controller can see
that the process is gone, after its expiry otherwise. All times are those of the operator host.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Optional

from .._core.errors import InvalidInputError

ACQUIRED, RENEWED, TAKEN_OVER, HELD = "acquired", "renewed", "taken_over", "held"
RELEASED, FREE = "released", "free"


@dataclass(frozen=True)
class Holder:
    """The process that runs Ansible, told apart from all others on all machines.

    Attributes:
        user: who started it.
        host: the controller's host name.
        machine_id: of the controller; empty where there is none.
        boot_id: of the controller's kernel; changes when it restarts.
        namespace: of process ids; two containers on one kernel have different ones.
        pid: of the process.
        started: when it started, in the kernel's own unit; tells re-used ids apart.
    """

    user: str
    host: str
    machine_id: str = ""
    boot_id: str = ""
    namespace: str = ""
    pid: int = 0
    started: str = ""

    @property
    def run_id(self) -> str:
        """One name for the run; the same in all its tasks."""
        return f"{self.host}-{self.boot_id[:8]}-{self.pid}-{self.started}"

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Holder:
        """Build it from plain data; unknown keys are left out."""
        names = {"user", "host", "machine_id", "boot_id", "namespace", "started"}
        texts = {name: str(params.get(name) or "") for name in names}
        return cls(pid=int(params.get("pid") or 0), **texts)


@dataclass(frozen=True)
class Record:
    """What the lock's file says; ``since`` and ``expires`` are seconds since the epoch."""

    holder: Holder
    purpose: str
    since: float
    expires: float


@dataclass(frozen=True)
class Request:
    """What a run asks for.

    Attributes:
        holder: the run.
        purpose: what it does, for the people who wait.
        lifetime: seconds for which the lock is valid without being renewed.
        take_over: the run id of a holder that is known to have ended or shall be ignored.
    """

    holder: Holder
    purpose: str = ""
    lifetime: float = 3600.0
    take_over: str = ""


@dataclass(frozen=True)
class Decision:
    """The answer to a request.

    Attributes:
        verdict: acquired, renewed, taken_over, held, released or free.
        record: what the file says afterwards; nothing when there is none.
        previous: whose lock was taken over.
    """

    verdict: str
    record: Optional[Record] = None
    previous: Optional[Record] = None


def acquire(present: Optional[Record], request: Request, now: float) -> Decision:
    """Return whether a run gets the lock."""
    expires = now + request.lifetime
    mine = Record(request.holder, request.purpose, now, expires)
    if present is None:
        return Decision(ACQUIRED, mine)
    if present.holder.run_id == request.holder.run_id:
        return Decision(RENEWED, replace(present, expires=expires))
    if present.expires <= now or present.holder.run_id == request.take_over:
        return Decision(TAKEN_OVER, mine, present)
    return Decision(HELD, present)


def release(present: Optional[Record], request: Request) -> Decision:
    """Return what is left when a run gives the lock back; another's lock stays."""
    if present is None:
        return Decision(FREE)
    if present.holder.run_id == request.holder.run_id:
        return Decision(RELEASED, None, present)
    return Decision(HELD, present)


def ended(holder: Holder, observer: Holder, started: Callable[[int], str]) -> str:
    """Return why a holder is certainly gone, as seen by another run; empty when it may be alive.

    Args:
        holder: the run that holds the lock.
        observer: the run that looks.
        started: returns when a process of the observer's machine started, empty if there is none.
    """
    same_kernel = holder.boot_id and holder.boot_id == observer.boot_id
    if same_kernel and holder.namespace == observer.namespace:
        if holder.pid and started(holder.pid) != holder.started:
            return f"its process {holder.pid} has ended"
        return ""
    same_machine = holder.machine_id and holder.machine_id == observer.machine_id
    if same_machine and holder.host == observer.host and holder.boot_id and not same_kernel:
        return "its machine has restarted since"
    return ""


def parse(text: str, on: str) -> Optional[Record]:
    """Return the record in a lock's file; nothing for an empty text.

    Raises:
        InvalidInputError: the file is damaged.
    """
    if not text:
        return None
    try:
        data = json.loads(text)
        return Record(
            Holder.from_params(data["holder"]),
            str(data["purpose"]),
            float(data["since"]),
            float(data["expires"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError(
            "the site's lock cannot be read",
            on=on,
            found=type(error).__name__,
            remedy="make sure that no other run is at work, then remove the file",
        ) from None


def dump(record: Optional[Record]) -> str:
    """Return the text of a lock's file; empty when there shall be none."""
    return json.dumps(asdict(record), indent=1, sort_keys=True) + "\n" if record else ""


def describe(record: Record) -> str:
    """Say who holds the lock, for what and until when."""
    holder = record.holder
    return (
        f"{holder.user}@{holder.host} (process {holder.pid}) for {record.purpose or 'a run'}, "
        f"since {utc(record.since)}, until {utc(record.expires)} if not renewed"
    )


def utc(seconds: float) -> str:
    """Return a time as text."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
