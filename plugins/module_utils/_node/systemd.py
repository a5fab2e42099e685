# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd of one machine, through systemctl; and the records of what units were started with."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Optional

from .._core.errors import CommandError, LandfallError
from .._core.process import Runner, tail
from .observed import Record, UnitFact

RECORDS = "var/lib/landfall/units"
PROPERTIES = (
    "LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Type,RemainAfterExit,"
    "FragmentPath,DropInPaths,InactiveExitTimestampMonotonic"
)
START_TIMEOUT = 300.0
_UNIT_FILE = re.compile(r"/systemd/system/((?:[^/@]+@)?[^/@]+\.[a-z]+?)(?:\.d/[^/]+\.conf)?$")


class Systemd:
    """Asks for many units in one call and changes one at a time."""

    def __init__(self, root: Path, run: Runner) -> None:
        self._records = root / RECORDS
        self._run = run

    def show(self, names: Sequence[str]) -> dict[str, UnitFact]:
        """Return the facts of units, in one call."""
        if not names:
            return {}
        done = self._run(["systemctl", "show", f"--property={PROPERTIES}", "--", *names])
        blocks = done.stdout.rstrip("\n").split("\n\n")
        if len(blocks) != len(names):
            raise LandfallError(
                "unexpected output of systemctl show",
                on=", ".join(names),
                expected=f"{len(names)} blocks",
                found=f"{len(blocks)} blocks: {tail(done.stdout + done.stderr, 3)}",
            )
        started = time.time() - time.monotonic()
        return {
            name: parse(block, self.record(name), started) for name, block in zip(names, blocks)
        }

    def reload(self) -> None:
        """Let systemd read its unit files again."""
        self._run(["systemctl", "daemon-reload"], timeout=START_TIMEOUT)

    def do(self, verb: str, name: str) -> None:
        """Do something with a unit; an error carries the unit's last messages."""
        if verb == "restart":
            # A unit that failed too often refuses every start until then.
            self._run(["systemctl", "reset-failed", "--", name], check=False)
        try:
            self._run(["systemctl", verb, "--", name], timeout=START_TIMEOUT)
        except CommandError as error:
            raise CommandError(
                f"{verb} of a unit failed",
                on=f"unit {name}",
                expected=error.expected,
                found=f"{error.found}\n{self.messages(name)}".strip(),
                remedy=f"see journalctl --unit {name}",
            ) from error

    def messages(self, name: str) -> str:
        """Return the last messages of a unit."""
        command = ["journalctl", "--unit", name, "--lines=15", "--no-pager", "--output=cat"]
        with contextlib.suppress(CommandError):
            return self._run(command, check=False).stdout.strip()
        return ""

    def record(self, name: str) -> Optional[Record]:
        """Return what a unit was last started with; None when it is not known."""
        with contextlib.suppress(FileNotFoundError, ValueError, AttributeError):
            loaded = json.loads(self._path(name).read_text())
            return Record(str(loaded.get("restart", "")), str(loaded.get("reload", "")))
        return None

    def set_record(self, name: str, record: Record) -> None:
        """Remember what a unit was started with."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temp = path.with_name(f".{path.name}.landfall-tmp")
        temp.write_text(json.dumps({"restart": record.restart, "reload": record.reload}))
        temp.replace(path)

    def forget(self, name: str) -> None:
        """Forget what a unit was started with; it counts as started by others until recorded."""
        with contextlib.suppress(FileNotFoundError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        return self._records / f"{name}.json"


def parse(block: str, record: Optional[Record], boot: float) -> UnitFact:
    """Return the fact that one block of ``systemctl show`` states.

    Args:
        block: lines of ``key=value``.
        record: what the unit was last started with.
        boot: the time at which the monotonic clock was 0, in seconds since 1970.
    """
    shown: Mapping[str, str] = dict(
        line.split("=", 1) for line in block.splitlines() if "=" in line
    )
    microseconds = int(shown.get("InactiveExitTimestampMonotonic") or 0)
    files = [shown.get("FragmentPath", ""), *shown.get("DropInPaths", "").split()]
    return UnitFact(
        load_state=shown.get("LoadState", "not-found"),
        active_state=shown.get("ActiveState", "inactive"),
        sub_state=shown.get("SubState", "dead"),
        file_state=shown.get("UnitFileState", ""),
        need_reload=shown.get("NeedDaemonReload") == "yes",
        oneshot=shown.get("Type") == "oneshot" and shown.get("RemainAfterExit") == "no",
        started_at=boot + microseconds / 1e6 if microseconds else 0.0,
        unit_files=tuple(file for file in files if file),
        record=record,
    )


def units_of_files(paths: Sequence[str]) -> list[str]:
    """Return the names of the units that unit files and drop-ins among the paths belong to."""
    found = (_UNIT_FILE.search(path) for path in paths)
    return sorted({match.group(1) for match in found if match})
