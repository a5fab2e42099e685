# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles have scenarios, and that scenarios do not get into each other's way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = sorted(path.parent for path in ROOT.glob("molecule/*/molecule.yml"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
ELSEWHERE = {
    "balancer": "tests/balancer",
    "kubernetes": "tests/lab",
    "log_router": "tests/logging",
}


def variables(scenario: Path) -> dict[str, Any]:
    data = yaml.safe_load((scenario / "molecule.yml").read_text(encoding="utf-8"))
    return data["provisioner"]["inventory"]["group_vars"]["all"]


def changes_hosts(role: str) -> bool:
    files = (ROOT / "roles" / role / "tasks").glob("*.yml")
    return any("landfall.platform.node_state" in path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("role", [role for role in ROLES if changes_hosts(role)])
def test_a_role_that_changes_hosts_has_a_scenario(role: str) -> None:
    assert role in {path.name.split("__")[0] for path in SCENARIOS} | set(ELSEWHERE)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_a_scenario_is_named_after_its_role_and_complete(scenario: Path) -> None:
    assert scenario.name.split("__")[0] in ROLES
    assert {"molecule.yml", "converge.yml", "verify.yml"} <= {
        each.name for each in scenario.iterdir()
    }


def test_each_scenario_has_a_lab_and_a_network_of_its_own() -> None:
    known = [variables(scenario) for scenario in SCENARIOS]
    for name in ("lab_name", "lab_octets"):
        assert not [value for value, n in Counter(v[name] for v in known).items() if n > 1]
    assert all(v["lab_name"].startswith("molecule-") for v in known)
    assert all(v["lab_octets"].startswith("10.86.") for v in known)
