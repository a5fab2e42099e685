# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the store in order: reads what it has, carries out the plan, says what was done.

``python3 -m landfall._logs.keeper SETTINGS`` runs in the cluster, every few minutes, with the
certificate ``log-keeper``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from .._core.apiserver import credentials_in
from .._core.errors import LandfallError
from .door import Door, Store, StoreError
from .retention import REPOSITORY, STREAMS, Index, Policy, State, Step, Stream, plan
from .settings import Settings

# What was rolled over can be deleted in the next round, and what was deleted makes room for a
# snapshot in the one after.
ROUNDS = 4
# Deleting a snapshot reads the whole repository.
_TIMEOUT_S = 240.0
_HIDDEN = "expand_wildcards=all"
_TWICE = "Concurrent modification"
_GONE = frozenset({"index_not_found_exception", "snapshot_missing_exception"})


def read(store: Store, *, snapshots: bool) -> State:
    """Return what a store has.

    Args:
        store: what is asked.
        snapshots: it has a repository.

    Raises:
        LandfallError: it cannot be asked, or the repository is missing.
    """
    indices = _indices(store)
    streams = store.call("GET", f"/_data_stream/{STREAMS}")["data_streams"]
    return State(
        tuple(_stream(stream, indices) for stream in streams),
        _snapshots(store) if snapshots else None,
        tuple(_disks(store)),
    )


def keep(
    store: Store, policy: Policy, clock: Callable[[], datetime], log: Callable[[str], None]
) -> int:
    """Bring a store in order, and return how many steps that took.

    Raises:
        LandfallError: a step failed; the ones before it were made.
    """
    done = 0
    for _round in range(ROUNDS):
        steps = plan(policy, read(store, snapshots=policy.snapshots > 0), clock())
        for step in steps:
            _carry_out(store, step)
            log(f"{step}: {step.after}")
            done += 1
        if not steps:
            break
    return done


def main(arguments: Sequence[str]) -> int:
    """Keep the store that the settings' file names in order."""
    params: dict[str, Any] = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    folder = Path(params["credentials"])
    try:
        policy = Policy.of(Settings.from_params(params["logging"]))
        door = Door(
            [params["host"]],
            int(params["port"]),
            lambda: credentials_in(folder),
            timeout=_TIMEOUT_S,
        )
        done = keep(door, policy, lambda: datetime.now(timezone.utc), _log)
    except LandfallError as error:
        _log(str(error))
        return 1
    _log(f"the store is in order, {done} steps")
    return 0


def _carry_out(store: Store, step: Step) -> None:
    try:
        store.call(step.method, step.path, step.body)
    except StoreError as error:
        # A run that was killed did it already, or another one is doing it.
        done = step.action == "delete" and error.kind in _GONE
        if not done and not (step.action == "roll over" and _TWICE in error.found):
            raise


def _indices(store: Store) -> dict[str, Index]:
    columns = "index,docs.count,store.size,creation.date"
    rows = store.call(
        "GET", f"/_cat/indices/.ds-{STREAMS}?format=json&bytes=b&h={columns}&{_HIDDEN}"
    )
    blocks = store.call(
        "GET", f"/.ds-{STREAMS}/_settings/index.blocks.*?flat_settings=true&{_HIDDEN}"
    )
    blocked = {
        name for name, has in blocks.items() if _is_true(has, "index.blocks.read_only_allow_delete")
    }
    return {
        row["index"]: Index(
            row["index"],
            datetime.fromtimestamp(int(row["creation.date"]) / 1000, timezone.utc),
            # A copy that is being made anew has no figures.
            int(row["docs.count"] or 0),
            int(row["store.size"] or 0),
            row["index"] in blocked,
        )
        for row in rows
    }


def _is_true(index: Mapping[str, Any], setting: str) -> bool:
    return str((index.get("settings") or {}).get(setting, "")) == "true"


def _stream(raw: Mapping[str, Any], indices: Mapping[str, Index]) -> Stream:
    names = [one["index_name"] for one in raw["indices"]]
    return Stream(raw["name"], tuple(indices[name] for name in names if name in indices))


def _snapshots(store: Store) -> Optional[dict[str, str]]:
    found = store.call("GET", f"/_snapshot/{REPOSITORY}/_all")["snapshots"]
    return {one["snapshot"]: one["state"] for one in found}


def _disks(store: Store) -> list[tuple[float, int]]:
    rows = store.call("GET", "/_cat/allocation?format=json&bytes=b&h=disk.percent,disk.avail")
    return [
        (float(row["disk.percent"]), int(row["disk.avail"]))
        for row in rows
        # The row of copies that are nowhere has none.
        if row["disk.percent"] is not None
    ]


def _log(text: str) -> None:
    sys.stdout.write(text.replace("\n", " ") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
