# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback plugin summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: Say in one sentence what a run changed
version_added: 0.1.0
description:
  - After the recap, says on which hosts something changed, failed or did not answer, or that
    nothing changed, and how long the run took.
author: Landfall contributors (@landfall)
requirements:
  - enable it in C(callbacks_enabled) of the configuration
"""

import time
from typing import Any

from ansible.plugins.callback import CallbackBase


def sentence(summaries: dict[str, dict[str, int]], seconds: float, *, check: bool) -> str:
    """Return the outcome of a run in words.

    Args:
        summaries: Ansible's counts (changed, failures, unreachable, …) by host.
        seconds: how long the run took.
        check: it was a run in check mode.
    """
    parts = []
    for key, words in (("unreachable", "did not answer"), ("failures", "failed")):
        hosts = sorted(name for name, counts in summaries.items() if counts[key])
        if hosts:
            parts.append(f"{', '.join(hosts)} {words}")
    changes = {name: counts["changed"] for name, counts in summaries.items() if counts["changed"]}
    if changes:
        verb = "would change" if check else "changed"
        listed = ", ".join(f"{name} ({number})" for name, number in sorted(changes.items()))
        parts.append(f"steps that {verb} something: {listed}")
    elif not parts:
        parts.append("Nothing would change" if check else "Nothing changed")
    return f"{'; '.join(parts)}. {len(summaries)} hosts, {seconds:.0f} s."


class CallbackModule(CallbackBase):
    """Ansible's entry to this file."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "landfall.platform.summary"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._begin = time.monotonic()
        self._check = False

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember whether this is check mode."""
        self._check = bool(play.check_mode)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the sentence."""
        summaries = {host: stats.summarize(host) for host in stats.processed}
        text = sentence(summaries, time.monotonic() - self._begin, check=self._check)
        self._display.display(text)
