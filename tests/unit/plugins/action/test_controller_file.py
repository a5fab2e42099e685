# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small file on the controller."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.action import controller_file


@pytest.mark.parametrize("check", [False, True])
def test_it_is_written_for_its_owner_alone_and_never_in_check_mode(tmp_path: Path, check: bool):
    path = tmp_path / "state/ca.crt"
    arguments = {"path": str(path), "content": "ca"}
    task: Any = SimpleNamespace(args=arguments, check_mode=check, async_val=0, action="x")
    connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    none: Any = None
    action = controller_file.ActionModule(task, connection, none, none, none, none)
    assert action.run(None, {})["changed"] is False
    assert path.exists() is not check
    if not check:
        assert path.read_text() == "ca"
        assert path.stat().st_mode & 0o777 == 0o600
