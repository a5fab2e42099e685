# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback plugin progress."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: Show how a run goes on, and what it came to
version_added: 0.1.0
description:
  - On a terminal, a view that is drawn anew all the time shows the phase, what each host is at, the
    time, and how long it will still take as far as earlier runs tell. Errors, what changed and what
    the playbook says stay above it.
  - Where there is no terminal (AWX, C(CI) is set, a file, C(TERM=dumb)), one line for each step,
    and one more when it changed something.
  - At the end it says what changed, which steps took longest, and the warnings. An error is shown
    once, what can be done about it first.
  - Events are written to C(runs) below the variable C(site_state), where the inventory has it; the
    last ten of each playbook are kept.
  - With C(-v) it shows what the plugin C(ansible.builtin.default) shows, and its own summary.
author: Landfall contributors (@landfall)
extends_documentation_fragment:
  - default_callback
  - result_format_callback
options:
  view:
    description:
      - V(live) and V(lines) are the two ways to show a run; V(auto) takes the live one on a
        terminal.
    type: str
    choices: [auto, live, lines]
    default: auto
    env:
      - name: LANDFALL_PROGRESS_VIEW
    ini:
      - section: callback_progress
        key: view
requirements:
  - set it as C(stdout_callback) in the configuration
  - rich, for the live view
"""

import atexit
import copy
import getpass
import os
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path, PurePath
from typing import Any, Optional

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.plugins.callback.default import CallbackModule as Default
from ansible.template import Templar
from ansible.utils.fqcn import add_internal_fqcns

from ansible_collections.landfall.platform.plugins.module_utils._progress import (
    output,
    records,
    run,
)
from ansible_collections.landfall.platform.plugins.module_utils._progress.session import Session

# Most of its names are made when it is imported.
C: Any = constants

_COLOURS = {
    output.GOOD: C.COLOR_CHANGED,
    output.BAD: C.COLOR_ERROR,
    output.NOTE: C.COLOR_SKIP,
}
# Of a failed result, what is said otherwise or says nothing.
_KNOWN = frozenset(
    {
        *(
            "msg",
            "exception",
            "warnings",
            "deprecations",
            "diff",
            "invocation",
            "changed",
            "failed",
        ),
        *("unreachable", "changes", "results", "failed_when_result", "ansible_facts", "skipped"),
        *("ansible_loop_var", "censored", "_ansible_no_log"),
    }
)
_ASKING = add_internal_fqcns(("pause",))
# Ansible's own words before an error of an action or a module.
_PREFIXES = ("Task failed: ", "Action failed: ", "Module failed: ")


class CallbackModule(Default):
    """Ansible's entry to this file; see :class:`.session.Session` for what is made of events."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "landfall.platform.progress"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._began = time.monotonic()
        self._session: Optional[Session] = None
        self._view: Any = None
        self._verbose = False

    @property
    def _parent(self) -> Any:
        """The plugin ansible.builtin.default, which has no types."""
        return super()

    # What a run begins with

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Prepare for a run."""
        self._parent.v2_playbook_on_start(playbook)
        self._verbose = self._display.verbosity > 0
        arguments = context.CLIARGS
        kind: dict[str, Any] = {
            "check": bool(arguments.get("check")),
            "limit": str(arguments.get("subset") or ""),
            "tags": sorted(arguments.get("tags") or ()),
            "skip_tags": sorted(arguments.get("skip_tags") or ()),
        }
        names = [PurePath(str(name)).stem for name in arguments.get("args") or ()]
        title = "+".join(names) or PurePath(str(playbook._file_name)).stem
        record = records.Record(
            {"playbook": title, "at": _utc("%Y-%m-%dT%H:%M:%SZ"), "by": getpass.getuser(), **kind}
        )
        told = run.Run(check=kind["check"], plays=len(playbook.get_plays()))
        out = self._output(told, title)
        self._session = Session(told, out, record, title, kind, self._now)

    def _output(self, told: run.Run, title: str) -> output.Output:
        if self._verbose:
            return output.Lines(lambda *_line: None)
        view = self._parent.get_option("view") if self._parent.has_option("view") else "auto"
        # Who derives from this plugin, as AWX does, keeps the output, on a terminal of its own.
        watched = _on_terminal() and type(self) is CallbackModule
        if view == "lines" or (view == "auto" and not watched):
            return output.Lines(self._write)
        # Imported late: it takes a tenth of a second.
        from ansible_collections.landfall.platform.plugins.module_utils._progress.view import (
            LiveView,
            render,
        )

        self._view = LiveView(
            self._display._lock,
            lambda size: render(told, title, self._now(), self._left(), size),
        )
        atexit.register(self._view.stop)
        return output.Terminal(self._write, self._view)

    def _left(self) -> Optional[float]:
        return self._session.left() if self._session else None

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _write(self, text: str, kind: str) -> None:
        self._display.display(text, color=_COLOURS.get(kind))

    # Plays and tasks

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Go on with a play."""
        if self._verbose:
            self._parent.v2_playbook_on_play_start(play)
        self._play = play
        state = _state(play) if self._session and not self._session.kept else None
        with self._display._lock:
            if state and self._session:
                self._session.keep_in(state, _utc("%Y%m%dT%H%M%SZ") + f"-{os.getpid()}")
            if self._session:
                self._session.begin_play(play.get_name().strip())

    def _task_start(self, task: Any, prefix: Optional[str] = None) -> None:
        if self._verbose:
            self._parent._task_start(task, prefix)
        if self._view:
            # What asks the person at the terminal has it for itself.
            asks = task.action in _ASKING
            (self._view.stop if asks else self._view.start)()
        with self._display._lock:
            if self._session:
                self._session.begin_step(task._uuid, task.get_name().strip())

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Note what a host is at."""
        with self._display._lock:
            if self._session:
                self._session.begin_host(host.get_name(), task.get_name().strip())

    def v2_playbook_on_vars_prompt(self, *_prompt: Any, **_options: Any) -> None:
        """Leave the terminal to the question."""
        if self._view:
            self._view.stop()

    def v2_playbook_on_no_hosts_matched(self) -> None:
        """Say it when everything is said: such plays are for what other sites have."""
        if self._verbose:
            self._parent.v2_playbook_on_no_hosts_matched()

    def v2_playbook_on_include(self, included_file: Any) -> None:
        """Say which file was included, when everything is said."""
        if self._verbose:
            self._parent.v2_playbook_on_include(included_file)

    def _print_task_banner(self, task: Any) -> None:
        if self._verbose:
            self._parent._print_task_banner(task)

    # Results

    def v2_runner_on_ok(self, result: Any) -> None:
        """Note a task that ran; show what a playbook says."""
        found = result.result
        changed = bool(found.get("changed"))
        self._ended(result, run.CHANGED if changed else run.OK, run.changes_in(found))
        if self._verbose:
            self._parent.v2_runner_on_ok(result)
        elif result.task.action in C._ACTION_DEBUG and "results" not in found:
            self._say(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Show what a playbook says in a loop."""
        if self._verbose:
            self._parent.v2_runner_item_on_ok(result)
        elif result.task.action in C._ACTION_DEBUG:
            self._say(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Note a task that does not concern a host."""
        self._ended(result, run.SKIPPED)
        if self._verbose:
            self._parent.v2_runner_on_skipped(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Say it when everything is said."""
        if self._verbose:
            self._parent.v2_runner_item_on_skipped(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Show an error, unless the task's items have shown theirs."""
        shown = bool(result.task.loop and "results" in result.result)
        if ignore_errors:
            self._ended(result, run.IGNORED)
        elif shown:
            self._ended(result, run.FAILED)
        else:
            self._failed(result, run.FAILED)
        if self._verbose:
            self._parent.v2_runner_on_failed(result, ignore_errors)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Show an item's error."""
        ignored = bool(result.task.ignore_errors)
        self._warnings(result)
        if not ignored:
            self._failed(result, run.FAILED)
        if self._verbose:
            self._parent.v2_runner_item_on_failed(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Show why a host did not answer."""
        if result.task.ignore_unreachable:
            self._ended(result, run.IGNORED)
        else:
            self._failed(result, run.UNREACHABLE)
        if self._verbose:
            self._parent.v2_runner_on_unreachable(result)

    def v2_runner_retry(self, result: Any) -> None:
        """Show that a task is tried again."""
        if self._verbose:
            self._parent.v2_runner_retry(result)
        elif self._session:
            left = int(result.result["retries"]) - int(result.result["attempts"])
            self._session.retry(self.host_label(result), left)

    def _ended(self, result: Any, status: str, changes: Any = ()) -> None:
        with self._display._lock:
            self._warnings(result)
            if self._session:
                self._session.end_host(*_place(result), status, changes)

    def _failed(self, result: Any, status: str) -> None:
        message, more = self._message(result.result)
        with self._display._lock:
            self._warnings(result)
            if self._session:
                self._session.error(*_place(result), status, message, more)

    def _warnings(self, result: Any) -> None:
        """Keep warnings for the summary."""
        if self._session:
            for warning in result.result.get("warnings") or ():
                self._session.warn(str(warning))
        if not self._verbose:
            result.result.pop("warnings", None)
            self._handle_warnings(result.result)

    def _message(self, found: Mapping[str, Any]) -> tuple[str, str]:
        """Return a failed result's error, and what else it has."""
        message = str(found.get("msg") or found.get("censored") or "it failed without a message")
        for prefix in _PREFIXES:
            message = message.removeprefix(prefix)
        rest = {name: found[name] for name in found if name not in _KNOWN}
        rest = {name: value for name, value in rest.items() if value not in (None, "", [], {})}
        return message, self._dump_results(rest).strip("\n") if rest else ""

    def _say(self, result: Any) -> None:
        self._parent._clean_results(result.result, result.task.action)
        lines = output.said(result.result.get("msg"))
        if lines is None:
            lines = self._dump_results(result.result).strip("\n").splitlines()
        if self._session:
            self._session.say(lines)

    # The end

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Show the recap where it is searched for, and the summary."""
        if self._view:
            self._view.stop()
        shown = _with_a_part(stats)
        summaries = {host: stats.summarize(host) for host in sorted(shown.processed)}
        parts = self._session.end(summaries) if self._session else []
        if not self._view:
            self._parent.v2_playbook_on_stats(shown)
        for title, lines in parts:
            if title:
                self._display.display(f"{title}:", color=C.COLOR_HIGHLIGHT)
            for line in lines:
                self._display.display(f"  {line}" if title else line)


def _with_a_part(stats: Any) -> Any:
    """Return the counts without hosts for which all was skipped, such as the controller's own."""
    had = {
        host for host in stats.processed if any({**stats.summarize(host), "skipped": 0}.values())
    }
    found = copy.copy(stats)
    found.processed = {host: n for host, n in stats.processed.items() if not had or host in had}
    return found


def _place(result: Any) -> tuple[str, str, str]:
    """Return a result's task and host."""
    return result.task._uuid, result.task.get_name().strip(), result.host.get_name()


def _on_terminal() -> bool:
    known = os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("CI")
    return known and sys.stdout.isatty()


def _utc(form: str) -> str:
    return datetime.now(timezone.utc).strftime(form)


def _state(play: Any) -> Optional[Path]:
    """Return the controller's cache for the site, where the play's hosts have one."""
    manager = play.get_variable_manager()
    # The localhost that no inventory names has other variables than the site's hosts.
    hosts = [host for host in manager._inventory.get_hosts(play.hosts) if not host.implicit]
    if not hosts:
        return None
    variables = manager.get_vars(play=play, host=hosts[0], include_hostvars=False)
    try:
        found = Templar(play._loader, variables).template(variables.get("site_state"))
    except AnsibleError:
        return None
    return Path(os.path.realpath(found)) if isinstance(found, str) and found else None
