# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.landfall.platform.plugins.module_utils._bundle.authority import (
    authority_file,
)


def test_the_file_is_there_for_the_time_of_the_block() -> None:
    with authority_file("PEM") as name:
        assert Path(name).read_text() == "PEM"
    assert not Path(name).exists()


def test_no_authority_no_file() -> None:
    with authority_file("") as name:
        assert name == ""
