# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""References in texts."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.references import (
    Reference,
    parse,
    references,
    resolve,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain $HOME $(x) {y} $", ("plain $HOME $(x) {y} $",)),
        ("${db.host}", (Reference(("db", "host")),)),
        (
            "http://${a.host}:${a.port.http}/",
            ("http://", Reference(("a", "host")), ":", Reference(("a", "port", "http")), "/"),
        ),
        ("$${db.host}", ("${db.host}",)),
        ("a$${${b.host}$${", ("a${", Reference(("b", "host")), "${")),
    ],
)
def test_parts(text: str, parts: tuple[object, ...]) -> None:
    assert parse(text) == parts


@pytest.mark.parametrize(
    "text", ["${", "${a.b", "${}", "${a}", "${a.}", "${.b}", "${a b.c}", "${${a.b}}", "${a.b${c.d}"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="a reference cannot be read"):
        parse(text)


def test_resolve_and_show() -> None:
    assert resolve("a ${b.c} $${d}", str) == "a ${b.c} ${d}"
    assert [r.target for r in references("${b.c}${d.e}")] == ["b", "d"]


@given(st.text())
def test_an_escaped_text_stands_for_itself(text: str) -> None:
    escaped = text.replace("${", "$${")
    # "$" before "${" would make another escape.
    if "$${" not in text:
        assert resolve(escaped, lambda _: "") == text


@given(st.text(alphabet="${}.ab"))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert resolve(text, str).replace("$${", "${") or not text
