# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's wiring: parameters, check mode, transfers, errors, results."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.landfall.platform.plugins.module_utils._node.node import Node
from ansible_collections.landfall.platform.plugins.modules import node_state

OWN = {"owner": str(os.getuid()), "group": str(os.getgid())}
FILE = {"path": "/x", "content": "text\n", **OWN}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    monkeypatch.setattr(node_state, "Node", functools.partial(Node, folder))
    return folder


def call(capsys: pytest.CaptureFixture[str], **args: Any) -> dict[str, Any]:
    with patch_module_args(args), pytest.raises(SystemExit):
        node_state.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_applies_and_reports(root, capsys):
    result = call(capsys, files=[FILE])
    assert result["changed"] is True
    assert result["changes"] == ["create file /x"]
    assert result["diff"][0]["after"] == "text\n"
    assert result["units"] == {}
    assert (root / "x").read_text() == "text\n"
    assert call(capsys, files=[FILE])["changed"] is False


def test_check_mode_changes_nothing(root, capsys):
    result = call(capsys, files=[FILE], _ansible_check_mode=True)
    assert result["changes"] == ["create file /x"]
    assert not (root / "x").exists()


def test_errors_are_messages(capsys):
    result = call(capsys, files=[{"path": "x", "content": ""}])
    assert result["failed"] is True
    assert "invalid path: x" in result["msg"]


def test_what_the_controller_has_to_send_is_asked_for_first(root, capsys, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b"registry")
    sha256 = hashlib.sha256(b"registry").hexdigest()
    item = {"name": "r", "directory": "/bin", "store_path": str(body), "sha256": sha256, **OWN}
    (root / "bin").mkdir()
    asked = call(capsys, artifacts=[item])
    assert asked["transfers"] == [{"sha256": sha256, "store_path": str(body)}]
    assert asked["changed"] is False
    made = call(capsys, artifacts=[item], staged={sha256: str(body)})
    assert made["changes"] == ["install artifact /bin/r"]
    assert "transfers" not in call(capsys, artifacts=[item])


def test_units_are_reported_with_their_verbs():
    wanted = node_state.Desired.from_params(
        {"units": [{"name": "a.service", "enabled": True, "state": "started"}]}
    )
    observed = node_state.Node().observe(node_state.Desired())
    result = node_state.report(node_state.plan(wanted, observed, check=True))
    assert result["units"] == {"a.service": ["enable", "start"]}
