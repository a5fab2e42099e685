# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes, numbers and times as people write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from .._core.errors import InvalidInputError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b?)", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_AGO = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
TIMES = (
    "30m, 2h, 3d or 1w (ago), now, 2026-11-21, 14:30 or 2026-11-21T14:30:00+01:00; UTC unless said"
)


def size(text: object, on: str) -> int:
    """Return a size in bytes: ``512m``, ``20GiB``, ``10Gi``; a unit always counts in 1024s.

    Raises:
        InvalidInputError: it is none, or nothing; ``on`` says of what.
    """
    match = _SIZE.fullmatch(str(text).strip())
    found = int(float(match[1]) * 1024 ** _POWERS[match[2].lower()]) if match else 0
    if not found:
        raise InvalidInputError("not a size", on=on, expected="such as 20GiB", found=str(text))
    return found


def whole(value: object, on: str, least: int) -> int:
    """Return a whole number.

    Raises:
        InvalidInputError: it is none, or less than ``least``; ``on`` says of what.
    """
    text = str(value)
    if not text.isdecimal() or int(text) < least:
        raise InvalidInputError(
            "not a usable number", on=on, expected=f"{least} or more", found=text
        )
    return int(text)


def human(number: float) -> str:
    """Return a number of bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def moment(text: object, now: datetime, on: str) -> datetime:
    """Return a point in time: some time ago, or a date, a time of today, or both.

    Args:
        text: see ``TIMES``.
        now: the present, with its zone.
        on: what it is, for errors.

    Raises:
        InvalidInputError: it is none.
    """
    words = str(text).strip()
    ago = _AGO.fullmatch(words.removesuffix("ago").strip())
    try:
        if words == "now":
            return now
        if ago:
            return now - timedelta(seconds=int(ago[1]) * _UNITS[ago[2]])
        return _absolute(words, now)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            "not a time", on=on, expected=TIMES, found=words or "nothing"
        ) from None


def _absolute(words: str, now: datetime) -> datetime:
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", words):
        words = f"{now.astimezone(timezone.utc):%Y-%m-%d}T{words.zfill(5)}"
    found = datetime.fromisoformat(re.sub(r"Z$", "+00:00", words))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
