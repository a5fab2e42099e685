# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of secrets: given, kept or generated, and when pods must know."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import (
    REVISION,
    generate,
    settle,
)

from .conftest import Place


def live(revision: str | None = "r1", **values: str) -> dict[str, Any]:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in values.items()}
    notes = {REVISION: revision} if revision else None
    return {"metadata": {"annotations": notes}, "data": data}


def new(length: int) -> str:
    return "n" * length


@pytest.mark.parametrize(
    ("present", "given", "values", "revision"),
    [
        (None, {}, {"a": "n" * 16, "b": "n" * 32}, "n" * 12),
        (live(a="x", b="y", other="z"), {}, {"a": "x", "b": "y"}, "r1"),
        (live(a="x"), {}, {"a": "x", "b": "n" * 32}, "n" * 12),
        (live(a="x", b=""), {}, {"a": "x", "b": "n" * 32}, "n" * 12),
        (live(a="x", b="y"), {"a": "x"}, {"a": "x", "b": "y"}, "r1"),
        (live(a="x", b="y"), {"a": "z"}, {"a": "z", "b": "y"}, "n" * 12),
        (live(None, a="x", b="y"), {}, {"a": "x", "b": "y"}, "n" * 12),
    ],
)
def test_values_and_revision(
    place: Place,
    minimal: dict[str, Any],
    present: Any,
    given: dict[str, str],
    values: dict[str, str],
    revision: str,
) -> None:
    raw = {**minimal, "secrets": {"s": {"a": {"length": 16}, "b": "generate"}}}
    settled = settle(place(raw, secrets={"s": given}), {"s": present}, new)["s"]
    assert (settled.values, settled.revision) == (values, revision)
    assert "x" not in repr(settled).replace("xt", "")


@pytest.mark.parametrize("encoded", ["?", base64.b64encode(b"\xff").decode()])
def test_what_is_no_text_is_refused(place: Place, minimal: dict[str, Any], encoded: str) -> None:
    raw = {**minimal, "secrets": {"s": {"a": "generate"}}}
    with pytest.raises(InvalidInputError, match="Secret s, key a"):
        settle(place(raw), {"s": {"data": {"a": encoded}}})


def test_generated_values_differ() -> None:
    made = {generate(32) for _ in range(20)}
    assert len(made) == 20
    assert all(len(text) == 32 and text.isalnum() for text in made)
