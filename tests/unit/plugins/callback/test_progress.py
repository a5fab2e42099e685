# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook, as people and machines see them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.site import ROOT, Run

PASSWORD = "correct-horse-battery"
ERROR = "no way: host a; expected: a way; found: none; remedy: make one"


@dataclass
class Player:
    """Runs tasks on hosts that are this machine."""

    folder: Path
    controller_first: bool = False
    nobody_first: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, tasks: list[dict[str, Any]], hosts: int, arguments: tuple[str, ...]) -> Any:
        listed = {f"h{number}": {"ansible_connection": "local"} for number in range(1, hosts + 1)}
        variables = {
            "site_state": "{{ inventory_dir | default(playbook_dir ~ '/elsewhere') }}/state",
            "ansible_python_interpreter": sys.executable,
        }
        (self.folder / "hosts.yml").write_text(
            yaml.safe_dump({"all": {"hosts": listed, "vars": variables}})
        )
        (self.folder / "action_plugins").mkdir(exist_ok=True)
        (self.folder / "action_plugins/answer.py").write_text(ANSWER)
        # what runs on the controller alone is in no inventory: its site_state is another one
        local = {"name": "Controller", "hosts": "localhost", "gather_facts": False}
        before = [{**local, "tasks": tasks}] if self.controller_first else []
        if self.nobody_first:
            before.append({**local, "name": "Nobody", "hosts": "!all", "tasks": tasks})
        play = {"name": "Nodes", "hosts": "all", "gather_facts": False, "tasks": tasks}
        (self.folder / "try.yml").write_text(yaml.safe_dump([*before, play], sort_keys=False))
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        files = ["-i", str(self.folder / "hosts.yml"), str(self.folder / "try.yml")]
        return {
            "args": [program, *files, *arguments],
            "cwd": ROOT,
            "env": {
                **os.environ,
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_FORCE_COLOR": "0",
                "ANSIBLE_STDOUT_CALLBACK": "landfall.platform.progress",
                "TERM": "xterm-256color",
                "CI": "",
                **self.environment,
                "COLUMNS": "100",
                "LINES": "30",
            },
        }

    def play(self, tasks: list[dict[str, Any]], *arguments: str, hosts: int = 1) -> Run:
        """Run without a terminal."""
        done = subprocess.run(
            **self.command(tasks, hosts, arguments),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def watch(self, tasks: list[dict[str, Any]], *arguments: str, hosts: int = 1) -> Run:
        """Run on a terminal."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            **self.command(tasks, hosts, arguments), stdin=theirs, stdout=theirs, stderr=theirs
        ) as process:
            os.close(theirs)
            shown = bytearray()
            while True:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # the other end was closed
                    break
                if not part:
                    break
                shown += part
            os.close(ours)
            return Run(process.wait(60), shown.decode().replace("\r\n", "\n"))

    def events(self) -> list[dict[str, Any]]:
        (path,) = (self.folder / "state/runs").iterdir()
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path)


def fails(message: str, **more: Any) -> dict[str, Any]:
    return {"name": "Fail", "ansible.builtin.fail": {"msg": message}, **more}


def says(message: Any, **more: Any) -> dict[str, Any]:
    return {"name": "Say it", "ansible.builtin.debug": {"msg": message}, **more}


ANSWER = """
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        return dict(self._task.args["result"])
"""


def told(*, no_log: bool = False, **result: Any) -> dict[str, Any]:
    """Return a task with a result of our choice."""
    return {"name": "Answer", "answer": {"result": result}, "no_log": no_log}


CHANGES = {
    "name": "Change",
    "ansible.builtin.set_fact": {"x": 1},
    "changed_when": "inventory_hostname == 'h1'",
}


def test_a_run_without_a_terminal(player: Player) -> None:
    run = player.play([CHANGES, says(["it stands at", "http://x"])], hosts=2)
    assert run.returncode == 0, run.output
    assert (run.recap["h1"].changed, run.recap["h2"].changed) == (1, 0)
    lines = run.output.splitlines()
    assert "== Nodes (1 of 1)" in lines
    assert any(re.fullmatch(r"\[  0:0\d\] Change", line) for line in lines)
    assert any(line.startswith("         changed: h1; ok: 1; ") for line in lines)
    assert "  http://x" in lines
    assert lines[lines.index("What changed:") + 1] == "  Nodes · Change (h1)"
    assert lines[-1].startswith("steps that changed something: h1 (1). 2 hosts, ")


def test_a_play_that_concerns_no_host_is_not_shown(player: Player) -> None:
    player.nobody_first = True
    run = player.play([says("hello")])
    assert run.returncode == 0, run.output
    assert "== Nodes (2 of 2)" in run.output
    assert "Nobody" not in run.output
    assert "no hosts matched" not in run.output
    assert "no hosts matched" in player.play([says("hello")], "-v").output


def test_a_host_without_a_part_in_the_run_is_not_counted(player: Player) -> None:
    player.controller_first = True
    run = player.play([says("hello", when="inventory_hostname != 'localhost'")])
    assert run.returncode == 0, run.output
    assert list(run.recap) == ["h1"]
    assert run.output.splitlines()[-1].startswith("Nothing changed. 1 host, ")


def test_an_error_is_shown_once_with_the_remedy_first(player: Player) -> None:
    run = player.play([fails(ERROR)], hosts=3)
    assert run.returncode == 2
    assert [one.failed for one in run.recap.values()] == [1, 1, 1]
    lines = run.output.splitlines()
    first = lines.index("  what to do: make one")
    assert lines[first - 1].endswith("FAILED! Fail")
    assert lines[first + 1] == f"  {ERROR}"
    assert run.output.count(ERROR) == 1
    assert run.output.count("FAILED! Fail: the same as ") == 2


def test_errors_of_items_are_shown_each(player: Player) -> None:
    run = player.play([fails("{{ item }}", loop=["first is wrong", "second is wrong"])])
    assert run.returncode == 2
    lines = run.output.splitlines()
    assert [lines.count(text) for text in ("  first is wrong", "  second is wrong")] == [1, 1]
    assert run.output.count("FAILED!") == 2


def test_what_is_ignored_is_no_error(player: Player) -> None:
    skipped = {**CHANGES, "name": "Skip", "when": False}
    run = player.play([fails("ignore me", ignore_errors=True), skipped])
    assert run.returncode == 0, run.output
    assert "FAILED!" not in run.output
    statuses = [e["status"] for e in player.events() if e["event"] == "result"]
    assert statuses == ["ignored", "skipped"]


def test_an_unknown_error_is_shown_whole(player: Player) -> None:
    run = player.play([{"name": "Run", "ansible.builtin.command": "sh -c 'echo out; exit 3'"}])
    assert run.returncode == 2
    assert "rc: 3" in run.output
    assert "stdout: out" in run.output


def test_the_events_can_be_read_by_machines(player: Player) -> None:
    player.play([CHANGES, fails(ERROR, when="inventory_hostname == 'h2'")], hosts=2)
    found = player.events()
    assert found[0] | {"at": "", "by": ""} == {
        "event": "run",
        "format": 1,
        "playbook": "try",
        "at": "",
        "by": "",
        "check": False,
        "limit": "",
        "tags": ["all"],
        "skip_tags": [],
    }
    errors = [event for event in found if event["event"] == "error"]
    assert [(e["host"], e["what"], e["remedy"]) for e in errors] == [
        ("h2", "no way: host a", "make one")
    ]
    assert found[-1]["event"] == "end"
    assert found[-1]["ok"] is False
    assert found[-1]["hosts"]["h1"]["changed"] == 1


def test_a_site_is_found_after_a_play_on_the_controller(player: Player) -> None:
    player.controller_first = True
    run = player.play([CHANGES])
    assert run.returncode == 0, run.output
    plays = [event["play"] for event in player.events() if event["event"] == "play"]
    assert plays == ["Controller", "Nodes"]


def test_secrets_are_in_no_output_and_no_event(player: Player) -> None:
    tasks = [
        told(no_log=True, changed=True, changes=[f"set {PASSWORD}"], diff={"prepared": PASSWORD}),
        says(f"it is {PASSWORD}", no_log=True),
        fails(f"wrong {PASSWORD}", no_log=True, loop=[PASSWORD], ignore_errors=True),
        fails(f"wrong {PASSWORD}", no_log=True),
    ]
    for run in (player.play(tasks, "--diff"), player.watch(tasks, "--diff")):
        assert run.returncode == 2
        assert PASSWORD not in run.output
        assert "no_log" in run.output
    for path in (player.folder / "state/runs").iterdir():
        assert PASSWORD not in path.read_text()


def test_with_more_words_it_is_as_ansible_does_it(player: Player) -> None:
    run = player.play([CHANGES, says("hello"), fails(ERROR)], "-v")
    assert "TASK [Change] ****" in run.output
    assert "changed: [h1] => " in run.output
    assert "fatal: [h1]: FAILED! => " in run.output
    assert "h1 failed; steps that changed something: h1 (1)." in run.output


def test_a_diff_is_shown_where_it_is_asked_for(player: Player) -> None:
    copy = {"content": "new\n", "dest": str(player.folder / "file"), "mode": "0600"}
    run = player.play([{"name": "Copy", "ansible.builtin.copy": copy}], "--check", "--diff")
    assert "+new" in run.output
    assert "What would change:" in run.output
    assert "TASK [" not in run.output


def test_warnings_and_changes_are_in_the_summary(player: Player) -> None:
    run = player.play([told(warnings=["careful"], changed=True, changes=["create file /x"])])
    assert run.returncode == 0, run.output
    lines = run.output.splitlines()
    assert lines[lines.index("What changed:") + 1] == "  create file /x (h1)"
    assert lines[lines.index("Warnings:") + 1] == "  careful"
    assert run.output.count("careful") == 1


def test_a_run_on_a_terminal(player: Player) -> None:
    wait = {"name": "Wait a little", "ansible.builtin.command": "sleep 1.2"}
    run = player.watch([wait, CHANGES, says("http://x")], hosts=2)
    assert run.returncode == 0, run.output
    assert "PLAY RECAP" not in run.output
    drawn, _, end = run.output.rpartition("\x1b[?25h")  # the cursor is back: the view is gone
    assert "Wait a little" in drawn
    assert "1 of 1" in drawn
    assert "http://x" in drawn
    assert re.search(r"changed  Nodes · Change  h1  \d", drawn)
    assert "steps that changed something: h1 (2), h2 (1). 2 hosts, " in end


def test_a_terminal_is_left_in_order_when_a_run_is_ended(player: Player) -> None:
    run = player.watch([fails(ERROR)])
    assert run.returncode == 2
    assert run.output.count("\x1b[?25l") == run.output.count("\x1b[?25h")
    shown = run.output
    assert shown.index("what to do: make one") < shown.index("expected: a way")


DERIVED = """
DOCUMENTATION = '''
name: derived
type: stdout
short_description: x
description: x
extends_documentation_fragment: [default_callback, result_format_callback]
'''
from ansible_collections.landfall.platform.plugins.callback.progress import CallbackModule as P

class CallbackModule(P):
    CALLBACK_NAME = "derived"
"""


def test_who_derives_from_it_as_awx_does_has_lines(player: Player) -> None:
    plugins = player.folder / "callbacks"
    plugins.mkdir()
    (plugins / "derived.py").write_text(DERIVED)
    player.environment = {
        "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
        "ANSIBLE_STDOUT_CALLBACK": "derived",
    }
    run = player.watch([CHANGES])
    assert run.returncode == 0, run.output
    assert run.recap["h1"].changed == 1
    assert "\x1b[2K" not in run.output


def test_a_terminal_in_ci_has_lines(player: Player) -> None:
    player.environment = {"CI": "true"}
    run = player.watch([CHANGES])
    assert run.recap["h1"].changed == 1
