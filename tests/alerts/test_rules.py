# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each alert comes when its cause is there, and not without it: cases/*.yml, by Prometheus itself.

A case has ``series`` as promtool writes them, a sample a minute, and the time ``at`` which it is
looked. In ``fires`` just the alerts that are named come, in ``quiet`` none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import Promtool

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "roles/monitoring/files/rules").glob("*.yml"))
CASES = sorted(Path(__file__).with_name("cases").glob("*.yml"))
SEVERITIES = {"critical", "warning"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def alerts(path: Path) -> list[dict[str, Any]]:
    return [rule for group in read(path)["groups"] for rule in group["rules"]]


def written(name: str, case: dict[str, Any], expected: int) -> dict[str, Any]:
    """Return a case as promtool reads it."""
    came = [{"labels": "{}", "value": expected}] if expected else []
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": k, "values": v} for k, v in case["series"].items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})',
                "eval_time": case["at"],
                "exp_samples": came,
            },
            {
                "expr": 'count(ALERTS{alertstate="firing"})',
                "eval_time": case["at"],
                "exp_samples": came,
            },
        ],
    }


def test_files_are_there() -> None:
    assert RULES
    assert [path.name for path in CASES] == [path.name for path in RULES]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_prometheus_takes_the_rules(promtool: Promtool, path: Path) -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_says_what_and_what_to_do(path: Path) -> None:
    for rule in alerts(path):
        assert rule["labels"]["severity"] in SEVERITIES, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "remedy"}, rule["alert"]
        assert rule["for"], rule["alert"]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_is_shown_to_fire_and_not_to_fire(path: Path) -> None:
    cases = read(Path(__file__).with_name("cases") / path.name)
    assert list(cases) == [rule["alert"] for rule in alerts(path)]
    assert all(case["fires"] and case["quiet"] for case in cases.values())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(promtool: Promtool, path: Path, tmp_path: Path) -> None:
    rules = ROOT / "roles/monitoring/files/rules" / path.name
    tests: list[dict[str, Any]] = []
    for name, case in read(path).items():
        tests += [written(name, one, one.get("alerts", 1)) for one in case["fires"]]
        tests += [written(name, one, 0) for one in case["quiet"]]
    path_of_cases = tmp_path / "cases.yml"
    content = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}
    path_of_cases.write_text(yaml.safe_dump(content))
    done = promtool("test", "rules", path_of_cases)
    assert done.returncode == 0, done.stdout + done.stderr
