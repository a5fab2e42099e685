# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt-get is asked for as little as possible."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import CommandError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import Completed
from ansible_collections.landfall.platform.plugins.module_utils._node.packages import Packages


def verbs(machine: Any) -> list[str]:
    words = [line.split() for line in machine.log]
    return [next(w for w in line if w in ("update", "install", "--configure")) for line in words]


def test_installed_is_only_what_is_complete(tmp_path):
    asked: list[list[str]] = []

    def run(argv: Any, **_options: Any) -> Completed:
        asked.append(list(argv))
        return Completed(1, "a installed\nb config-files\nc half-configured\n", "no d")

    packages = Packages(tmp_path, run)
    assert packages.installed([]) == frozenset()
    assert asked == []
    assert packages.installed(["a", "b", "c", "d"]) == frozenset({"a"})
    assert len(asked) == 1


def test_the_index_is_read_when_there_is_none_or_it_is_old(machine):
    packages = Packages(machine.root, machine)
    packages.install(["x"])
    assert verbs(machine) == ["update", "install"]
    machine.log.clear()
    packages.install(["y"])
    assert verbs(machine) == ["install"]
    machine.log.clear()
    lists = machine.root / "var/lib/apt/lists"
    os.utime(lists, (time.time() - 7200,) * 2)
    packages.install(["z"])
    assert verbs(machine) == ["update", "install"]


def test_a_failure_is_tried_again_once_with_all_configured_and_a_new_index(machine):
    packages = Packages(machine.root, machine)
    with pytest.raises(CommandError):
        packages.install(["unknown-package"])
    assert verbs(machine) == ["update", "install", "--configure", "install"]
    machine.log.clear()
    with pytest.raises(CommandError):
        packages.install(["unknown-package"])
    assert verbs(machine) == ["install", "--configure", "update", "install"]
