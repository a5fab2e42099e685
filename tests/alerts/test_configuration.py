# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus takes what the role writes for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.monitoring import EVERYTHING, NOTHING, objects
from tests.unit.roles.test_platform_manifests import of

from .conftest import Promtool


@pytest.mark.parametrize(
    ("monitoring", "gateways"),
    [(NOTHING, {"gateway1": "192.0.2.20"}), (NOTHING, {}), (EVERYTHING, {})],
)
def test_the_configuration(
    promtool: Promtool, monitoring: dict[str, Any], gateways: dict[str, str], tmp_path: Path
) -> None:
    found = objects(monitoring, monitoring_gateways=gateways)
    path = tmp_path / "prometheus.yml"
    text = of(found, "Secret", "prometheus")["stringData"]["prometheus.yml"]
    path.write_text(text, encoding="utf-8")
    # The files that it names are in the pod alone.
    done = promtool("check", "config", "--syntax-only", path)
    assert done.returncode == 0, done.stdout + done.stderr
    for name, rules in of(found, "ConfigMap", "prometheus-rules")["data"].items():
        (tmp_path / name).write_text(rules, encoding="utf-8")
        done = promtool("check", "rules", tmp_path / name)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_wrong_is_not_taken(promtool: Promtool, tmp_path: Path) -> None:
    monitoring = {"remote_write": [{"url": "http://metrics.example.com", "retries": "many"}]}
    text = of(objects(monitoring), "Secret", "prometheus")["stringData"]["prometheus.yml"]
    path = tmp_path / "prometheus.yml"
    path.write_text(text, encoding="utf-8")
    done = promtool("check", "config", "--syntax-only", path)
    assert done.returncode != 0
    assert "retries" in done.stdout + done.stderr
