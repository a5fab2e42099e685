# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every inventory can be read, describes a site, and fits the playbooks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INVENTORIES = sorted(p.parent.name for p in (ROOT / "inventories").glob("*/hosts.yml"))


def ansible(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_groups(inventory: str) -> None:
    listed = ansible("ansible-inventory", "-i", f"inventories/{inventory}", "--list")
    assert listed.returncode == 0, listed.stderr
    groups = json.loads(listed.stdout)
    for group in ("operator", "depot", "gateways", "control_planes", "workers"):
        assert groups[group]["hosts"]


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_syntax(inventory: str) -> None:
    checked = ansible(
        "ansible-playbook", "-i", f"inventories/{inventory}", "--syntax-check", "playbooks/site.yml"
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_describes_a_site(inventory: str) -> None:
    checked = ansible(
        "ansible-playbook", "-i", f"inventories/{inventory}", "playbooks/check_inventory.yml"
    )
    assert checked.returncode == 0, checked.stdout


def test_what_is_wrong_is_reported_together() -> None:
    checked = ansible(
        "ansible-playbook",
        "-i",
        "inventories/prod",
        "playbooks/check_inventory.yml",
        "-e",
        "kubernetes_version=1.2.3 gateway_address=10.1.1.1",
    )
    assert checked.returncode == 2
    assert "does not describe a site (2)" in checked.stdout
    assert "variable gateway_address; expected: an address in site_network" in checked.stdout
    assert "variable kubernetes_version; expected: one of 1.37.1" in checked.stdout
