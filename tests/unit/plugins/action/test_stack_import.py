# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugin reads, writes and reports."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.landfall.platform.plugins.action import stack_import
from tests.support.compose import FIXTURES

BLOG = str(FIXTURES / "wordpress-mysql/docker-compose.yml")


def run(output: Path, *, check: bool = False, diff: bool = False, **more: Any) -> dict[str, Any]:
    task: Any = SimpleNamespace(
        args={"name": "blog", "compose": [BLOG], "output": str(output), **more},
        check_mode=check,
        diff=diff,
        async_val=0,
        action="stack_import",
    )
    loader = DataLoader()
    connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    context: Any = None
    action = stack_import.ActionModule(
        task, connection, context, loader, Templar(loader, variables={}), None
    )
    result: dict[str, Any] = action.run(task_vars={})
    return result


def test_the_file_is_written_once(tmp_path: Path) -> None:
    output = tmp_path / "stacks/blog.yml"
    predicted = run(output, check=True, diff=True)
    assert (predicted["changed"], output.parent.exists()) == (True, False)
    assert "name: blog" in predicted["diff"][0]["after"]
    first = run(output, diff=True)
    assert first == predicted
    assert output.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in output.parent.iterdir()] == ["blog.yml"]
    again = run(output)
    assert (again["changed"], again["changes"]) == (False, [])
    assert again["notes"] == first["notes"]
    assert again["settings"]["hosts"] == {"wordpress": ["wordpress.example.org"]}


@pytest.mark.parametrize("check", [True, False])
def test_another_file_is_not_overwritten(tmp_path: Path, check: bool) -> None:
    output = tmp_path / "blog.yml"
    output.write_text("by hand")
    refused = run(output, check=check)
    assert refused["failed"]
    assert "there already" in refused["msg"]
    assert run(output, check=check, force=True)["changed"] is True
    assert (output.read_text() == "by hand") is check


def test_files_variables_and_profiles_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("services: {a: {image: 'a:${V}-${W}'}}")
    (tmp_path / "over.yml").write_text("services: {b: {image: 'b:1', profiles: [p]}}")
    (tmp_path / "v.env").write_text("W=w\nV=file")
    run(
        tmp_path / "out.yml",
        compose=[str(tmp_path / "c.yml"), str(tmp_path / "over.yml")],
        variables={"V": 1},
        env_file=str(tmp_path / "v.env"),
        profiles=["p"],
    )
    text = (tmp_path / "out.yml").read_text()
    assert "image: a:1-w" in text
    assert "image: b:1" in text


def test_problems_are_results(tmp_path: Path) -> None:
    assert "at least one" in run(tmp_path / "x", compose=[])["msg"]
    assert "none.yml" in run(tmp_path / "x", compose=[str(tmp_path / "none.yml")])["msg"]
    (tmp_path / "binary").write_bytes(b"\xff")
    assert "cannot be read" in run(tmp_path / "binary")["msg"]
    assert "cannot be written" in run(tmp_path / "binary" / "x")["msg"]
