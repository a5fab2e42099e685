# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site on OpenStack is described before there is a server, and without a cloud."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", "inventories/qa", "playbooks/check_inventory.yml", *arguments]
    environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": "/nonexistent/clouds.yaml"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_describes_a_site() -> None:
    checked = check()
    assert checked.returncode == 0, checked.stdout
    assert "Check the plan" in checked.stdout
    assert "ok=1" in checked.stdout


def test_what_is_wrong_is_found_before_there_is_a_server() -> None:
    checked = check("-e", '{"openstack_servers": {"workers": {"cuont": 3}}}')
    assert checked.returncode == 2
    assert "openstack_servers.workers.cuont; expected: count?" in checked.stdout


def test_planned_servers_follow_the_rules_of_sites() -> None:
    checked = check("-e", "kubernetes_pod_cidr=10.60.0.0/16 kubernetes_version=1.2.3")
    assert checked.returncode == 2
    assert "networks overlap" in checked.stdout
    assert "kubernetes_version" in checked.stdout
