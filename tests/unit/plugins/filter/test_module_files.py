# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that the role balancer delivers is complete, and runs without this collection."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

from ansible_collections.landfall.platform.plugins.filter.module_files import module_files

ROOT = Path(__file__).resolve().parents[4]


def test_the_delivered_program_runs(tmp_path: Path) -> None:
    role = yaml.safe_load((ROOT / "roles/balancer/vars/main.yml").read_text())
    for file in module_files(role["__balancer_modules"], str(tmp_path / "landfall")):
        path = Path(file["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file["content"])
    settings = tmp_path / "settings.json"
    params = {
        "name": "gateway1",
        "shared": "10.77.0.5",
        "api_host": "10.77.0.20",
        "udp": False,
        "state": str(tmp_path),
    }
    settings.write_text(json.dumps(params))
    argv = [sys.executable, "-m", "landfall._balancer.service", str(settings), "prepare", "UDP"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    settings.write_text(json.dumps({**params, "shard": 1}))
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (
        1,
        "unknown option: balancer; found: shard",
    )
