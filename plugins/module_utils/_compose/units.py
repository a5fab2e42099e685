# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts as Compose writes them, in the units of the stack model."""

from __future__ import annotations

import math
import re
from typing import Any, Optional

from .document import scalar

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s|m|h|d)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_UNITS = ("", "Ki", "Mi", "Gi", "Ti")


def seconds(value: Any) -> Optional[int]:
    """Return a duration such as ``1m30s`` in whole seconds, rounded up; None when it is none."""
    text = scalar(value).strip()
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        return None
    return math.ceil(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def memory(value: Any) -> Optional[str]:
    """Return an amount such as ``512m`` (of 1024 each) as ``512Mi``; None when it is none."""
    found = _BYTES.fullmatch(scalar(value).strip())
    if not found:
        return None
    amount = round(float(found[1]) * 1024 ** _POWERS[found[2].lower()])
    if not 0 < amount < 10**15:
        return None
    power = 0
    while amount % 1024 == 0 and power < len(_UNITS) - 1:
        amount, power = amount // 1024, power + 1
    # The model takes at most ten digits.
    while amount >= 10**10:
        amount, power = math.ceil(amount / 1024), power + 1
    return f"{amount}{_UNITS[power]}"


def cpu(value: Any) -> Optional[str]:
    """Return a number of processors such as ``0.5`` as ``500m``; None when it is none."""
    text = scalar(value).strip()
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,9})?|\.[0-9]{1,9}", text):
        return None
    thousandths = math.ceil(float(text) * 1000)
    if not thousandths:
        return None
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"
