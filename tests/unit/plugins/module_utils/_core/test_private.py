# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cache files are written whole and private."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.private import write_private


def test_written_private_and_left_alone_when_equal(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kubeconfig"
    write_private(path, "one")
    first = path.stat()
    assert (path.read_text(), first.st_mode & 0o777) == ("one", 0o600)
    write_private(path, "one")
    assert path.stat().st_ino == first.st_ino
    path.chmod(0o644)
    write_private(path, "one")
    assert path.stat().st_mode & 0o777 == 0o600
    write_private(path, "two")
    assert path.read_text() == "two"


def test_nothing_is_left_when_it_cannot_be_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_private(tmp_path / "taken", "text")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
