# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema says what the model says."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from ansible_collections.landfall.platform.plugins.module_utils._stack.containers import Scale
from ansible_collections.landfall.platform.plugins.module_utils._stack.json_schema import (
    descriptions,
    stack_schema,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.model import Service, Stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.schema import Problems, read
from scripts.stack_schema import TARGET, text

from .conftest import ROOT
from .samples import EVERYTHING, stacks
from .test_parse import BAD, FULL, raw_with

SCHEMA = Draft202012Validator(stack_schema())


def problems(raw: Any) -> list[str]:
    return [error.json_path for error in SCHEMA.iter_errors(raw)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(stack_schema())


def test_the_file_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == text(), "run `make docs`"
    assert json.loads(text()) == stack_schema()


@pytest.mark.parametrize("path", sorted((ROOT / "stacks").glob("*.yml")), ids=lambda p: p.name)
def test_the_projects_own_stacks_fit(path: Any) -> None:
    assert problems(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("raw", [FULL, EVERYTHING])
def test_what_is_valid_fits(raw: dict[str, Any]) -> None:
    assert problems(raw) == []


@given(raw=stacks())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
def test_any_valid_stack_fits(raw: dict[str, Any]) -> None:
    assert problems(raw) == []


def refused_by_a_field(path: str, value: Any) -> bool:
    """Tell whether it needs no knowledge of other fields to refuse a value."""
    at = Problems("f")
    read(Stack, raw_with(path, value), at)
    return bool(at.found) and value not in ("\x00", "\ud800")


@pytest.mark.parametrize(
    ("path", "value"), [case[:2] for case in BAD if refused_by_a_field(*case[:2])]
)
def test_what_a_field_refuses_does_not_fit(path: str, value: Any) -> None:
    assert problems(raw_with(path, value))


def test_editors_get_descriptions_and_defaults() -> None:
    service = stack_schema()["$defs"]["Service"]["properties"]
    assert service["replicas"] == {
        "type": "integer", "minimum": 0, "maximum": 1000, "default": 2
    }  # fmt: skip
    assert service["image"]["description"].startswith("With its version")
    assert "load decides" in service["scale"]["description"]
    assert set(stack_schema()["$defs"]["Scale"]["properties"]) == {"from", "to", "cpu"}
    assert descriptions(Service)["uses"]
    assert "percent" in descriptions(Scale)["cpu"].lower()
