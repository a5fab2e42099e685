# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's defaults, its argument specs and its page say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.role_docs import pages

ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.exists() else {}


@pytest.mark.parametrize("role", ROLES)
def test_defaults_and_spec_are_equal(role: str) -> None:
    directory = ROOT / "roles" / role
    specs = load(directory / "meta/argument_specs.yml")["argument_specs"]
    options: dict[str, Any] = {}
    for spec in specs.values():
        options |= spec.get("options", {})
    defaults = load(directory / "defaults/main.yml")
    spec_defaults = {name: o["default"] for name, o in options.items() if "default" in o}
    assert {name: defaults.get(name) for name in spec_defaults} == spec_defaults
    assert set(defaults) <= set(options)


@pytest.mark.parametrize("role", ROLES)
def test_public_variables_carry_the_roles_name(role: str) -> None:
    defaults = load(ROOT / "roles" / role / "defaults/main.yml")
    internal = load(ROOT / "roles" / role / "vars/main.yml")
    foreign = [name for name in defaults if not name.startswith(f"{role}_")]
    assert set(foreign) <= {"node_address"}, "each host's address, which several roles default"
    assert not [name for name in internal if not name.startswith(f"__{role}_")]


def test_the_depot_gets_what_the_bundle_has() -> None:
    both = [load(ROOT / "roles" / role / "defaults/main.yml") for role in ("bundle", "depot")]
    assert both[0]["bundle_profile"] == both[1]["depot_profile"]


def test_pages_are_written() -> None:
    written = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "docs/roles").glob("*.md")}
    assert written == pages(), "run `make docs`"
