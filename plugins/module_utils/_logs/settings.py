# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says about the logs (``landfall_logging``), with what it need not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

from .._core.errors import InvalidInputError, LandfallError
from .units import size, whole

ON = "landfall_logging"
DEFAULTS: Mapping[str, Any] = {
    "nodes": 1,
    "storage": "10Gi",
    "class": "",
    "heap": "512m",
    "retention": {"days": 14, "size": "20GiB"},
    "watermarks": {"low": "80%", "high": "85%", "flood": "88%"},
    "snapshots": {"keep": 7, "storage": "10Gi", "class": ""},
}
# Of the room that there is, logs may take so much; merging files needs the rest.
_SHARE = 0.8
_LEAST_HEAP, _MOST_HEAP = 256 << 20, 31 << 30
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")


class Watermark(NamedTuple):
    """How full a disk may be: percent that are used, or bytes that are free."""

    text: str
    percent: Optional[float]
    free: int

    @classmethod
    def parse(cls, text: object, on: str) -> Watermark:
        """Read it: ``85%`` is used, ``10gb`` is free.

        Raises:
            InvalidInputError: it is neither.
        """
        match = _PERCENT.fullmatch(str(text).strip())
        if not match:
            return cls(f"{size(text, on)}b", None, size(text, on))
        if not 0 < float(match[1]) < 100:
            raise InvalidInputError("not a share", on=on, expected="1% to 99%", found=str(text))
        return cls(f"{match[1]}%", float(match[1]), 0)

    def passed(self, used_percent: float, free: int) -> bool:
        """Tell whether a disk is fuller."""
        return free < self.free if self.percent is None else used_percent >= self.percent

    def stricter(self, other: Watermark) -> bool:
        """Tell whether it is passed before another one of the same form is."""
        if self.percent is not None and other.percent is not None:
            return self.percent < other.percent
        return self.percent is None and other.percent is None and self.free > other.free


@dataclass(frozen=True)
class Snapshots:
    """How many snapshots of days are kept, and the claim that they are on."""

    keep: int
    storage: str
    storage_class: str


@dataclass(frozen=True)
class Settings:
    """How the logs are kept.

    Attributes:
        nodes: of the store.
        storage: of each node, as Kubernetes writes it.
        storage_class: of the nodes' claims; the default one when empty.
        heap: bytes of each node.
        days: so long at least every record is kept, as far as there is room.
        size: bytes that all copies of all records may take.
        low, high, flood: how full a node's disk may be.
        snapshots: None when there are none.
    """

    nodes: int
    storage: str
    storage_class: str
    heap: int
    days: int
    size: int
    low: Watermark
    high: Watermark
    flood: Watermark
    snapshots: Optional[Snapshots]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Build it from the variable; what is missing has its default.

        Raises:
            InvalidInputError: a value cannot be meant.
        """
        given = {name: _with_default(params, name) for name in DEFAULTS}
        nodes = whole(given["nodes"], f"{ON}.nodes", 1)
        if nodes == 2:
            raise InvalidInputError(
                "two nodes survive no more than one does",
                on=f"{ON}.nodes",
                expected="1, or 3 and more",
                found="2",
            )
        low, high, flood = _watermarks(given["watermarks"])
        room = _SHARE * nodes * size(given["storage"], f"{ON}.storage")
        return cls(
            nodes,
            str(given["storage"]),
            str(given["class"] or ""),
            _heap(given["heap"]),
            whole(given["retention"]["days"], f"{ON}.retention.days", 1),
            min(size(given["retention"]["size"], f"{ON}.retention.size"), int(room)),
            low,
            high,
            flood,
            _snapshots(given["snapshots"], nodes),
        )

    @property
    def memory(self) -> int:
        """Bytes of a node's container: what is not heap is for the files of the indices."""
        return 2 * self.heap


def problem(params: object, workers: int) -> Optional[LandfallError]:
    """Return what is wrong with the variable of an inventory, if anything is.

    Args:
        params: the value of ``landfall_logging``.
        workers: how many nodes the store's may be on; each has one of its own.
    """
    if not isinstance(params, Mapping):
        return None  # its type is complained about where all variables' are
    try:
        settings = Settings.from_params(params)
    except LandfallError as error:
        return error
    if settings.nodes <= workers:
        return None
    return InvalidInputError(
        "the store of the logs has more nodes than there are workers",
        on=f"{ON}.nodes",
        expected=f"{workers} at most: each is on a worker of its own",
        found=str(settings.nodes),
        remedy="add workers, or make the store smaller",
    )


def _with_default(params: Mapping[str, Any], name: str) -> Any:
    value, default = params.get(name), DEFAULTS[name]
    if not isinstance(default, Mapping):
        return default if value is None else value
    if value is not None and not isinstance(value, Mapping):
        raise InvalidInputError(
            "not a dictionary",
            on=f"{ON}.{name}",
            expected=", ".join(default),
            found=str(value),
        )
    return {**default, **{k: v for k, v in (value or {}).items() if v is not None}}


def _watermarks(given: Mapping[str, Any]) -> list[Watermark]:
    names = DEFAULTS["watermarks"]
    marks = [Watermark.parse(given[name], f"{ON}.watermarks.{name}") for name in names]
    if not (marks[0].stricter(marks[1]) and marks[1].stricter(marks[2])):
        raise InvalidInputError(
            "the watermarks do not follow each other",
            on=f"{ON}.watermarks",
            expected="low, high and flood, all shares or all sizes, each nearer to a full disk",
            found=", ".join(mark.text for mark in marks),
        )
    return marks


def _heap(value: object) -> int:
    found = size(value, f"{ON}.heap")
    if not _LEAST_HEAP <= found <= _MOST_HEAP:
        raise InvalidInputError(
            "not a usable heap", on=f"{ON}.heap", expected="256m to 31g", found=str(value)
        )
    return found


def _snapshots(given: Mapping[str, Any], nodes: int) -> Optional[Snapshots]:
    keep = whole(given["keep"], f"{ON}.snapshots.keep", 0)
    storage_class = str(given["class"] or "")
    # Several nodes write into one directory: only a class that the inventory names can do that.
    if not keep or (nodes > 1 and not storage_class):
        return None
    size(given["storage"], f"{ON}.snapshots.storage")
    return Snapshots(keep, str(given["storage"]), storage_class)
