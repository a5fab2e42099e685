# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips of the pen: the known name that somebody most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: object, known: Iterable[str], likeness: float = 0.5) -> str:
    """Return the known name that is most like a word, whatever its case; empty if none is.

    Args:
        word: what was written.
        known: the names that there are.
        likeness: the least ratio that counts, from 0 to 1, as difflib has it.
    """
    lower = {name.lower(): name for name in sorted(known)}
    close = difflib.get_close_matches(str(word).lower(), lower, 1, likeness)
    return lower[close[0]] if close else ""


def hint(word: object, known: Iterable[str]) -> str:
    """Return ``did you mean …?`` with the nearest of the known names, or all that there are."""
    names = sorted(known)
    near = nearest(word, names)
    if near:
        return f"did you mean {near}?"
    return f"one of {', '.join(names)}" if names else "there is none"
