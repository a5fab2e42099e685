# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry points of role stack, run by ansible-playbook against a real API server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import Gvk
from ansible_collections.landfall.platform.plugins.module_utils._release import environment
from ansible_collections.landfall.platform.plugins.module_utils._release.target import Target
from tests.support.controllers import Controllers
from tests.support.manifests import ROOT

STACK = {
    "name": "till",
    "components": {
        "web": {"type": "service", "image": "r.test/web:1", "ports": {"http": 80}},
        "load": {"type": "job", "image": "r.test/load:1"},
    },
}


@dataclass
class Player:
    """Runs an entry point of the role with variables."""

    folder: Path
    kubeconfig: Path

    def __call__(
        self, entry: str, *options: str, expect: int = 0, **variables: Any
    ) -> tuple[bool, str]:
        given = {
            "site_name": "lab",
            "site_domain": "lab.test",
            "site_state": str(self.folder / "state"),
            "gateway_address": "192.0.2.1",
            "stack_kubeconfig": str(self.kubeconfig),
            "stack_list": [{"name": "till", "definition": STACK, "environment": "a"}],
            "stack_timeout": 60,
            "ansible_connection": "local",
            **variables,
        }
        inventory, playbook = self._files(entry)
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                "-i",
                str(inventory),
                str(playbook),
                "-e",
                json.dumps(given),
                *options,
            ],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == expect, output
        return " changed=0 " not in output, output

    def _files(self, entry: str) -> tuple[Path, Path]:
        role = {"name": "landfall.platform.stack", "tasks_from": entry}
        task = {"name": "Act", "ansible.builtin.import_role": role}
        play = {"name": "Test", "hosts": "operator", "gather_facts": False, "tasks": [task]}
        playbook = self.folder / "playbook.yml"
        playbook.write_text(yaml.safe_dump([play]))
        inventory = self.folder / "inventory"
        (inventory / "group_vars").mkdir(parents=True, exist_ok=True)
        (inventory / "hosts.yml").write_text("operator: {hosts: {localhost: }}\n")
        return inventory, playbook


@pytest.fixture
def play(api_kubeconfig: Path, tmp_path: Path) -> Player:
    return Player(tmp_path, api_kubeconfig)


@pytest.fixture
def served(api: KubeClient) -> Iterator[Callable[[str], None]]:
    """Have controllers at work in namespaces."""
    running: list[Any] = []

    def serve(namespace: str) -> None:
        running.append(Controllers(api, namespace, lambda image: "bad" in image).running())
        running[-1].__enter__()

    yield serve
    for one in running:
        one.__exit__(None, None, None)


def test_a_stack_lives(play: Player, served: Callable[[str], None]) -> None:
    served("till-a")
    one = {"stack_name": "till"}
    assert play("main", "--check", "--diff")[0]
    assert play("main")[0]
    assert not play("main")[0]
    assert not play("main", "--check", "--diff")[0]
    assert "1         20" in play("history", **one)[1]

    changed, output = play("scale", "--diff", stack_component="web", stack_replicas="4", **one)
    assert changed
    assert "+replicas: 4" in output
    changed, output = play("main")
    assert not changed
    assert "web has 4 replicas, set by hand; the inventory says 2" in output
    assert play("scale", stack_component="web", stack_replicas="declared", **one)[0]
    assert play("refresh", stack_component="web", **one)[0]
    assert play("run_job", stack_component="load", **one)[0]
    assert not play("main")[0]

    settings = {"components": {"web": {"image": "r.test/bad:1"}}, "rollback": True}
    listed = [{"name": "till", "definition": STACK, "environment": "a", **settings}]
    output = play("main", expect=2, stack_list=listed)[1]
    assert "revision 2 failed and revision 1 was brought back" in output
    assert "not found" in play("history", **one)[1]

    listed[0]["components"] = {"web": {"version": "2"}}
    assert play("main", stack_list=listed)[0]
    assert play("rollback", "--check", **one)[0]
    changed, output = play("rollback", stack_revision=1, **one)
    assert changed
    assert "revision 4, revision 1 again" in output

    changed, output = play("remove", "--check", **one)
    assert changed
    assert "It is still in stack_list" in output
    assert play("remove", stack_list=[], **one)[0]
    assert "removed" in play("history", **one)[1]


@pytest.mark.parametrize(
    ("entry", "variables", "words"),
    [
        ("history", {}, "no stack is named"),
        ("scale", {"stack_name": "till", "stack_component": "web"}, "number of replicas is needed"),
        ("scale", {"stack_name": "till", "stack_replicas": 2}, "one component is needed"),
        ("run_job", {"stack_name": "tilll", "stack_component": "load"}, "no such stack"),
        ("main", {"stack_name": "tilll"}, "did you mean till"),
        ("environment", {"stack_name": "till", "stack_environment": ""}, "a name of its own"),
        ("promote", {"stack_name": "till"}, "a promotion needs a target"),
        ("promote", {"stack_name": "till", "stack_promote_to": "/none"}, "is no inventory"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(
    play: Player, entry: str, variables: dict[str, Any], words: str
) -> None:
    assert words in play(entry, expect=2, **variables)[1].replace("\n", " ")


def test_promotion_and_environments(play: Player, served: Callable[[str], None]) -> None:
    served("till-b")
    served("till-ci7")
    entries = [{"name": "till", "definition": STACK, "environment": "b"}]
    play("main", stack_list=entries)
    one = {"stack_name": "till-b", "stack_promote_environment": "c"}
    assert play("promote", "--check", "--diff", **one)[0]
    assert play("promote", **one)[0]
    assert not play("promote", **one)[0]
    path = play.folder / "inventory/group_vars/all/stack_promoted.yml"
    assert (
        "@sha256:" in yaml.safe_load(path.read_text())["stack_promoted"]["till-c"]["images"]["web"]
    )

    ci = {"stack_name": "till", "stack_environment": "ci7", "stack_list": entries}
    assert play("environment", "--check", **ci)[0]
    changed, output = play("environment", stack_ci_quota={"services": 9}, **ci)
    assert changed
    assert not play("environment", stack_ci_quota={"services": 9}, **ci)[0]
    file = play.folder / "state/till-ci7.kubeconfig"
    assert file.stat().st_mode & 0o777 == 0o600
    token = yaml.safe_load(file.read_text())["users"][0]["user"]["token"]
    assert token not in output
    changed, _ = play("environment", "--check", stack_ci_state="absent", **ci)
    assert changed
    assert file.exists()


def test_environments_end(play: Player, served: Callable[[str], None], api: KubeClient) -> None:
    for name in ("till-old", "till-new"):
        served(name)
    entries = [{"name": "till", "definition": STACK}]
    files = {name: play.folder / f"state/till-{name}.kubeconfig" for name in ("old", "new")}
    for name, hours in (("old", 1), ("new", 8)):
        ci = {"stack_name": "till", "stack_environment": name, "stack_list": entries}
        play("environment", stack_ci_hours=hours, **ci)
    # As if an hour had passed.
    resource = api.resource(Gvk("", "v1", "Namespace"))
    assert resource
    over = environment.namespace_of(
        Target("till", "old", "till-old"), environment.in_hours(-1, time.time())
    )
    api.apply(resource, over, manager=environment.MANAGER)

    changed, predicted = play("environment", "--check", "--diff", stack_ci_state="swept")
    assert changed
    assert all(path.exists() for path in files.values())
    changed, output = play("environment", "--diff", stack_ci_state="swept")
    assert changed
    for said in (predicted, output):
        assert "Removed: till-old" in said
        assert "Kept: till-new until 20" in said
        assert "(delete)" in said
        assert "old.kubeconfig (remove)" in said
    assert [path.exists() for path in files.values()] == [False, True]
    changed, output = play("environment", stack_ci_state="swept")
    assert not changed
    assert "Nothing has expired." in output
